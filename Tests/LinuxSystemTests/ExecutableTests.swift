import Foundation
import Testing

@testable import LinuxSystem

/// What keeps a command from being executed, told without trying.
@Suite struct ExecutableTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "/program-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
    }

    private func put(_ name: String, _ bytes: [UInt8], mode: Int = 0o755) throws {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func obstacle(_ name: String, path: String? = nil) -> Executable.Obstacle? {
        Executable.obstacle(
            to: Word(name), searchPath: [UInt8]((path ?? "/nonexistent:" + folder).utf8))
    }

    @Test func `each obstacle is told, by name and by path`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try put("fine", [UInt8]("#!/bin/sh -e\n".utf8))
        try put("bare", [UInt8]("echo\n".utf8))
        try put("plain", [UInt8]("#!/bin/sh\n".utf8), mode: 0o644)
        try put("windows", [UInt8]("#! /bin/sh\r\n".utf8))
        try put("chained", [UInt8]("#!\(folder)/windows\n".utf8))
        try put("empty", [])
        try put("blank", [UInt8]("#!\n".utf8))
        let missing = Executable.Obstacle.noInterpreter([UInt8]("/bin/sh\r".utf8))
        let wanted: [(String, Executable.Obstacle?)] = [
            ("fine", nil), ("bare", nil), ("empty", nil), ("blank", nil), ("plain", .notExecutable),
            ("windows", missing), ("chained", missing), ("none", .notFound),
        ]
        for (name, obstacle) in wanted {
            #expect(self.obstacle(name) == obstacle, "\(name)")
            #expect(self.obstacle(folder + "/" + name) == obstacle, "\(name)")
        }
        #expect(obstacle(folder) == .notExecutable)
        #expect(obstacle("") == .notFound)
        #expect(obstacle("fine/none") == .notFound)
        #expect(obstacle("fine", path: "") == .notFound)
        #expect(Executable.obstacle(to: Word("none"), searchPath: nil) == nil)
        // The first that may be executed counts, whatever stands before it.
        try put("sh", [], mode: 0o644)
        #expect(obstacle("sh", path: folder + ":/bin") == nil)
    }

    @Test func `the loader of a program is read from its header`() throws {
        let shell = try #require(contents(of: "/bin/cat"))
        let loader = try #require(Interpreter.named(by: [UInt8](shell.prefix(4096))))
        #expect(loader.starts(with: "/lib".utf8))
        var random = SystemRandomNumberGenerator()
        for count in [65, 70, 100, 600] {
            for _ in 0..<500 {
                var head = [UInt8](shell.prefix(count))
                for index in 4..<head.count where Int.random(in: 0..<8, using: &random) == 0 {
                    head[index] = .random(in: 0...255, using: &random)
                }
                _ = Interpreter.named(by: head)
            }
        }
    }

    private func contents(of path: String) -> Data? {
        try? Data(contentsOf: URL(fileURLWithPath: path))
    }
}
