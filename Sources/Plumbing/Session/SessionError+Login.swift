import LinuxSystem

/// What to say of a login command that ended before it started the other end.
extension SessionError {
    static func loginSentence(
        _ words: [Word], _ status: ExitStatus, _ there: String, _ said: LoginWords
    ) -> String {
        if said.tellsOfOtherProcessor(there) {
            return "'\(there)' on the other host is a program for another processor"
        }
        let name = Text.quoted(words.first?.bytes ?? [])
        let reason = said.reason.map { ": \($0)" } ?? ""
        return switch status {
        case .exited(127): "'\(there)' was not found on the other host"
        case .exited(126) where said.tellsOfMissingProgram:
            "'\(there)' was not found on the other host"
        case .exited(126): "cannot execute '\(there)' on the other host"
        case .exited(let number):
            "the login command \(name) exited with status \(number) before it started the other "
                + "end\(reason)"
        case .killed(let signal):
            "the login command \(name) was killed by \(Signal.name(signal)) before it started the "
                + "other end"
        }
    }

    static func loginHint(
        _ words: [Word], _ status: CInt, _ said: LoginWords?
    ) -> String {
        let byHand = words.map { Text.escaped($0.bytes) }.joined(separator: " ")
        let isMissing = said?.tellsOfMissingProgram == true
        return switch status {
        case _ where status == 127 || (status == 126 && isMissing):
            "install socketpipe there, name its path with --there (ssh's PATH is often short), or "
                + "bring it along with --push"
        case 126: "is the file executable, and built for the processor there (uname -m)?"
        case _ where said?.tellsOfForeignOption == true:
            "socketpipe appends the words that start the other end to the login command: name no "
                + "program to run in it, as in -l { ssh HOST }; for su see EXAMPLES in socketpipe(1)"
        case 255 where said?.tellsOfManyLogins == true:
            "see sshd_config there: too many logins at once (MaxStartups), or too many failed ones "
                + "before (PerSourcePenalties)"
        case 255 where said == nil:
            "see its message above; does `\(byHand) true` work? (kex_exchange_identification means "
                + "too many logins for MaxStartups or PerSourcePenalties in sshd_config there)"
        case 255: "see its message above; does `\(byHand) true` work?"
        case 1...2 where isMissing:
            "is socketpipe missing there? install it, name its path with --there, or use --push"
        case 1, 2:
            "see its message above: if it is garbage, is socketpipe there built for that processor "
                + "(uname -m)? if it is the original socketpipe's usage, use --legacy"
        case 0:
            "it did not run the command it was given: try `\(byHand) echo hi` by hand"
        default: "see its message above"
        }
    }
}
