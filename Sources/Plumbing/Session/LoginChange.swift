/// What a login command does to our peer's lines, or to ours, that keeps us from meeting.
enum LoginChange: Equatable {
    /// It puts words before each line, as `pdsh` and `ts` do.
    case prefix([UInt8])
    /// It changes letters.
    case letters
    /// What we said came back.
    case echo

    /// - Parameter line: What came that is no message; `nil` where it is only noise.
    init?(_ line: [UInt8]) {
        let lowered = line.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        func place(of words: String) -> Int? {
            let wanted = [UInt8](words.utf8)
            guard lowered.count >= wanted.count else { return nil }
            return (0...(lowered.count - wanted.count)).first {
                lowered[$0...].starts(with: wanted)
            }
        }
        if place(of: "alive after=") != nil {
            self = .echo
        } else if let place = place(of: "hello protocol=") ?? place(of: "failed cause=")
            ?? place(of: "boot system=linux")
        {
            self = place == 0 ? .letters : .prefix([UInt8](line[..<place]))
        } else {
            return nil
        }
    }

    func outcome(of login: String) -> Outcome {
        let (sentence, hint) = words(login)
        return Outcome(OwnStatus.ourError, "changed by login", sentence, hint: hint)
    }

    private func words(_ login: String) -> (sentence: String, hint: String) {
        switch self {
        case .prefix(let bytes):
            (
                "\(login) puts \(Text.quoted(bytes)) before each line of the other end",
                "turn that off (pdsh -N), or use a login that passes every byte on unchanged"
            )
        case .letters:
            (
                "\(login) changes letters in the lines of the other end",
                "use a login that passes every byte on unchanged"
            )
        case .echo:
            (
                "\(login) echoes its input instead of starting the other end",
                "does another program run instead (command=\"cat\" in authorized_keys), or is there a "
                    + "terminal (drop -t)?"
            )
        }
    }
}
