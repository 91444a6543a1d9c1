import LinuxSystem

/// The remote command's output on its way home.
extension KernelWorld {
    func takeHome(_ bytes: [UInt8]) throws(ControlError) { try sink?.add(bytes) }
    func endHome() { sink?.end() }
    func grant(_ byteCount: Int) throws(ControlError) { try source?.grant(byteCount) }

    func advanceHome(_ readiness: Readiness) -> [SessionEvent] {
        if let bytes = source?.advance(readiness) { return [.wrote(bytes)] }
        guard let sink else { return [] }
        do throws(Errno) {
            let taken = try sink.advance(readiness)
            return taken > 0 ? [.tookHome(byteCount: taken)] : []
        } catch {
            sink.close()
            return [.homeFailed(failure(error, sink))]
        }
    }

    func settleHome() throws(HomeFailure) {
        guard let sink, sink.hasEnded, sink.isEmpty else { return }
        do throws(Errno) { try sink.settle() } catch {
            sink.close()
            throw failure(error, sink)
        }
    }

    private func failure(_ error: Errno, _ sink: OutputSink) -> HomeFailure {
        HomeFailure(error, after: sink.written, isDirect: Descriptor.isDirect(1))
    }

    var homeIsOver: Bool {
        if let sink { return sink.hasEnded && sink.isEmpty }
        return source?.hasEnded ?? true
    }

    var homeByteCount: Int64 { sink?.byteCount ?? 0 }

    func outputHolder() -> HolderWatch.Late? {
        guard outputHolders?.isHeld(besides: [], true, now) == true else { return nil }
        return outputHolders?.takeLate()
    }
}
