import LinuxSystem
import Plumbing
import Sealing
import Testing

@Suite struct InvitationTests {
    private let secret = String(repeating: "0123456789abcdef", count: 4)

    private func invitation(_ fields: String) throws -> Invitation? {
        let text = "invite protocol=1 secret=\(secret) " + fields
        let line = try ControlLine(parsing: [UInt8](text.utf8)[...])
        guard case .invite(let invitation) = try ControlMessage(line) else { return nil }
        return invitation
    }

    @Test func `an invitation carries the secret, the endpoints and the limits`() throws {
        let invitation = try #require(
            try invitation(
                "stall=300 deadline=30 mss=1200 window=33554432 congestion=bbr dscp=1 ports=4000-4010 flow=out flow=back "
                    + "dial=192.0.2.7:1 dial=[::1]:2 listen=192.0.2.9"))
        #expect(invitation.protocolVersion == 1)
        #expect(invitation.secret.text == secret)
        #expect(invitation.flows == [.out, .back])
        #expect(invitation.endpoints.map { $0.description } == ["192.0.2.7:1", "[::1]:2"])
        #expect(invitation.listenOn.map { $0.description } == ["192.0.2.9"])
        #expect(invitation.ports == 4000...4010)
        #expect(invitation.sockets.maximumSegment == 1200)
        #expect(invitation.sockets.window == 1 << 25)
        #expect(invitation.sockets.congestionControl == "bbr")
        #expect(invitation.sockets.codePoint?.name == "LE")
        #expect((invitation.stallSeconds, invitation.rendezvousSeconds) == (300, 30))
    }

    @Test func `a cipher that this end does not know is no reason to send in clear`() throws {
        #expect(try invitation("stall=1 deadline=1 flow=out")?.cipher == nil)
        let known = try invitation("stall=1 deadline=1 flow=out seal=aes-128-gcm")
        #expect(known?.cipher == .aes128GCM)
        #expect(throws: ControlError.self) {
            try invitation("stall=1 deadline=1 flow=out seal=rot13")
        }
    }

    @Test func `limits beyond reason still fit the clock`() throws {
        let invitation = try #require(
            try invitation("stall=9223372036854775807 deadline=9223372036854775807 flow=out"))
        for seconds in [invitation.stallSeconds, invitation.rendezvousSeconds] {
            #expect(Instant.now + .seconds(seconds + 10) > .now)
        }
    }

    @Test(arguments: ["4010-4000", "4000", "4000-", "-1-2", "1-65536", "a-b", "1-2-3", ""])
    func `a range of ports that is none is left out`(ports: String) throws {
        #expect(try invitation("stall=1 deadline=1 flow=out ports=\(ports)")?.ports == nil)
    }

    @Test(
        arguments: [
            "mss=0", "mss=32768", "mss=2147483648", "mss=9223372036854775807", "window=0",
            "window=4095", "window=1073741824", "window=9223372036854775807", "dscp=64",
            "dscp=256", "dscp=x", "congestion=a-name-too-long-for-it",
        ])
    func `what no kernel takes cannot reach the kernel`(field: String) {
        // What a CInt does not hold would end the program; a long name would be cut.
        #expect(throws: ControlError.self) {
            try invitation("stall=1 deadline=1 flow=out \(field)")
        }
    }

    @Test(arguments: ["", "deadline=1", "stall=1", "stall=x deadline=1", "stall=1 deadline=-1"])
    func `an invitation without its limits is malformed`(fields: String) {
        #expect(throws: ControlError.self) { try invitation(fields + " flow=out") }
    }

    @Test(
        arguments: [
            "", "0123", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
            String(repeating: "g", count: 64),
        ])
    func `a broken secret is malformed and not quoted`(broken: String) throws {
        let text = "invite protocol=1 secret=\(broken) stall=1 deadline=1 flow=out"
        let line = try ControlLine(parsing: [UInt8](text.utf8)[...])
        #expect(throws: ControlError.malformed([UInt8]("invite".utf8))) {
            try ControlMessage(line)
        }
    }

    /// Whether 23 digits of the secret in a row, or all that matters of them, stand in a text.
    private func betrays(_ text: String) -> Bool { text.contains("456789ab") }

    private func errorSentence(_ bytes: [UInt8]) -> String {
        do throws(ControlError) {
            _ = try ControlMessage(try ControlLine(parsing: bytes[...]))
            return ""
        } catch {
            return error.sentence
        }
    }

    @Test func `an invitation with any one byte changed, lost or added keeps the secret`() {
        let text = "invite protocol=1 secret=\(secret) stall=300 deadline=30 flow=out dial=[::1]:2"
        let whole = [UInt8](text.utf8)
        var leaks: [String] = []
        for index in whole.indices {
            var variants = [whole]
            variants[0].remove(at: index)
            for byte: UInt8 in [0, 32, 37, 61, 65, 122, 255] {
                variants.append(whole)
                variants[variants.count - 1][index] = byte
                variants.append(whole)
                variants[variants.count - 1].insert(byte, at: index)
            }
            leaks += variants.map { errorSentence($0) }.filter { betrays($0) }
        }
        #expect(leaks.count == 0, "\(leaks.first ?? "")")
    }

    @Test func `an invitation behind other words on its line keeps the secret`() {
        for before in ["hello from .bashrc: ", "x", "% ", "failed cause=terminal "] {
            let text = before + "invite protocol=1 secret=\(secret) stall=300"
            #expect(!betrays(errorSentence([UInt8](text.utf8))), "after '\(before)'")
        }
    }
}
