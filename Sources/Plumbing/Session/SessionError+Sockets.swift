import LinuxSystem

/// What to say of connections that cannot have what the user asked for.
extension SessionError {
    static func sentence(_ lack: Capability, _ hello: Hello) -> String {
        let what =
            switch lack {
            case .window: "set a window (--window)"
            case .congestion: "choose a congestion control (--congestion)"
            case .dscp: "mark its packets (--dscp)"
            case .seal: "encrypt (--encrypt)"
            case .pace: "change the rate of what it sends (--rate-file)"
            case .measure: "measure (--measure)"
            case .again: "go on after a loss (--reconnect)"
            case .login: "send data through the login (--via login)"
            }
        return
            "the other end (socketpipe \(Text.escaped(hello.programVersion.utf8))) cannot \(what)"
    }
}

extension SocketObstacle {
    func sentence(at end: End) -> String {
        switch self {
        case .segment(let error):
            "the kernel \(end.rawValue) refuses the segment size of --mss: \(error.sentence)"
        case .buffer(let buffer, let wanted, let limit):
            "the kernel \(end.rawValue) allows a \(buffer.rawValue) buffer of at most \(limit) "
                + "bytes, and --window wants \(wanted)"
        case .congestionControl(let name, .notFound, let choices):
            "the kernel \(end.rawValue) has no congestion control \(Text.quoted(name))"
                + "; it has \(Text.escaped(choices.utf8))"
        case .congestionControl(let name, .notPermitted, let choices):
            "the congestion control \(Text.quoted(name)) is not for ordinary users "
                + "\(end.rawValue); they may use \(Text.escaped(choices.utf8))"
        case .congestionControl(let name, let error, _):
            "cannot use the congestion control \(Text.quoted(name)) \(end.rawValue): "
                + error.sentence
        case .codePoint(let error):
            "the kernel \(end.rawValue) refuses the code point of --dscp: \(error.sentence)"
        }
    }

    func hint(at end: End) -> String? {
        switch self {
        case .buffer(let buffer, let wanted, _):
            "as root \(end.rawValue): sysctl -w \(buffer.setting)=\(wanted); CAP_NET_ADMIN has no limit"
        case .congestionControl(let name, .notFound, _):
            "as root \(end.rawValue): modprobe tcp_\(Text.escaped(name.utf8))"
        case .congestionControl(let name, .notPermitted, let choices):
            "as root \(end.rawValue): sysctl -w net.ipv4.tcp_allowed_congestion_control='"
                + Text.escaped("\(choices)\(choices.isEmpty ? "" : " ")\(name)".utf8) + "'"
        default: nil
        }
    }
}
