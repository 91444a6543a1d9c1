import LinuxSystem

/// The original's protocol, for hosts that have only that: one socket both ways, the words through
/// the remote shell, the first to connect wins, no verdict. Only `--legacy` uses it.
package enum LegacyThere {
    /// `-s HOST PORT word…`: connects and becomes the command, with the socket as 0 and 1.
    ///
    /// - Returns: Only if it fails: the status to exit with.
    package static func run(_ words: [Word]) -> CInt {
        guard words.count >= 3, let port = UInt16(String(decoding: words[1].bytes, as: UTF8.self))
        else {
            Diagnostics.say("expected -s HOST PORT word…")
            return OwnStatus.ourError
        }
        let host = String(decoding: words[0].bytes, as: UTF8.self)
        guard let addresses = Addresses.of(host: host, .inherited()), !addresses.isEmpty else {
            Diagnostics.say("cannot resolve \(Text.quoted(words[0].bytes))")
            return OwnStatus.ourError
        }
        do throws(Errno) {
            let socket = try connect(addresses, port)
            try Descriptor.standardInput.replace(with: socket.borrowed)
            try Descriptor.standardOutput.replace(with: socket.borrowed)
        } catch {
            Diagnostics.say("cannot connect to \(host) port \(port): \(error.sentence)")
            return OwnStatus.ourError
        }
        let command = [Word](words.dropFirst(2))
        let error = Process.become(command, environment: .inherited())
        Diagnostics.say(SessionError.startSentence(.remote, command, error))
        return SessionError.cannotStart(.remote, command, error).status
    }

    private static func connect(
        _ addresses: [Address], _ port: UInt16
    ) throws(Errno) -> OwnedDescriptor {
        var failure = Errno.notFound
        for address in addresses {
            do throws(Errno) {
                let socket = try TCP.socket(for: address)
                try socket.setNonblocking(false)
                _ = try TCP.connect(socket, to: Endpoint(address, port: port))
                try TCP.keepAlive(socket.borrowed, idle: 15, interval: 15, count: 127)
                return socket
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
