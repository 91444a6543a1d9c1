import CLinux

/// A process that waits for our end, and then lets nothing of ours outlive us, even if we are
/// killed by -9.
///
/// It kills its own group, for whoever was started into it, and the commands whose order names it,
/// with all that descends from them: a parent-death signal alone reaches our children, but not
/// theirs. Who has lost its parent meanwhile is found by our mark in its environment, as long as it
/// is in our session, or by a stream of ours that it has open; nobody is killed who was there before
/// the guard. What it keeps open stays open until they are dead, so that who reads a pipe of ours never
/// takes our death for the end of the stream.
package final class Guard {
    /// The process, which leads its group.
    package let leader: CInt
    let lifeline: OwnedDescriptor
    /// What the commands are to have in their environment, and leave to those that they start.
    let mark: (name: String, value: String)

    /// - Parameters:
    ///   - kept: Descriptors to keep open.
    ///   - files: Streams whose holders must not outlive us either.
    package init(keeping kept: [CInt] = [], against files: [Proc.OpenFile] = []) throws(Errno) {
        let pipe = try Pipe()
        let sorted = kept.sorted()
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

    /// Whether a process is anybody's guard. It ends by itself, when its work is done.
    package static func isOne(_ process: CInt) -> Bool {
        Proc.contents(of: "/proc/\(process)/comm") == [UInt8]("stream-guard\n".utf8)
    }

    /// The process is no more, and its number may become another's.
    package func forget(_ process: CInt) {
        tell(linux_guard_ended, process)
    }

    /// Closes one of the descriptors it keeps.
    package func close(_ descriptor: CInt) {
        tell(linux_guard_close, descriptor)
    }

    /// Takes the guard away; everything stays as it is.
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
            // Where the guard itself was killed there is nothing to be told.
            return
        } catch {
            // It would keep open for ever what somebody waits to see closed.
            dismiss()
        }
    }
}
