import LinuxSystem
import Relaying

/// How a relay comes to its end: what it lets go of, and when.
extension Relay {
    /// The connection takes no more: the stream is whole only if the source has come to its end.
    package func connectionLeft() {
        guard progress.isRunning else { return }
        hasGivenAll = progress.held == 0
        mover.targetLeft()
        conclude()
    }

    /// Goes on where it had to wait for the kernel.
    func conclude() {
        guard !isSettling else { return }
        guard let hasGivenAll = hasGivenAll.take() else { return passEndOn() }
        if hasGivenAll, progress.held == 0, end.kind.canBePolled {
            isProbing = true
        } else {
            letGo()
        }
    }

    /// A source that is silent after the connection left counts as ended.
    ///
    /// - Returns: Whether it was waited for.
    package func endProbing() -> Bool {
        guard isProbing else { return false }
        isProbing = false
        mover.endSource()
        letGo()
        return true
    }

    /// Whether the source came to its end with everything in the connection.
    package var isWhole: Bool {
        progress.source == .ended && (progress.isRunning || progress.held == 0) && !isProbing
    }

    /// Ends the command's input after everything was given to it.
    func closeWriting() {
        guard !hasLetGo else { return }
        do throws(Errno) {
            try end.closeWriting()
            hasLetGo = true
        } catch {
            mover.targetFailed(error)
        }
    }

    /// Moves nothing more.
    package func stop() {
        mover.targetLeft()
        isProbing = false
        hasGivenAll = nil
        // A command that reads would take a closed pipe for a clean end.
        if direction == .toConnection || !servesCommand { letGo() }
    }

    /// The connection's number may soon be that of another file.
    package func retire() {
        mover.retire()
        while let channel = earlier.popLast() { channel.close(inOrder: false) }
    }

    func letGo() {
        guard !hasLetGo, !isSettling else { return }
        hasLetGo = true
        end.letGo()
        mover.retireEnd()
    }

    /// Whether the source has ended, or would have gone on.
    func probe(_ readiness: Readiness) -> Bool {
        guard readiness[end.descriptor].isReady else { return false }
        isProbing = mover.hasSurplus() == nil
        if !isProbing { letGo() }
        return !isProbing
    }
}
