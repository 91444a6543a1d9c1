/// A program in a file, as another host could run it (`elf(5)`).
package struct ProgramFile: Equatable, Sendable {
    /// The processor, by the names of `uname -m`.
    package enum Machine: String, CaseIterable, Sendable {
        case x86 = "x86_64"
        case arm = "aarch64"

        /// The value of `e_machine`.
        fileprivate var number: Int { self == .x86 ? 62 : 183 }
    }

    package let path: Path
    package let machine: Machine
    package let byteCount: Int
    /// Whether it runs without any library of its host.
    package let isStatic: Bool

    /// - Returns: `nil` if it is no program for a processor that we know, or cannot be read.
    package init?(at path: Path) {
        // To open a FIFO would wait for its writer.
        guard path.kind == .regular, let file = try? OwnedDescriptor.open(path, .reading),
            let head = try? file.borrowed.read(byteCount: 4096),
            let size = file.borrowed.size,
            head.starts(with: [0x7f] + "ELF".utf8), head.count > 64,
            let machine = Machine.allCases.first(where: {
                Int(head[18]) | Int(head[19]) << 8 == $0.number
            })
        else { return nil }
        self.path = path
        self.machine = machine
        byteCount = Int(size)
        isStatic = Interpreter.named(by: head) == nil
    }

    /// All of its bytes.
    ///
    /// - Throws: `invalid` if it has changed its size; an error of `open` or `read`.
    package func read() throws(Errno) -> [UInt8] {
        let file = try OwnedDescriptor.open(path, .reading)
        var bytes: [UInt8] = []
        while true {
            let more = try file.borrowed.read(byteCount: 1 << 20)
            if more.isEmpty { break }
            bytes += more
        }
        guard bytes.count == byteCount else { throw .invalid }
        return bytes
    }

    /// The file that this process runs.
    ///
    /// The source is `/proc/self/exe`.
    package static var ours: Path { (try? Path("/proc/self/exe").followed()) ?? Path([]) }
}
