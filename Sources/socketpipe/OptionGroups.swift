import ArgumentParser
import LinuxSystem
import Plumbing

/// How to get to the other end.
struct MeetingOptions: ParsableArguments {
    @Flag(
        name: [.customShort("b"), .customLong("batch")],
        help: "Keep the terminal from the login command: it cannot ask for a password.")
    var isBatch = false

    @Option(
        name: [.customShort("h"), .customLong("host")],
        help: ArgumentHelp(
            "The address of this host as the other one reaches it.", valueName: "host"))
    var host: String?

    @Option(
        name: [.customShort("t"), .customLong("timeout")],
        help: ArgumentHelp(
            "How long the ends may take to meet; 0: for ever. (default: 30)",
            valueName: "seconds"), transform: Value.seconds)
    var timeout: Int64?

    @Option(
        help: ArgumentHelp(
            "Which end waits for the other's connections: here, there, auto.", valueName: "end"),
        transform: Value.listening)
    var listen = Plan.Listening.auto

    @Option(
        help: ArgumentHelp("The ports to listen on.", valueName: "low-high"),
        transform: Value.ports)
    var port: ClosedRange<UInt16>?

    @Option(
        help: ArgumentHelp(
            "The name or path of socketpipe on the other host.", valueName: "program"),
        transform: Value.program)
    var there = "socketpipe"

    @Option(
        help: ArgumentHelp(
            "The largest TCP segment, for paths that lose big packets.",
            valueName: "bytes"), transform: Value.segmentSize)
    var mss: Int?

    @Option(
        help: ArgumentHelp(
            "How long everything must be silent before the other end is taken for dead. (default: 300)",
            valueName: "seconds"), transform: Value.patience)
    var stall: Int64?

    @Flag(help: "The other host has the original socketpipe: no proof, no verdict. Needs -h.")
    var legacy = false
}

/// What carries the bytes, and how fast.
struct PassingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Pass the bytes on ourselves, for a command that cannot read from a socket: "
                + "here, there, both.", valueName: "end"), transform: Value.relaying)
    var relay: Plan.Relaying?

    @Option(
        help: ArgumentHelp(
            "How to pass bytes on: auto, splice, ring, ring-splice, copy. (default: auto)",
            valueName: "engine"), transform: Value.engine)
    var engine: RelayEngine?

    @Flag(help: "Compare a hash of the content, too; implies --relay both --engine copy.")
    var checksum = false

    @Option(
        help: ArgumentHelp(
            "The most bytes a second in either direction, as 800k, 20M or 1G (of 1024).",
            valueName: "bytes"), transform: Value.byteCount)
    var rate: Int64?
}

/// Records and a buffer for a reader such as a tape drive.
struct ReaderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Give the last reader records of so many bytes, whole but for the last one, as a tape "
                + "wants them.", valueName: "bytes"), transform: Value.record)
    var record: Int?

    @Flag(help: "Fill the last record up with zeros.")
    var pad = false

    @Option(
        help: ArgumentHelp(
            "Keep up to so many bytes before the last reader, in pipes and memory.",
            valueName: "bytes"),
        transform: Value.byteCount)
    var buffer: Int64?

    @Option(
        help: ArgumentHelp(
            "Feed the reader when the buffer is so full. (default: 0)", valueName: "percent"),
        transform: Value.percent)
    var start: Int?

    @Option(
        help: ArgumentHelp(
            "When it ran dry, go on when it is so full. (default: as --start)",
            valueName: "percent"), transform: Value.percent)
    var resume: Int?
}

/// What counts as success.
struct SuccessOptions: ParsableArguments {
    @Flag(help: "Break a stream, rather than end it, when its writer fails in any way.")
    var strict = false

    @Flag(help: "A command may leave before it has read everything: that is no failure.")
    var allowEarlyExit = false
}

/// What is said and written.
struct TellingOptions: ParsableArguments {
    @Flag(help: "Show what has been moved, how fast and for how long.")
    var progress = false

    @Option(
        help: ArgumentHelp(
            "How many bytes the first writer will make: --progress then tells the time left.",
            valueName: "bytes"), transform: Value.byteCount)
    var size: Int64?

    @Option(
        help: ArgumentHelp("Write what happened to a file, as JSON.", valueName: "file"),
        transform: Value.path)
    var report: Path?

    @Flag(help: "Tell what is done, and a summary at the end.")
    var verbose = false

    @Flag(help: "Say nothing but errors, and what was left unread.")
    var quiet = false

    @Flag(help: "Log in, meet and tell what would be run; run nothing.")
    var dryRun = false
}
