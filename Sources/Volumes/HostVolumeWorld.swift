import LinuxSystem
import Plumbing
import Relaying

/// The device, standard input and output, and whoever changes volumes.
package struct HostVolumeWorld: VolumeWorld {
    package var kernel = LinuxKernel()
    private let order: VolumeOrder
    private let say: Diagnostics
    private var file: VolumeFile?
    private let changer: any VolumeChanger
    private let inquiries: Inquiries

    /// - Parameter say: Tells what happens meanwhile.
    package init(_ order: VolumeOrder, _ say: Diagnostics) {
        self.order = order
        self.say = say
        changer = order.changer.map { ChangerCommand($0) } ?? Operator()
        // Behind the changer, which gets the signals as they were.
        inquiries = Inquiries()
    }

    package var now: Instant { .now }
    package var date: WallTime { .now }
    package var device: Descriptor { file?.descriptor ?? .closed }
    package var tape: TapeState? { TapeState(of: device) }

    package mutating func makePump(
        _ order: FeedOrder
    ) throws(Errno) -> ReservoirPump<LinuxKernel> {
        let feeding = try Feeding(
            order, from: .standardInput, to: device, FileKind(of: device) ?? .regular, digest: nil)
        let (pump, kernel) = feeding.parts
        self.kernel = kernel
        if let shortfall = feeding.shortfall { say.note(shortfall.sentence) }
        return pump
    }

    package mutating func wait(
        _ waits: RelayProgress.Waits, until moment: Instant?
    ) throws(Errno) {
        var readiness = Readiness()
        if waits.contains(.source) { readiness.watch(.standardInput, .reading) }
        if let write = kernel.writeUnderWay {
            readiness.watch(write, .reading)
        } else if waits.contains(.target) {
            readiness.watch(device, .writing)
        }
        if let asked = inquiries.descriptor { readiness.watch(asked, .reading) }
        if let answers = changer.answers { readiness.watch(answers, .reading) }
        try readiness.wait(until: moment)
    }

    // MARK: The device

    package mutating func open() throws(Errno) -> Medium {
        let file = try VolumeFile(order.device, isWritten: order.direction == .to)
        let medium = file.medium
        self.file = file
        return medium
    }

    package mutating func close() throws(Errno) {
        guard let file else { return }
        self.file = nil
        try file.close()
    }

    package mutating func write(record: [UInt8]) throws(Errno) {
        try file?.write(record)
    }

    package mutating func mark() throws(Errno) {
        if device.isTape { try device.writeTapeMark() } else { try device.settle() }
    }

    package mutating func read(into memory: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try unsafe device.read(into: memory)
    }

    package mutating func tail(_ byteCount: Int) throws(Errno) -> [UInt8] {
        guard let file else { throw .badDescriptor }
        return try file.tail(byteCount)
    }

    package mutating func rewind() throws(Errno) { try device.rewindTape() }

    package mutating func backUp() throws(Errno) { try device.backUpTape() }

    package mutating func put(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        try unsafe Descriptor.standardOutput.writeAll(bytes)
    }

    // MARK: Changing volumes

    package mutating func beginChange(_ request: VolumeRequest) throws(VolumeError) {
        try changer.begin(request, order, say)
    }

    package mutating func endOfChange() -> ChangeEnd? { changer.end() }

    package func note(_ sentence: String) { say.note(sentence) }

    package func isAsked() -> Bool {
        inquiries.descriptor.map { Signals.isAsked(at: $0) } ?? false
    }

    package func answer(_ sentence: String) { say.tell(sentence) }
}

/// `kill -USR1` asks how far it is, as it asks dd.
private final class Inquiries {
    private let signals: OwnedDescriptor?
    let descriptor: Descriptor?

    init() {
        var signals = try? Signals.inquiries()
        descriptor = signals?.borrowed
        self.signals = signals.take()
    }
}

/// A tape, or a file in the place of one, while it is open.
private final class VolumeFile {
    private var file: OwnedDescriptor?
    let descriptor: Descriptor
    let medium: Medium

    init(_ path: Path, isWritten: Bool) throws(Errno) {
        let file = try VolumeFile.open(path, isWritten: isWritten)
        descriptor = file.borrowed
        medium = VolumeFile.medium(descriptor)
        self.file = consume file
    }

    private static func open(_ path: Path, isWritten: Bool) throws(Errno) -> OwnedDescriptor {
        guard isWritten else { return try OwnedDescriptor.open(path, .reading) }
        switch path.kind {
        case .characterDevice: return try OwnedDescriptor.open(path, .readingAndWriting)
        // dd would make a file where a drive is missing, and fill the disk.
        case nil
        where path.bytes.starts(with: "/dev/".utf8) && !path.bytes.starts(with: "/dev/shm/".utf8):
            throw .notFound
        // Opening a pipe would wait for its reader.
        case .pipe: return try OwnedDescriptor.open(path, .readingAndWriting)
        case .regular, nil: return try OwnedDescriptor.open(path, .writingKept)
        default: return try OwnedDescriptor.open(path, .writing)
        }
    }

    private static func medium(_ descriptor: Descriptor) -> Medium {
        if let tape = TapeState(of: descriptor) {
            return Medium(.tape(tape), rewinds: descriptor.rewindsTape)
        }
        switch FileKind(of: descriptor) {
        case .regular:
            return Medium(.file(byteCount: descriptor.size ?? 0, descriptor.identity))
        case .characterDevice, .blockDevice: return Medium(.device)
        default: return Medium(.unfit)
        }
    }

    func close() throws(Errno) {
        guard let file = file.take() else { return }
        try file.finish()
    }

    /// Writes a record; a file that has no room for all of it gets nothing.
    func write(_ record: [UInt8]) throws(Errno) {
        let place = descriptor.position
        var rest = record[...]
        do throws(Errno) {
            while !rest.isEmpty {
                rest = rest.dropFirst(try descriptor.write(rest))
            }
        } catch {
            if case .file = medium.kind, let place, rest.count < record.count {
                try descriptor.truncate(to: place)
                try descriptor.setPosition(place)
            }
            throw error
        }
    }

    func tail(_ byteCount: Int) throws(Errno) -> [UInt8] {
        guard let place = descriptor.position, let size = descriptor.size else { throw .invalid }
        try descriptor.setPosition(size - Int64(byteCount))
        defer { try? descriptor.setPosition(place) }
        return try descriptor.read(byteCount: byteCount)
    }
}
