extension Contender {
    static let sealed = [
        socketpipe("encrypt", ["--encrypt"]), withChaCha, openSSL, socatWithTLS,
    ]

    private static let withChaCha = socketpipe("encrypt", ["--encrypt"])
        .prefixed(
            "chacha", "the same, as if this processor had no AES",
            ["env", "SOCKETPIPE_TEST_CIPHERS=chacha20-poly1305"])

    private static let openSSL = Contender(
        name: "openssl",
        what: "source | openssl s_client … s_server | sink, TLS 1.3 with aes128-gcm",
        needs: [.program("openssl")], needsServer: true,
        stream: { job in
            let tls = [
                "-quiet", "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256",
                "-psk", "00112233445566778899aabbccddeeff",
            ]
            let at = "\(job.address):\(job.port)"
            let server = ["openssl", "s_server", "-accept", at, "-naccept", "1", "-nocert"] + tls
            let client = ["openssl", "s_client", "-connect", at] + tls
            return Recipe(
                server: openInput(job.folder, before: pipeline(server, job.sink)),
                client: pipeline(job.source, client + ["-no_ign_eof", "-nocommands"]))
        })

    /// The server would leave at the end of its input.
    private static func openInput(_ folder: String, before words: [String]) -> [String] {
        let fifo = "\(folder)/silence"
        return shell("rm -f \(fifo); mkfifo \(fifo); exec \(quoted(words)) <>\(fifo)")
    }

    private static let socatWithTLS = Contender(
        name: "socat-tls",
        what: "source | socat -b 1048576 -u … OPENSSL, TLS 1.2 with aes128-gcm",
        needs: [.program("socat"), .program("openssl")], needsServer: true,
        stream: { job in
            let socat = ["socat", "-u", "-b", "1048576"]
            let (key, certificate) = ("\(job.folder)/tls.key", "\(job.folder)/tls.crt")
            // By its own choice it takes AES-256, and TLS 1.3 lets nobody tell it another.
            let tls = "openssl-max-proto-version=TLS1.2,ciphers=ECDHE-ECDSA-AES128-GCM-SHA256"
            let listening =
                "OPENSSL-LISTEN:\(job.port),bind=\(job.address),reuseaddr,verify=0,\(tls),"
                + "cert=\(certificate),key=\(key)"
            let calling =
                "OPENSSL:\(job.address):\(job.port),\(tls),cafile=\(certificate),commonname=bench"
            return Recipe(
                server: certifying(
                    key, certificate, before: pipeline(socat + [listening, "STDOUT"], job.sink)),
                client: pipeline(job.source, socat + ["STDIN", calling]))
        })

    private static func certifying(
        _ key: String, _ certificate: String, before words: [String]
    ) -> [String] {
        let make = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=bench", "-keyout", key, "-out", certificate,
        ]
        return shell("\(quoted(make)) 2>/dev/null && exec \(quoted(words))")
    }
}

extension Contender {
    /// The same streams by a client behind some words.
    private func prefixed(_ name: String, _ what: String, _ words: [String]) -> Contender {
        Contender(
            name: name, what: what, needs: needs,
            stream: { job in
                var recipe = stream!(job)
                recipe.client = words + recipe.client
                return recipe
            })
    }
}
