import Foundation
import Testing

/// Who can still write is found where no descendant of ours has the stream open in plain sight.
@Suite(.gated, .needsCompiler) struct HiddenHolderTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// The end of the stream comes when `END` was written, whichever end the command is at.
    private func expectEnd(
        of command: Words, to reader: Words = "cat", wrapper: Words = [], copies: Scratch? = nil,
        rounds: Int = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for there in [nil] + ThereEnd.allCases {
            let session =
                there == nil
                ? Session(producer: command, remote: reader, wrapper: wrapper, copies: copies)
                : Session(
                    there: there, consumer: reader, remote: command, wrapper: wrapper,
                    copies: copies)
            for _ in 0..<rounds {
                let run = try session.start(reports: wrapper.bytes.isEmpty)
                let ending = try await run.ending(within: .seconds(40))
                let told = ending.testDescription
                #expect(ending.status == 0, "\(told)", sourceLocation: sourceLocation)
                #expect(ending.text == "END\n", "\(told)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test(.tries(.hiddenWriter), arguments: ["thread", "ring", "hidden-ring", "flight"])
    func `a writer without a descriptor in plain sight is waited for`(mode: String) async throws {
        try await expectEnd(of: HolderProgram(in: scratch).words(mode))
    }

    @Test(.tries(.hiddenWriter), arguments: ["write", "send"])
    func `a write whose descriptor was closed meanwhile is waited for`(mode: String) async throws {
        // The reader rests until nobody has the stream in plain sight.
        try await expectEnd(
            of: HolderProgram(in: scratch).words(mode), to: .sh("sleep 1; tail -c 4"))
    }

    @Test(.tries(.hiddenWriter), arguments: ["give", "give-wait"], ["daemon", "late-daemon"])
    func `a daemon that was there before may be given the stream`(
        mode: String, daemon: String
    ) async throws {
        let program = try await HolderProgram(in: scratch)
        let socket = scratch / "socket"
        let daemon = try Run(program.words(daemon, socket))
        try #require(await eventually { scratch.exists("socket") })
        try await expectEnd(of: program.words(mode, socket))
        daemon.mark.killAll()
        _ = try await daemon.ending()
    }

    @Test(.tries(.hiddenWriter), .needsProcessNamespaces)
    func `a child in a process namespace that was entered is waited for`() async throws {
        let namespace = try Run("unshare -p -f --mount-proc sleep 1000")
        var first: Found?
        try #require(
            await eventually {
                first = namespace.mark.process("sleep 1000")
                return first != nil
            })
        let pid = try #require(first?.pid)
        try await expectEnd(
            of: ["nsenter", "-t", "\(pid)", "-p", "-m"] + .sh("(sleep .7; echo END) & exit 0"))
        namespace.mark.killAll()
        _ = try await namespace.ending()
    }

    @Test(.tries(.hiddenWriter), .needsPlainUser, arguments: [3, 300])
    func `a chain of short-lived processes of an ordinary user is waited for`(
        generations: Int
    ) async throws {
        let user = try await PlainUser()
        let program = try await HolderProgram(in: user.copies)
        try await expectEnd(
            of: program.words("chain", "\(generations)"), wrapper: user.enter, copies: user.copies,
            rounds: Program.rounds(default: 5))
    }
}
