import LinuxSystem
import Relaying

/// What is in the drive, or at the path, once it is open.
package struct Medium: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case tape(TapeState)
        case file(byteCount: Int64, FileIdentity)
        /// A disk, or a device such as `/dev/null`.
        case device
        /// What cannot be a volume: a pipe, a folder.
        case unfit
    }

    package var kind: Kind
    /// Whether the tape is rewound when it is closed.
    package var rewinds = false

    package init(_ kind: Kind, rewinds: Bool = false) {
        self.kind = kind
        self.rewinds = rewinds
    }

    var tape: TapeState? { if case .tape(let state) = kind { state } else { nil } }
}

/// What somebody is asked to put into the drive, and why.
package struct VolumeRequest: Equatable, Sendable {
    package let volume: Int
    package let reason: VolumeTrouble
    package let sentence: String
    /// What the command finds in its environment.
    package let variables: [(name: String, value: String)]

    package static func == (left: VolumeRequest, right: VolumeRequest) -> Bool {
        left.volume == right.volume && left.reason == right.reason
    }
}

/// All that a sequence of volumes asks of the world.
package protocol VolumeWorld {
    associatedtype Kernel: RecordKernel

    /// What reads the input and writes whole records.
    var kernel: Kernel { get set }
    var now: Instant { get }
    var date: WallTime { get }
    /// The open device.
    var device: Descriptor { get }

    /// What reads standard input and writes records to the open device.
    ///
    /// - Throws: When there is no memory.
    mutating func makePump(_ order: FeedOrder) throws(Errno) -> ReservoirPump<Kernel>
    /// Waits until the input has something, a write has ended, or the moment comes.
    mutating func wait(_ waits: RelayProgress.Waits, until moment: Instant?) throws(Errno)

    /// Opens the device; waits until the drive is ready.
    mutating func open() throws(Errno) -> Medium
    /// - Throws: What only a close can tell.
    mutating func close() throws(Errno)
    /// The state of the tape now; `nil` if it is none.
    var tape: TapeState? { get }
    /// Writes one record, all or nothing of it.
    mutating func write(record: [UInt8]) throws(Errno)
    /// Ends what was written, by a file mark on a tape, and waits until all of it is there.
    mutating func mark() throws(Errno)
    /// Reads a record of a tape, or some bytes of a file.
    ///
    /// - Returns: The number of bytes; 0 at a file mark, and at the end of a file.
    mutating func read(into memory: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    /// The last bytes of a file.
    mutating func tail(_ byteCount: Int) throws(Errno) -> [UInt8]
    mutating func rewind() throws(Errno)
    /// Goes back before the last record.
    mutating func backUp() throws(Errno)

    /// Gives bytes to standard output, all of them.
    mutating func put(_ bytes: UnsafeRawBufferPointer) throws(Errno)

    /// Begins to have another volume put in.
    mutating func beginChange(_ request: VolumeRequest) throws(VolumeError)
    /// How that ended; `nil` while it is under way.
    mutating func endOfChange() -> ChangeEnd?
    mutating func note(_ sentence: String)
    /// Whether somebody has asked how far it is since the last time.
    mutating func isAsked() -> Bool
    mutating func answer(_ sentence: String)
}

/// How a change of volumes ended.
package enum ChangeEnd: Equatable, Sendable {
    case done
    case failed(ExitStatus)
    /// The operator gave up.
    case givenUp
}
