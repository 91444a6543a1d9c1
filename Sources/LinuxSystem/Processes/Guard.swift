import CLinux

/// A process that waits for our end, even by SIGKILL, and then lets none of our commands outlive
/// us.
///
/// It kills its own group, which commands may join, and the commands whose order names it, with all
/// their descendants: a parent-death signal alone reaches our children, but not theirs. It finds a
/// process that has lost its parent by our mark in its environment, as long as the process is in
/// our session, or by a stream of ours that the process has open. It kills no process that existed
/// before the guard. It keeps its descriptors open until they are dead, so that a reader of our
/// pipe never takes our death for the end of the stream.
package final class Guard {
    /// The guard's process, which leads its group.
    package let leader: CInt
    let lifeline: OwnedDescriptor
    /// The variable that the commands must have in their environment and pass on to their children.
    let mark: (name: String, value: String)

    /// Starts the guard.
    ///
    /// The corresponding C function is `fork`.
    /// - Parameters:
    ///   - kept: Descriptors to keep open.
    ///   - files: Streams whose holders must not outlive us either.
    /// - Throws: The error of `pipe2` or `fork`, such as `tooManyOpenFiles` or `wouldBlock`.
    package init(
        keeping kept: [Descriptor] = [], against files: [Proc.OpenFile] = []
    ) throws(Errno) {
        let pipe = try Pipe()
        let sorted = kept.map { $0.number }.sorted()
        mark = ("SOCKETPIPE_GUARD", "\(Process.number)-\(Instant.now.nanoseconds)")
        let names = CStrings(files.map { [UInt8]($0.name.utf8) })
        let variable = CStrings([[UInt8]("\(mark.name)=\(mark.value)".utf8)])
        leader = try check(
            unsafe sorted.withUnsafeBufferPointer {
                var order = unsafe linux_guard_order()
                unsafe order.reader = pipe.reader.number
                unsafe order.kept = $0.baseAddress
                unsafe order.kept_count = CInt($0.count)
                unsafe order.files = names.pointer
                unsafe order.file_count = CInt(files.count)
                unsafe order.variable = variable.pointer.pointee
                return unsafe linux_start_guard(&order)
            })
        lifeline = pipe.writer
    }

    /// Whether a process is a guard, of whichever session. A guard ends by itself when its work is
    /// done.
    package static func isOne(_ process: CInt) -> Bool {
        Proc.contents(of: "/proc/\(process)/comm") == [UInt8]("stream-guard\n".utf8)
    }

    /// Tells the guard that a process has ended, so that another may get its number.
    package func forget(_ process: CInt) {
        tell(linux_guard_ended, process)
    }

    /// Tells the guard to close one of the descriptors it keeps.
    package func close(_ descriptor: Descriptor) {
        tell(linux_guard_close, descriptor.number)
    }

    /// Ends the guard without any further effect.
    package func dismiss() {
        Process.signal(leader, Signal.kill)
    }

    private func tell(_ kind: CInt, _ value: CInt) {
        let word = linux_guard_word(kind: kind, value: value)
        do throws(Errno) {
            _ = try retry {
                unsafe withUnsafeBytes(of: word) {
                    unsafe linux_write(lifeline.number, $0.baseAddress, $0.count)
                }
            }
        } catch .brokenPipe {
            // The guard itself was killed.
            return
        } catch {
            // It would keep descriptors open forever whose end a reader waits for.
            dismiss()
        }
    }
}
