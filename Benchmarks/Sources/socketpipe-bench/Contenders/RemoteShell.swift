extension Contender {
    /// Our bare socket accepts for its server, as inetd would; whom that trusts, and by which name,
    /// stands in files that only it sees.
    static let remoteShell = Contender(
        name: "rsh", what: "source | rsh HOST sink, by rsh-redone's client and server",
        needs: [.program("rsh-redone-rsh"), .program("in.rshd"), .namespace], needsServer: true,
        stream: { job in
            Recipe(
                server: server(job.place, job.folder),
                client: pipeline(job.source, ["rsh-redone-rsh", job.address] + job.sink),
                port: port)
        },
        dialogue: { job in
            let login = ["rsh-redone-rsh", job.address]
            return Recipe(
                server: server(job.place, job.folder),
                client: pipeline(job.caller, login + job.echo, job.hearer), port: port)
        })

    /// The only one that a client asks for.
    private static let port = 514

    private static func server(_ place: Place, _ folder: String) -> [String] {
        let script = """
            set -e; mkdir -p "$1/rsh"; cd "$1/rsh"
            echo 'guest root' >.rhosts; chmod 600 .rhosts; echo "$3 guest" >hosts
            sed "s,^\\(root:[^:]*:[^:]*:[^:]*:[^:]*:\\)[^:]*,\\1$PWD," /etc/passwd >passwd
            mount --bind passwd /etc/passwd; mount --bind hosts /etc/hosts
            mount -t tmpfs none /run
            exec "$1/bench" bare listen "$2" \(port) "$(PATH=$PATH:/usr/sbin type -P in.rshd)"
            """
        return ["unshare", "-m"] + shell(script)
            + ["rshd", folder, place.address ?? "", place.hereAddress ?? ""]
    }
}
