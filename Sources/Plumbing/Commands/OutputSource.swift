import LinuxSystem

/// The remote command's output on its way from its pipe to the control channel, limited by credit.
package final class OutputSource {
    private var reader: OwnedDescriptor?
    private var credit: Int

    package init(_ reader: consuming OwnedDescriptor, credit: Int) {
        self.reader = consume reader
        self.credit = credit
    }

    package var hasEnded: Bool { reader == nil }

    package func grant(_ byteCount: Int) throws(ControlError) {
        guard (0...RunOrder.largestCredit).contains(byteCount),
            credit + byteCount <= RunOrder.largestCredit
        else { throw .tooMuchCredit }
        credit += byteCount
    }

    package func watch(_ readiness: inout Readiness) {
        if let descriptor = reader?.borrowed, credit > 0 { readiness.watch(descriptor, .reading) }
    }

    /// What there is, within the credit; nothing at the end, `nil` when there is none yet.
    package func advance(_ readiness: Readiness) -> [UInt8]? {
        guard let descriptor = reader?.borrowed, credit > 0, readiness[descriptor].isReady else {
            return nil
        }
        do throws(Errno) {
            let limit = min(credit, ControlAssembler.maximumOutput)
            let bytes = try descriptor.read(byteCount: limit)
            credit -= bytes.count
            if bytes.isEmpty { reader = nil }
            return bytes
        } catch .wouldBlock {
            return nil
        } catch {
            reader = nil
            return []
        }
    }
}
