import CLinux

/// Whether the kernel could execute a command, without trying.
package enum Executable {
    /// The reason why it could not.
    package enum Obstacle: Error, Equatable, Sendable {
        case notFound
        case notExecutable
        /// The program that a script's first line names, or the loader of a program, is missing.
        case noInterpreter([UInt8])
    }

    /// Looks for a command where `execvp` does.
    ///
    /// - Parameter searchPath: `PATH`, if it is set.
    /// - Returns: `nil` if it sees no obstacle; the kernel may still refuse.
    package static func obstacle(to command: Word, searchPath: [UInt8]?) -> Obstacle? {
        if command.bytes.isEmpty { return .notFound }
        if command.bytes.contains(slash) { return look(Path(command.bytes), depth: 0).obstacle }
        guard let searchPath else { return nil }
        var worst = Obstacle.notFound
        for folder in searchPath.split(separator: colon, omittingEmptySubsequences: false) {
            let path = Path(folder + (folder.isEmpty ? [] : [slash]) + command.bytes)
            guard case .hindered(let obstacle) = look(path, depth: 0) else { return nil }
            if worst == .notFound || obstacle == .notExecutable { worst = obstacle }
        }
        return worst
    }

    private static let slash = UInt8(ascii: "/")
    private static let colon = UInt8(ascii: ":")

    private enum Look {
        case fine
        case hindered(Obstacle)

        var obstacle: Obstacle? {
            if case .hindered(let obstacle) = self { obstacle } else { nil }
        }
    }

    /// The kernel follows this many interpreters of interpreters.
    private static let deepest = 4

    private static func look(_ path: Path, depth: Int) -> Look {
        var head = [UInt8](repeating: 0, count: 4096)
        let capacity = head.count
        let count = unsafe head.withUnsafeMutableBytes { head in
            unsafe path.withCString {
                unsafe linux_head_of_program($0, head.baseAddress, CInt(capacity))
            }
        }
        switch count {
        case -ENOENT, -ENOTDIR: return .hindered(.notFound)
        case -EACCES: return .hindered(.notExecutable)
        // Leave any other case to the kernel.
        case ..<0: return .fine
        default: head.removeLast(capacity - Int(count))
        }
        guard let interpreter = Interpreter.named(by: head), depth < deepest else { return .fine }
        return switch look(Path(interpreter), depth: depth + 1) {
        case .hindered(.notFound): .hindered(.noInterpreter(interpreter))
        case let other: other
        }
    }
}

/// The program that the kernel starts instead of a script, or before a dynamically linked program.
enum Interpreter {
    /// The interpreter that a file names (`execve(2)`); `nil` if it names none.
    ///
    /// - Parameter head: The first bytes of the file.
    static func named(by head: [UInt8]) -> [UInt8]? {
        if head.starts(with: "#!".utf8) { return ofScript(head.dropFirst(2)) }
        if head.starts(with: [0x7f] + "ELF".utf8), head.count > 64 { return ofProgram(head) }
        return nil
    }

    private static func ofScript(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        let name = line.drop { isBlank($0) }.prefix { !isBlank($0) && $0 != 10 && $0 != 0 }
        return name.isEmpty ? nil : [UInt8](name)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    /// The entry `PT_INTERP` of the program header (`elf(5)`), for either word size.
    private static func ofProgram(_ head: [UInt8]) -> [UInt8]? {
        let isWide = head[4] == 2
        func number(_ offset: Int, _ size: Int) -> Int? {
            guard offset >= 0, offset <= head.count - size else { return nil }
            return head[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        func word(_ offset: Int) -> Int? {
            let value = number(offset, isWide ? 8 : 4)
            return value.map { (0...head.count).contains($0) ? $0 : head.count }
        }
        guard head[5] == 1, let table = word(isWide ? 32 : 28),
            let size = number(isWide ? 54 : 42, 2),
            let count = number(isWide ? 56 : 44, 2)
        else { return nil }
        for index in 0..<min(count, 64) {
            let entry = table + index * size
            guard number(entry, 4) == 3, let start = word(entry + (isWide ? 8 : 4)) else {
                continue
            }
            let name = head[start...].prefix { $0 != 0 }
            return name.isEmpty || name.endIndex == head.count ? nil : [UInt8](name)
        }
        return nil
    }
}
