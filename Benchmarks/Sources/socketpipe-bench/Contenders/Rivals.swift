extension Contender {
    /// The ceiling: the two commands own the two ends of a connection.
    static let bare = Contender(
        name: "bare", what: "the bare socket: both commands own an end of one TCP connection",
        needsServer: true,
        stream: { job in
            let bare = ["\(job.folder)/bench", "bare"]
            let at = [job.address, "\(job.port)"]
            return Recipe(
                server: bare + ["listen"] + at + job.sink,
                client: bare + ["connect"] + at + job.source)
        },
        dialogue: { job in
            let bare = ["\(job.folder)/bench", "bare"]
            let at = [job.address, "\(job.port)"]
            // The hearer reads from the caller's output, which is the socket; as long as it
            // holds that, the other end sees no end of the stream but by a word of its own.
            let both = shell(
                """
                \(quoted(job.hearer)) <&1 & \(quoted(job.caller)); status=$?
                \(quoted(["\(job.folder)/bench", "finish"])); wait $! && exit $status
                """)
            return Recipe(
                server: bare + ["listen"] + at + job.echo, client: bare + ["connect"] + at + both)
        })

    static let sshContenders = [
        ssh("ssh", "source | ssh HOST sink, the default cipher", []),
        ssh(
            "ssh-gcm", "the same by ssh -c aes128-gcm@openssh.com",
            ["-c", "aes128-gcm@openssh.com"]),
    ]

    private static func ssh(_ name: String, _ what: String, _ options: [String]) -> Contender {
        @Sendable func login(_ place: Place) -> [String] {
            place.login.prefix(1) + options + place.login.dropFirst()
        }
        return Contender(
            name: name, what: what, needs: [.program("ssh")],
            stream: { Recipe(client: pipeline($0.source, login($0.place) + $0.sink)) },
            dialogue: {
                Recipe(client: pipeline($0.caller, login($0.place) + $0.echo, $0.hearer))
            })
    }

    static let rivals = [
        netcat, meteredNetcat, socat("socat", []), socat("socat-1m", ["-b", "1048576"]), mbuffer,
        iperf,
    ]

    private static let netcat = Contender(
        name: "nc", what: "source | nc -N … nc -l | sink (netcat-openbsd)",
        needs: [.program("nc")], needsServer: true,
        stream: { job in
            let at = [job.address, "\(job.port)"]
            return Recipe(
                server: pipeline(["nc", "-d", "-l"] + at, job.sink),
                client: pipeline(job.source, ["nc", "-N"] + at))
        },
        dialogue: { job in
            let at = [job.address, "\(job.port)"]
            let back = "\(job.folder)/back"
            let server = """
                rm -f \(back); mkfifo \(back)
                \(quoted(["nc", "-N", "-l"] + at)) <\(back) | \(quoted(job.echo)) >\(back)
                """
            return Recipe(
                server: shell(server),
                client: pipeline(job.caller, ["nc", "-N"] + at, job.hearer))
        })

    private static let meteredNetcat = Contender(
        name: "pv-nc", what: "source | pv -q | nc -N … nc -l | sink",
        needs: [.program("nc"), .program("pv")], needsServer: true,
        stream: { job in
            let at = [job.address, "\(job.port)"]
            return Recipe(
                server: pipeline(["nc", "-d", "-l"] + at, job.sink),
                client: pipeline(job.source, ["pv", "-q"], ["nc", "-N"] + at))
        })

    private static func socat(_ name: String, _ options: [String]) -> Contender {
        Contender(
            name: name,
            what: (["source | socat"] + options + ["-u STDIN TCP:… TCP-LISTEN:… STDOUT | sink"])
                .joined(separator: " "),
            needs: [.program("socat")], needsServer: true,
            stream: { job in
                let socat = ["socat", "-u"] + options
                return Recipe(
                    server: pipeline(
                        socat + [listening(job.address, job.port), "STDOUT"], job.sink),
                    client: pipeline(
                        job.source, socat + ["STDIN", "TCP:\(job.address):\(job.port)"]))
            },
            dialogue: { job in
                // It would leave half a second after one direction has ended.
                let socat = ["socat", "-t", "600"] + options
                let echo = "EXEC:\(job.echo.joined(separator: " "))"
                let caller = socat + ["STDIO", "TCP:\(job.address):\(job.port)"]
                return Recipe(
                    server: socat + [listening(job.address, job.port), echo],
                    client: pipeline(job.caller, caller, job.hearer))
            })
    }

    private static func listening(_ address: String, _ port: Int) -> String {
        "TCP-LISTEN:\(port),bind=\(address),reuseaddr"
    }

    private static let mbuffer = Contender(
        name: "mbuffer", what: "source | mbuffer -O … mbuffer -I | sink, each -m 64M -s 256k",
        needs: [.program("mbuffer"), .namespace], needsServer: true,
        stream: { job in
            let mbuffer = ["mbuffer", "-q", "-m", "64M", "-s", "256k"]
            return Recipe(
                server: pipeline(mbuffer + ["-I", "\(job.port)"], job.sink),
                client: pipeline(job.source, mbuffer + ["-O", "\(job.address):\(job.port)"]))
        })

    private static let iperf = Contender(
        name: "iperf3", what: "iperf3, memory to memory: quoted beside, it connects no commands",
        needs: [.program("iperf3")], needsServer: true,
        stream: { job in
            let port = ["-p", "\(job.port)"]
            return Recipe(
                server: ["iperf3", "-s", "-1", "-B", job.address] + port,
                client: ["iperf3", "-c", job.address, "-n", "\(job.byteCount)", "-J"] + port,
                gauge: .iperf)
        })
}
