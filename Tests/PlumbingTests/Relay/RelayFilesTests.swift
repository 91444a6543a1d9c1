import Glibc
import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// Files and devices at one end of a relay, and what each lets others see.
@Suite struct RelayFilesTests {
    private func sending(
        _ engine: RelayEngine, from source: consuming OwnedDescriptor
    ) throws -> RelayScene {
        let connection = try Link(.tcp)
        let ours = [connection.writer.borrowed]
        return try RelayScene(
            [], writer: nil, source: source, target: connection.writer,
            reader: connection.reader, .toConnection, EngineChoice(engine), ours: ours)
    }

    private func receiving(
        _ engine: RelayEngine, _ content: [UInt8], into target: consuming OwnedDescriptor
    ) throws -> RelayScene {
        let connection = try Link(.tcp)
        let ours = [connection.reader.borrowed]
        return try RelayScene(
            content, writer: connection.writer, source: connection.reader, target: target,
            reader: nil, .fromConnection, EngineChoice(engine), ours: ours)
    }

    @Test(arguments: RelayEngine.allCases, [0, 1, 5_000_000])
    func `a file is sent from where it stands`(engine: RelayEngine, byteCount: Int) throws {
        let content = SeededGenerator.content(byteCount)
        let file = try ScratchFile([9, 9, 9] + content)
        let source = try file.open(O_RDONLY)
        lseek(source.number, 3, SEEK_SET)
        let scene = try sending(engine, from: source)
        try scene.run()
        #expect(scene.got == content)
        #expect(scene.progress.source == .ended && scene.progress.given == Int64(byteCount))
    }

    @Test(arguments: RelayEngine.allCases, [0, O_APPEND])
    func `a file takes everything, behind what it has`(engine: RelayEngine, mode: CInt) throws {
        let content = SeededGenerator.content(3_000_000)
        let file = try ScratchFile([9, 9, 9])
        let target = try file.open(O_WRONLY | mode)
        if mode == 0 { lseek(target.number, 3, SEEK_SET) }
        let scene = try receiving(engine, content, into: target)
        try scene.run()
        #expect(file.contents == [9, 9, 9] + content)
        #expect(scene.progress.given == 3_000_000 && scene.progress.hasDelivered)
    }

    @Test(arguments: [RelayEngine.splice, .ringSplice])
    func `a file to append to cannot be spliced: it is copied, and why is said`(
        engine: RelayEngine
    ) throws {
        let scene = try receiving(engine, [1, 2], into: ScratchFile().open(O_WRONLY | O_APPEND))
        try scene.run()
        #expect(scene.mover.choice.engine == .copy)
        let reason = try #require(scene.mover.choice.reason)
        #expect(reason.contains("Invalid argument") || reason.contains("io_uring"))
    }

    @Test(arguments: RelayEngine.allCases)
    func `a file of the kernel's that cannot be spliced is copied whole`(
        engine: RelayEngine
    ) throws {
        let path = "/proc/self/limits"
        let scene = try sending(engine, from: ScratchFile.open(path, O_RDONLY))
        try scene.run()
        #expect(scene.got == Proc.contents(of: path))
        #expect(scene.progress.source == .ended)
    }

    @Test(arguments: RelayEngine.allCases)
    func `nothing comes from /dev/null, and it takes everything`(engine: RelayEngine) throws {
        let empty = try sending(engine, from: ScratchFile.open("/dev/null", O_RDONLY))
        try empty.run()
        #expect(empty.got == [] && empty.progress.source == .ended)
        let content = SeededGenerator.content(300_000)
        let sink = try receiving(engine, content, into: ScratchFile.open("/dev/null", O_WRONLY))
        try sink.run()
        #expect(sink.progress.given == 300_000 && sink.progress.hasDelivered)
    }

    @Test(arguments: RelayEngine.allCases)
    func `a full device is an error of the target`(engine: RelayEngine) throws {
        let scene = try receiving(
            engine, SeededGenerator.content(300_000),
            into: ScratchFile.open("/dev/full", O_WRONLY))
        scene.staysOpen = true
        try scene.move()
        #expect(scene.progress.target == .failed(Errno(ENOSPC)))
        #expect(scene.progress.given == 0)
    }

    // MARK: What others see (KERNEL H1, H4)

    @Test(arguments: RelayEngine.allCases, [false, true])
    func `the flags of a pipe that others share stay as they are`(
        engine: RelayEngine, flag: Bool
    ) throws {
        let content = SeededGenerator.content(400_000)
        let first = try Link(.pipe)
        let second = try Link(.pipe)
        let (input, output) = (first.reader.borrowed, second.writer.borrowed)
        for end in [input, output] { try end.setNonblocking(flag) }
        let connection = try Link(.tcp)
        let (sending, receiving) = (connection.writer.borrowed, connection.reader.borrowed)
        let upstream = try RelayScene(
            content, writer: first.writer, source: first.reader, target: connection.writer,
            reader: nil, .toConnection, EngineChoice(engine), ours: [sending])
        let downstream = try RelayScene(
            [], writer: nil, source: connection.reader, target: second.writer,
            reader: second.reader, .fromConnection, EngineChoice(engine), ours: [receiving])
        var sizes: Set<CInt> = []
        while downstream.got.count < content.count {
            for scene in [upstream, downstream] { try scene.turnNow() }
            #expect(isNonblocking(input) == flag && isNonblocking(output) == flag)
            for end in [input, output] { sizes.insert(pipeCapacity(end)) }
        }
        #expect(downstream.got == content)
        #expect(sizes == [65536])
    }

    @Test(arguments: RelayEngine.allCases)
    func `our socket never waits while it is spliced`(engine: RelayEngine) throws {
        let link = try Link(.tcp)
        let pipe = try Link(.pipe)
        let reader = link.reader.borrowed
        try link.reader.setNonblocking(false)
        let scene = try RelayScene(
            [1], writer: link.writer, source: link.reader, target: pipe.writer,
            reader: pipe.reader, .fromConnection, EngineChoice(engine), ours: [reader])
        scene.staysOpen = true
        while scene.got.isEmpty { try scene.turn() }
        #expect(isNonblocking(reader) == (scene.mover.choice.engine != .ring))
        // Nobody holds the pipe's lock: its reader can ask and close at once (KERNEL H1).
        #expect(scene.readerDescriptor.queuedByteCount == 0)
        scene.reader = nil
    }

    @Test func `a relay to a file that breaks a promise of io_uring goes on, told why`() {
        let choice = EngineChoice(.ringSplice)
        #expect(choice.fallback(.invalid).engine == .copy)
        #expect(choice.fallback(.invalid).reason == "io_uring refused it (Invalid argument)")
    }
}
