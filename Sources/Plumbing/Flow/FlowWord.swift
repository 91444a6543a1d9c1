import LinuxSystem

/// The word about a stream's end: what the sending end gives, and the receiving end waits for.
extension FlowEnd {
    /// Whether a FIN ends what was written: ours, or one of a command that shut its socket down.
    var isWhole: Bool {
        guard case .sending(let sending) = rules, facts == nil else {
            // The kernel may forget what was let go of before it tells that the FIN was acknowledged.
            let isForgotten = channel.isLetGo && facts?.ending == .untouched
            return !isReceiving && (facts?.ending == .finished || isForgotten)
        }
        guard let seen, !seen.isClosed else { return false }
        return sending.state == .draining || seen.endIsSent
    }

    /// The other end says that nobody writes any more.
    package func peerIsWhole(_ byteCount: Int64?) {
        word.peerIsWhole(byteCount)
        settleCut()
        hurry()
    }

    /// Whether the stream has ended here in good order, while its reader was not told yet.
    var isHoldingEnd: Bool { relay?.isHoldingEnd ?? false }

    /// What became of the end that is held.
    func judgeEnd(_ seen: Observation) -> EndWord.Judgement {
        word.judge(received: seen.received)
    }

    /// Lets the reader have the end that was held, or nothing that looks like one.
    func passEnd(_ seen: Observation) {
        guard let relay, relay.isHoldingEnd else { return }
        switch judgeEnd(seen) {
        case .wait: break
        case .whole: relay.releaseEnd()
        case .broken:
            if brokenByPeerAt == nil { peerBroke() }
            // The reader of our own output sees how we end; the rules end a command.
            if !relay.servesCommand {
                breakStream()
                facts?.ending = .reset
            }
        }
    }
}
