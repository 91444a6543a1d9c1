import CLinux

/// A program that answers a question.
enum Program {
    /// Runs the program to its end, without input and standard error; it dies with us.
    ///
    /// - Returns: Its output, and how it ended; `nil` if it did not run.
    static func answer(
        to words: [Word], _ environment: Environment
    ) -> (output: [UInt8], status: ExitStatus)? {
        do throws(Errno) {
            let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
            let pipe = try Pipe()
            let pid = try start(words, environment, null.borrowed, writingTo: pipe.writer)
            let output = try readAll(pipe.reader)
            let status = try check(linux_await(pid))
            return (output, ExitStatus(waitStatus: status))
        } catch {
            return nil
        }
    }

    private static func start(
        _ words: [Word], _ environment: Environment, _ null: Descriptor,
        writingTo output: consuming OwnedDescriptor
    ) throws(Errno) -> CInt {
        let blocks = CStrings(words.map { $0.bytes })
        let variables = CStrings(environment.entries)
        var order = unsafe linux_spawn()
        unsafe order.words = unsafe blocks.pointer
        unsafe order.environment = unsafe variables.pointer
        unsafe order.descriptors = (null.number, output.number, null.number)
        unsafe order.only_standard_descriptors = 1
        unsafe order.parent_death_signal = Signal.kill
        unsafe order.guard = -1
        unsafe linux_inherited_signals(&order.blocked, &order.ignored)
        let result = unsafe linux_spawn(&order)
        if result < 0 { throw Errno(-result) }
        return result
    }

    /// Everything until no process can write any more.
    private static func readAll(_ reader: consuming OwnedDescriptor) throws(Errno) -> [UInt8] {
        var output: [UInt8] = []
        while true {
            let bytes = try reader.borrowed.read(byteCount: 65536)
            if bytes.isEmpty { return output }
            output += bytes
        }
    }
}
