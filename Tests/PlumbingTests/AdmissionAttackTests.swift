import Plumbing
import Testing

/// Nobody without the secret is admitted, and nothing that was said once can be said again.
@Suite struct AdmissionAttackTests {
    /// Every variant of a message with one bit changed.
    private func corrupted(_ message: [UInt8]) -> [[UInt8]] {
        message.indices.flatMap { index in
            (0..<8).map { bit in
                var other = message
                other[index] ^= 1 << bit
                return other
            }
        }
    }

    /// How a listener answers a message, taken as it reads: never more than it needs.
    private func answer(
        _ listener: ListenerAdmission, _ message: [UInt8]
    ) -> ListenerAdmission.Step {
        var listener = listener
        return listener.receive([UInt8](message.prefix(listener.needed)))
    }

    @Test func `an opening with any bit changed is refused`() {
        let admitting = Admitting()
        for opening in corrupted(admitting.caller.opening) {
            #expect(answer(admitting.listener, opening) == .refused)
        }
    }

    @Test func `a reply with any bit changed is not answered`() throws {
        var admitting = Admitting()
        let reply = try admitting.reply()
        for other in corrupted(reply) { #expect(admitting.caller.closing(after: other) == nil) }
        #expect(admitting.caller.closing(after: [UInt8](reply.dropLast())) == nil)
        #expect(admitting.caller.closing(after: reply + [0]) == nil)
        #expect(admitting.caller.closing(after: []) == nil)
    }

    @Test func `a closing with any bit changed is refused`() throws {
        var admitting = Admitting()
        let reply = try admitting.reply()
        let closing = try #require(admitting.caller.closing(after: reply))
        for other in corrupted(closing) { #expect(answer(admitting.listener, other) == .refused) }
    }

    @Test func `a caller that begins differently is refused at the first byte that differs`() {
        let steps: [(String, ListenerAdmission.Step)] = [
            ("G", .refused), ("SPIPX", .refused), ("SPIP", .needs(byteCount: 51)),
        ]
        for (text, step) in steps {
            var listener = Admitting().listener
            let answer = listener.receive([UInt8](text.utf8))
            #expect(answer == step)
        }
    }

    @Test func `an opening of another session is refused`() {
        let other = Admitting(secret: .random()).caller.opening
        #expect(answer(Admitting().listener, other) == .refused)
    }

    @Test func `an opening that is sent back to the end that made it is refused`() {
        let secret = Secret.random()
        let ours = Admitting(.out, from: .here, secret: secret).caller.opening
        // We listen as well, with the same secret.
        let listenerHere = Admitting(.out, from: .there, secret: secret).listener
        #expect(answer(listenerHere, ours) == .refused)
    }

    @Test func `a reply of the end that called is not answered`() throws {
        let secret = Secret.random()
        var there = Admitting(.out, from: .there, secret: secret)
        let reply = try there.reply()
        // The same opening, made here: its listener is there, and must prove to be there.
        let here = Admitting(.out, from: .here, secret: secret)
        #expect(here.caller.closing(after: reply) == nil)
        #expect(here.caller.closing(after: [UInt8](here.caller.opening.suffix(48))) == nil)
    }

    @Test func `a replayed opening is promoted but its old closing is refused`() throws {
        let secret = Secret.random()
        var first = Admitting(secret: secret)
        let opening = first.caller.opening
        let reply = try first.reply()
        let closing = try #require(first.caller.closing(after: reply))
        // Another guest of the same listener: a fresh nonce.
        var second = Admitting(secret: secret).listener
        guard case .reply(let secondReply) = second.receive(opening) else {
            Issue.record("a proved opening got no reply")
            return
        }
        #expect(secondReply != reply)
        #expect(answer(second, closing) == .refused)
    }

    @Test func `an opening for one flow is none for the other`() {
        let opening = Admitting(.out).caller.opening
        for flowByte in UInt8.min ... .max where flowByte != opening[6] {
            var other = opening
            other[6] = flowByte
            #expect(answer(Admitting().listener, other) == .refused)
        }
    }

    @Test func `a closing for one connection is none for another of the same session`() throws {
        let secret = Secret.random()
        var first = Admitting(secret: secret)
        var second = Admitting(secret: secret)
        let firstReply = try first.reply()
        let secondReply = try second.reply()
        let closing = try #require(first.caller.closing(after: firstReply))
        #expect(first.caller.closing(after: secondReply) == nil)
        #expect(answer(second.listener, closing) == .refused)
    }

    @Test func `random callers are refused`() {
        var random = SeededGenerator(seed: 9)
        let listener = Admitting().listener
        for _ in 0..<2_000 {
            let message = [UInt8]("SPIPE\u{1}\u{1}".utf8) + random.bytes(48)
            #expect(answer(listener, message) == .refused)
        }
    }
}
