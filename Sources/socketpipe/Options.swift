import ArgumentParser
import LinuxSystem
import Plumbing

/// The options as the user writes them, with the blocks folded away.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "socketpipe",
        abstract: "Connect local commands to a command on another host by a direct TCP socket.",
        usage: """
            socketpipe [options] -i { command … } -l { login … } -r { command … }
            socketpipe [options] -o { command … } -l { login … } -r { command … }
            command | socketpipe [options] -i - -l { login … } -r { command … }
            socketpipe [options] --rsh [ssh options] host command …
            socketpipe [options] --measure -l { login … }
            """,
        discussion: """
            A block is a command between '{' and '}', each a word of its own. Its words reach the \
            command as they are: no shell reads them again. Blocks nest; write a single brace in a \
            block as '\\{' or '\\}'.

            Examples: back up a directory to a tape on another host; copy a database, all or \
            nothing; let rsync log in by ssh but move its data directly.
              socketpipe -i { tar cf - /home } -l { ssh backuphost } \\
                  -r { dd of=/dev/nst0 bs=256k iflag=fullblock conv=nocreat }
              socketpipe --strict -i { pg_dump db } -l { ssh dbhost } \\
                  -r { psql -q1v ON_ERROR_STOP=1 copy }
              rsync -a -e 'socketpipe --rsh' folder host:folder

            The exit status is 0 only if every command exited with 0 and both ends agree that every \
            byte arrived. Without --encrypt the data is neither encrypted nor authenticated in transit.
            """,
        version: "socketpipe \(Version.program)",
        helpNames: [.long])

    @Option(
        name: [.customShort("i"), .customLong("input")],
        help: ArgumentHelp(
            "The local command whose output goes there; '-' sends standard input instead.",
            valueName: "{ command }"))
    var producer: LocalWord?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The local command that reads what comes back; '-' writes it to standard output.",
            valueName: "{ command }"))
    var consumer: LocalWord?

    @Option(
        name: [.customShort("l"), .customLong("login")],
        help: ArgumentHelp("How to log in to the other host: ssh host, …", valueName: "{ login }"))
    var login: BlockWord?

    @Option(
        name: [.customShort("r"), .customLong("remote")],
        help: ArgumentHelp("The command to run there.", valueName: "{ command }"))
    var remote: BlockWord?

    @Flag(
        help: ArgumentHelp(
            "Stand in for ssh in programs that start it themselves: what follows is for ssh."))
    var rsh = false

    @Flag(
        help: ArgumentHelp(
            "Take no options from ~/.config/socketpipe/config and SOCKETPIPE_OPTIONS."))
    var noConfig = false

    @OptionGroup(title: "How the two ends meet") var meeting: MeetingOptions
    @OptionGroup(title: "How the bytes pass") var passing: PassingOptions
    @OptionGroup(title: "How the last reader is fed") var reader: ReaderOptions
    @OptionGroup(title: "Tapes of this host, without a session") var volume: VolumeOptions
    @OptionGroup(title: "What counts as success") var success: SuccessOptions
    @OptionGroup(title: "What socketpipe says") var telling: TellingOptions
}
