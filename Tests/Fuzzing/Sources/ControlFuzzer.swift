import LinuxSystem
import Plumbing

/// The control channel as one end reads what the other sent.
///
/// The first byte says whether `hello` is awaited; an `L` makes the rest so long that the limits are
/// near. The second says where the rest is cut in two.
struct ControlFuzzer {
    private let awaitsHello: Bool
    private let cut: Int
    private let stream: [UInt8]

    init(_ input: [UInt8]) {
        let choice = input.first ?? 0
        var stream = [UInt8](input.dropFirst(2))
        awaitsHello = choice & 1 == 1
        // Not awaiting `hello`: noise longer than a line is passed on as it comes. And seldom: slow.
        if choice == UInt8(ascii: "L") {
            let filler = [UInt8](
                repeating: UInt8(ascii: "a"), count: ControlLine.maximumByteCount - 32)
            stream.insert(contentsOf: filler, at: stream.count / 2)
        }
        cut = input.count > 2 ? Int(input[1]) * stream.count / 255 : 0
        self.stream = stream
    }

    func run() {
        let whole = read([stream])
        let parts = read([[UInt8](stream[..<cut]), [UInt8](stream[cut...])])
        require(whole == parts, "a stream is not understood in two pieces as it is in one")
        requireHarmless(whole.error?.sentence ?? "")
        for piece in whole.pieces {
            if case .line(let line) = piece { check(line) }
        }
    }

    /// What came of a stream: the pieces that follow each other are one where only chance cut them.
    private struct Reading: Equatable {
        var pieces: [ControlAssembler.Piece] = []
        var error: ControlError?
        var rest: [UInt8] = []

        mutating func append(_ piece: ControlAssembler.Piece) {
            switch (pieces.last, piece) {
            case (.output(let before), .output(let bytes)):
                pieces[pieces.count - 1] = .output(before + bytes)
            case (.data(let flow, .bytes(let before)), .data(let same, .bytes(let bytes)))
            where flow == same:
                pieces[pieces.count - 1] = .data(flow, .bytes(before + bytes))
            default: pieces.append(piece)
            }
        }
    }

    private func read(_ chunks: [[UInt8]]) -> Reading {
        var reading = Reading()
        var assembler = ControlAssembler(awaitsHello: awaitsHello)
        do throws(ControlError) {
            for chunk in chunks {
                assembler.add(chunk)
                while let piece = try assembler.next() { reading.append(piece) }
            }
            reading.rest = assembler.rest
        } catch {
            reading.error = error
        }
        return reading
    }

    private func check(_ line: ControlLine) {
        do throws(ControlError) {
            let again = try ControlLine(parsing: line.encoded.dropLast())
            require(again == line, "a line does not come back as it was sent")
        } catch {
            fatalError("found: a line that we would send is refused: \(error.sentence)")
        }
        guard let message = try? ControlMessage(line) else { return }
        check(message)
    }

    private func check(_ message: ControlMessage) {
        do throws(ControlError) {
            let again = try ControlMessage(
                try ControlLine(parsing: message.line.encoded.dropLast()))
            require(again.line == message.line, "a message does not come back as it was sent")
        } catch {
            fatalError("found: a message that we would send is refused: \(error.sentence)")
        }
        tell(message)
    }

    /// What a user is told of the message.
    private func tell(_ message: ControlMessage) {
        switch message {
        case .hello(let hello) where Version.common(with: hello.protocols) == nil:
            requireHarmless(SessionError.noCommonProtocol(hello).sentence)
        case .failed(let failure):
            let error = SessionError.there(failure, [])
            requireHarmless(error.sentence)
            require((1...255).contains(error.status), "a failure that no exit status tells")
        case .unreachable(let endpoint, _, let error, _):
            requireHarmless(
                SessionError.unreachable(
                    [(caller: .there, endpoint: endpoint, error: error)], notListening: []
                )
                .sentence)
        case .word(let bytes, _): require(!bytes.contains(0), "a word with a NUL")
        case .invite(let invitation): check(invitation)
        default: break
        }
    }

    private func check(_ invitation: Invitation) {
        for seconds in [invitation.stallSeconds, invitation.rendezvousSeconds] {
            require(
                seconds >= 0 && .now + .seconds(seconds + 10) > .now, "a limit beyond the clock")
        }
        let size = invitation.sockets.maximumSegment ?? 88
        require((88...32767).contains(size), "a segment size that no kernel takes")
        let window = invitation.sockets.window ?? 4096
        require((4096...1 << 30).contains(window), "a window that no kernel takes")
    }
}
