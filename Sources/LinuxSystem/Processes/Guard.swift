import CLinux

/// A process that waits for our end, and then lets nothing of ours outlive us, even if we are
/// killed by -9.
///
/// It kills its own group, for whoever was started into it, and the commands whose order names it,
/// with all that descends from them: a parent-death signal alone reaches our children, but not
/// theirs. What it keeps open stays open until they are dead, so that who reads a pipe of ours never
/// takes our death for the end of the stream.
package final class Guard {
    /// The process, which leads its group.
    package let leader: CInt
    let lifeline: OwnedDescriptor

    /// - Parameter kept: Descriptors to keep open.
    package init(keeping kept: [CInt] = []) throws(Errno) {
        let pipe = try Pipe()
        let sorted = kept.sorted()
        leader = try check(
            unsafe sorted.withUnsafeBufferPointer {
                unsafe linux_start_guard(pipe.reader.number, $0.baseAddress, CInt($0.count))
            })
        lifeline = pipe.writer
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
