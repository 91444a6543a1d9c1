import ArgumentParser
import LinuxSystem
import Plumbing

/// The options as the user writes them, blocks folded off.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "socketpipe",
        abstract: "Connect local commands to a command on another host by a direct TCP socket.",
        usage: """
            socketpipe [options] -i { command … } -l { login … } -r { command … }
            socketpipe [options] -o { command … } -l { login … } -r { command … }
            command | socketpipe [options] -i - -l { login … } -r { command … }
            socketpipe [options] --rsh [ssh options] host command …
            """,
        discussion: """
            A block is a command between '{' and '}', which are words of their own. Its words go \
            to the command as they are: no shell reads them again. Blocks nest; a brace alone in a \
            block is written '\\{' or '\\}'.

            Examples: back up a directory to a tape on another host; copy a database in a shell's \
            pipeline; let rsync log in by ssh and move its data past it.
              socketpipe -i { tar cf - /home } -l { ssh backuphost } \\
                  -r { dd of=/dev/nst0 bs=256k iflag=fullblock }
              pg_dump db | socketpipe -i - -l { ssh dbhost } -r { psql db }
              rsync -a -e 'socketpipe --rsh' folder host:folder

            The exit status is 0 only if every command ended with 0 and both ends agree that every \
            byte arrived. The data is neither encrypted nor authenticated on its way.
            """,
        version: "socketpipe \(Version.program)",
        helpNames: [.long])

    @Option(
        name: [.customShort("i"), .customLong("input")],
        help: ArgumentHelp(
            "The local command whose output goes there; '-': what comes from standard input.",
            valueName: "{ command }"))
    var producer: LocalWord?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The local command that reads what comes back; '-': it goes to standard output.",
            valueName: "{ command }"))
    var consumer: LocalWord?

    @Option(
        name: [.customShort("l"), .customLong("login")],
        help: ArgumentHelp("How to get to the other host: ssh host, …", valueName: "{ login }"))
    var login: BlockWord?

    @Option(
        name: [.customShort("r"), .customLong("remote")],
        help: ArgumentHelp("The command to run there.", valueName: "{ command }"))
    var remote: BlockWord?

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

    @Flag(help: "Break a stream, rather than end it, when its writer fails in any way.")
    var strict = false

    @Flag(help: "A command may leave before it has read everything: that is no failure.")
    var allowEarlyExit = false

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

    @Option(
        help: ArgumentHelp(
            "The most bytes a second in either direction, as 800k, 20M or 1G (of 1024).",
            valueName: "bytes"), transform: Value.byteCount)
    var rate: Int64?

    @Flag(help: "Show what has been moved, how fast and for how long.")
    var progress = false

    @Option(
        help: ArgumentHelp(
            "How many bytes the first writer will make: --progress then tells the time left.",
            valueName: "bytes"), transform: Value.byteCount)
    var size: Int64?

    @Option(help: ArgumentHelp("Write what happened to a file, as JSON.", valueName: "file"))
    var report: String?

    @Flag(help: "Tell what is done, and a summary at the end.")
    var verbose = false

    @Flag(help: "Say nothing but errors.")
    var quiet = false

    @Flag(help: "Log in, meet and tell what would be run; run nothing.")
    var dryRun = false

    @Flag(
        help: ArgumentHelp(
            "Stand in for ssh in programs that start it themselves: what follows is for ssh."))
    var rsh = false

    @Flag(help: "The other host has the original socketpipe: no proof, no verdict. Needs -h.")
    var legacy = false
}
