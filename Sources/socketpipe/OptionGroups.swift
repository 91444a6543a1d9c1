import ArgumentParser
import LinuxSystem
import Plumbing
import Relaying

/// How to reach the other end.
struct MeetingOptions: ParsableArguments {
    @Flag(
        name: [.customShort("b"), .customLong("batch")],
        help: "Run the login command without the terminal: it cannot ask for a password.")
    var isBatch = false

    @Option(
        name: [.customShort("h"), .customLong("host")],
        help: ArgumentHelp(
            "The address of this host as the other host reaches it.", valueName: "host"))
    var host: String?

    @Option(
        help: ArgumentHelp(
            "The address of the other host as this host reaches it, and its ports if they are not "
                + "those of --port.", valueName: "host[:low-high]"), transform: Value.address)
    var address: Plan.ForwardedAddress?

    @Option(
        help: ArgumentHelp(
            "The only network that the data may take, such as 192.0.2.0/24, or that of an "
                + "interface here.", valueName: "network"), transform: Value.network)
    var network: Plan.NetworkChoice?

    @Option(
        name: [.customShort("t"), .customLong("timeout")],
        help: ArgumentHelp(
            "How long the two ends may take to meet; 0 waits forever. (default: 30)",
            valueName: "seconds"), transform: Value.seconds)
    var timeout: Int64?

    @Option(
        help: ArgumentHelp(
            "Which end waits for the other's connections: here, there, auto. (default: auto)",
            valueName: "end"),
        transform: Value.listening)
    var listen = Plan.Listening.auto

    @Option(
        help: ArgumentHelp(
            "How the data gets there: direct, login (through the login command, at its speed), "
                + "auto (that if there is no direct way). (default: direct)", valueName: "way"),
        transform: Value.way)
    var via = Plan.Way.direct

    @Option(
        help: ArgumentHelp("The ports to listen on.", valueName: "low-high"),
        transform: Value.ports)
    var port: ClosedRange<UInt16>?

    @Option(
        help: ArgumentHelp(
            "The name or path of socketpipe on the other host. (default: socketpipe)",
            valueName: "program"),
        transform: Value.program)
    var there = "socketpipe"

    @Flag(help: "Bring that program along: nothing needs to be installed on the other host.")
    var push = false

    @Option(
        help: ArgumentHelp(
            "The largest TCP segment, for paths that lose large packets.",
            valueName: "bytes"), transform: Value.segmentSize)
    var mss: Int?

    @Option(
        help: ArgumentHelp(
            "How long everything must be silent before the other end counts as dead. "
                + "(default: 300)",
            valueName: "seconds"), transform: Value.patience)
    var stall: Int64?

    @Option(
        help: ArgumentHelp(
            "How long to try to go on after the connection or the login is lost, by relays at both "
                + "ends; without this option the session then ends.",
            valueName: "seconds"), transform: Value.reconnecting)
    var reconnect: Int64?

    @Flag(help: "The other host has the original socketpipe: no proof, no verdict. Needs -h.")
    var legacy = false
}

/// What carries the bytes, and how fast.
struct PassingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Put socketpipe between socket and command, for a command that needs a pipe: "
                + "here, there, both.", valueName: "end"), transform: Value.relaying)
    var relay: Plan.Relaying?

    @Option(
        help: ArgumentHelp(
            "How relays move bytes: auto, splice, ring, ring-splice, copy. (default: auto)",
            valueName: "engine"), transform: Value.engine)
    var engine: RelayEngine?

    @Flag(help: "Leave pipes that are standard input or output as small as they are.")
    var keepPipes = false

    @Flag(
        help: "Encrypt and authenticate the data, by relays at both ends that copy it.")
    var encrypt = false

    @Flag(help: "Compare a hash of the content, too; implies --relay both --engine copy.")
    var checksum = false

    @Option(
        help: ArgumentHelp(
            "At most this many bytes a second in each direction, such as 800k, 20M or 1G "
                + "(powers of 1024), or out=20M,back=5M.",
            valueName: "bytes"), transform: Value.rates)
    var rate: Rates?

    @Option(
        help: ArgumentHelp(
            "Take the rate from this file, now and whenever it is written again.",
            valueName: "file"), transform: Value.path)
    var rateFile: Path?

    @Option(
        help: ArgumentHelp(
            "How many bytes may be on their way, for long paths; as root, or within net.core's "
                + "limits.", valueName: "bytes"), transform: Value.window)
    var window: Int?

    @Option(
        help: ArgumentHelp("The congestion control, such as bbr.", valueName: "name"),
        transform: Value.congestion)
    var congestion: String?

    @Option(
        help: ArgumentHelp(
            "The code point of the packets, such as LE or CS1, or a number.", valueName: "name"),
        transform: Value.codePoint)
    var dscp: CodePoint?
}

/// Records and a buffer for a reader such as a tape drive.
struct ReaderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Feed the last reader whole records of this size, as a tape drive needs; only the "
                + "last one may be short.", valueName: "bytes"), transform: Value.record)
    var record: Int?

    @Flag(help: "Pad the last record with zeros.")
    var pad = false

    @Option(
        help: ArgumentHelp(
            "Buffer up to this many bytes in front of the last reader, in pipes and memory.",
            valueName: "bytes"),
        transform: Value.byteCount)
    var buffer: Int64?

    @Option(
        help: ArgumentHelp(
            "How full the buffer must be before the reader is fed. (default: 0)",
            valueName: "percent"),
        transform: Value.percent)
    var start: Int?

    @Option(
        help: ArgumentHelp(
            "How full it must be before feeding resumes after it ran dry. (default: as --start)",
            valueName: "percent"), transform: Value.percent)
    var resume: Int?
}

/// What counts as success.
struct SuccessOptions: ParsableArguments {
    @Flag(help: "When a writer fails in any way, break its stream rather than end it.")
    var strict = false

    @Flag(help: "Let a reader stop before it has read everything, without failing.")
    var allowEarlyExit = false
}

/// What to say and write.
struct TellingOptions: ParsableArguments {
    @Option(
        defaultAsFlag: MeasuringTime.usual, parsing: .next,
        help: ArgumentHelp(
            "Run no commands, measure the path for so long, and print a table.",
            valueName: "seconds"))
    var measure: MeasuringTime?

    @Option(
        defaultAsFlag: "line", parsing: .next,
        help: ArgumentHelp(
            "Show how much has moved, how fast and for how long: as a line for a person, or as "
                + "--progress=json for a program.", valueName: "form"))
    var progress: String?

    @Option(
        help: ArgumentHelp(
            "Write the JSON of --progress to this descriptor, as in --progress-fd 3 3>FILE.",
            valueName: "number"), transform: Value.descriptor)
    var progressFd: Descriptor?

    @Option(
        help: ArgumentHelp(
            "How many bytes the first writer will make: --progress then shows the time left.",
            valueName: "bytes"), transform: Value.byteCount)
    var size: Int64?

    @Option(
        help: ArgumentHelp("Write a report to a file, as JSON.", valueName: "file"),
        transform: Value.path)
    var report: Path?

    @Flag(help: "Say what socketpipe does, and print a summary at the end.")
    var verbose = false

    @Flag(help: "Print only errors, and what readers left unread.")
    var quiet = false

    @Flag(help: "Log in, let the ends meet, and print what would run; run nothing.")
    var dryRun = false
}
