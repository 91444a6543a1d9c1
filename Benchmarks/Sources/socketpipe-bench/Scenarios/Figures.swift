import Fixtures

/// What one run of a contender showed.
struct Figures: Codable {
    /// From the start of the first command to the end of the last.
    var whole: Spending
    /// From the first byte to the last, or from the start of the source where it notes that; logins
    /// and all other setting up left out.
    var transfer: Spending?
    var firstByteSeconds: Double?
    var byteCount: Int?
    /// Whether every byte was as it was sent; absent if they were only counted.
    var isVerified: Bool?
    /// From the last byte to the end of the stream.
    var endSeconds: Double?
    var megabytesPerSecond: Double?
    var course: [Sample]?
    var roundTrips: Int?
    var roundTripsPerSecond: Double?
    /// Of every process at both ends, source and sink among them; absent in older results.
    var peakKilobytes: Int64?
    /// Our own processes at both ends, without the commands and the login.
    var ours: ProcessFigures?
    /// The process before the reader: ours there, or another buffer.
    var buffer: ProcessFigures?
    var session: SessionReport?
}

/// A figure that contenders are compared by.
enum Metric: String, Codable {
    case rate = "MB/s"
    case processCPU = "CPU s/GB"
    case machineCPU = "machine s/GB"
    case ourCPU = "ours s/GB"
    case bufferCPU = "buffer s/GB"
    case peak = "peak MB"
    case ourPeak = "ours MB"
    case switches = "switches/GB"
    case ourSwitches = "our switches"
    case firstByte = "first byte ms"
    /// The longest time without a byte, to 50 ms.
    case gap = "gap ms"
    case wall = "whole s"
    case sessions = "sessions/min"
    case sessionCPU = "CPU ms/session"
    case ourLoad = "ours ms/s"
    case roundTrips = "round trips/s"
    case messageTime = "ms/message"
    case messageCPU = "CPU µs/trip"

    var digits: Int {
        switch self {
        case .rate, .switches, .ourSwitches, .sessions, .roundTrips, .gap: 0
        case .firstByte, .sessionCPU, .messageCPU, .peak, .ourPeak: 1
        case .processCPU, .machineCPU, .wall, .ourLoad: 2
        case .ourCPU, .bufferCPU, .messageTime: 3
        }
    }

    func value(of figures: Figures) -> Double? {
        switch self {
        case .rate: figures.megabytesPerSecond
        case .processCPU: figures.perGigabyte(figures.cost.processes)
        case .machineCPU: figures.perGigabyte(figures.cost.machine)
        case .switches: figures.perGigabyte(Double(figures.cost.switches))
        case .ourCPU: figures.perGigabyte(figures.ours?.cpuSeconds)
        case .bufferCPU: figures.perGigabyte(figures.buffer?.cpuSeconds)
        case .peak: figures.peakKilobytes.map { Double($0) / 1000 }
        case .ourPeak: figures.ours?.peakKilobytes.map { Double($0) / 1000 }
        case .ourSwitches: figures.ours.map { Double($0.switches) }
        case .firstByte: figures.firstByteSeconds.map { $0 * 1000 }
        case .gap: figures.longestGap.map { $0 * 1000 }
        case .wall: figures.whole.seconds
        case .sessions: 60 / figures.whole.seconds
        case .sessionCPU: figures.whole.processes.map { $0 * 1000 }
        case .ourLoad: figures.ours.map { $0.cpuSeconds * 1000 / figures.whole.seconds }
        case .roundTrips: figures.roundTripsPerSecond
        case .messageTime: figures.roundTripsPerSecond.map { 500 / $0 }
        case .messageCPU: figures.perRoundTrip(figures.whole.processes).map { $0 * 1e6 }
        }
    }
}

extension Figures {
    /// What the bytes cost: of the transfer where it was seen by itself.
    fileprivate var cost: Spending { transfer ?? whole }

    fileprivate var longestGap: Double? {
        course.flatMap { course in
            zip(course, course.dropFirst()).map { $1.seconds - $0.seconds }.max()
        }
    }

    fileprivate func perGigabyte(_ value: Double?) -> Double? {
        value.flatMap { value in
            byteCount.flatMap { $0 > 0 ? value / Double($0) * 1e9 : nil }
        }
    }

    fileprivate func perRoundTrip(_ value: Double?) -> Double? {
        value.flatMap { value in roundTrips.map { value / Double($0) } }
    }
}
