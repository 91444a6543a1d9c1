import CConfinement
import Glibc
import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// Files of the real kernel that take a part of what is written and then no more.
@Suite struct FullFileTests {
    static let sizes = [0, 1, 65_536, 100_001, 786_432, 1_000_000, 1_500_000]

    private static func receiving(
        _ engine: RelayEngine, _ content: [UInt8], into target: consuming OwnedDescriptor
    ) throws -> RelayScene {
        let connection = try Link(.tcp)
        let ours = [connection.reader.borrowed]
        return try RelayScene(
            content, writer: connection.writer, source: connection.reader, target: target,
            reader: nil, .fromConnection, EngineChoice(engine), ours: ours)
    }

    @Test(arguments: RelayEngine.allCases, sizes)
    func `a sealed file holds the beginning of the stream, and no more is told`(
        engine: RelayEngine, size: Int
    ) throws {
        let content = SeededGenerator.content(1_700_000)
        // What would be in the last page in part is refused whole.
        let room = size / 4096 * 4096
        let sealed = Descriptor(number: confine_sealed_file(UInt(size)))
        try #require(sealed.number >= 0, "no sealed files here")
        let target = try OwnedDescriptor.duplicate(of: sealed)
        let scene = try Self.receiving(engine, content, into: target)
        scene.staysOpen = true
        try scene.move()
        #expect(scene.progress.target == .failed(.notPermitted))
        #expect(scene.progress.given == Int64(room))
        #expect(sealed.position == Int64(room))
        #expect(try RelayFilesTests.contents(of: sealed).prefix(room) == content.prefix(room))
        close(sealed.number)
    }

    @Test(arguments: RelayEngine.allCases.map { $0.rawValue })
    func `a limited file takes what it may, and no signal ends us`(name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 300_001, rlim_max: 300_001)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let file = try ScratchFile()
            let scene = try FullFileTests.receiving(
                RelayEngine(rawValue: name)!, SeededGenerator.content(900_000),
                into: file.open(O_WRONLY))
            scene.staysOpen = true
            try scene.move()
            #expect(scene.progress.target == .failed(Errno(EFBIG)))
            #expect(scene.progress.given == 300_001)
            #expect(file.contents == [UInt8](SeededGenerator.content(900_000).prefix(300_001)))
        }
    }

    @Test(arguments: RelayEngine.allCases, [0, O_APPEND])
    func `a file that was cut or moved meanwhile does not bear the count out`(
        engine: RelayEngine, mode: CInt
    ) throws {
        let file = try ScratchFile()
        let target = try file.open(O_WRONLY | mode)
        let number = target.number
        let scene = try Self.receiving(engine, SeededGenerator.content(900_000), into: target)
        try scene.move()
        try scene.mover.confirm()
        #expect(scene.progress.given == 900_000)
        let moved = mode == 0 ? lseek(number, -1, SEEK_CUR) : off_t(ftruncate(number, 899_999))
        try #require(moved >= 0)
        #expect(throws: Errno.misplaced) { try scene.mover.confirm() }
    }
}

extension RelayFilesTests {
    /// Everything in an open file.
    static func contents(of file: Descriptor) throws -> [UInt8] {
        lseek(file.number, 0, SEEK_SET)
        var all: [UInt8] = []
        while true {
            let piece = try file.read(byteCount: 1 << 20)
            if piece.isEmpty { return all }
            all += piece
        }
    }
}
