/// One comparison: who does what, over which path, and what must hold.
struct Scenario {
    let name: String
    let what: String
    let path: Path
    let exercise: Exercise
    var contenders: [String]
    var criteria: [Criterion] = []
    /// The size of the source's writes.
    var block = 1 << 20
    var payload = Payload.zeros
    /// Run once, for a picture of its rate over time.
    var isSampled = false
    /// What all scenarios of its kind are named by together.
    var family: String?

    static let all = usual + families + [host]

    /// What is run unless something is named.
    static let usual = [
        loopback, relay, gigabit, tenGigabit, firstByte, sessions, messages, idle, published,
        longPath("long-20ms", "10ms", 20), longPath("long-100ms", "50ms", 100), window,
    ]

    var metrics: [Metric] { exercise.metrics + (isSampled ? [.gap] : []) }

    func isNamed(_ word: String) -> Bool { word == name || word == family }

    private static let everyone = [
        "bare", "ssh", "ssh-gcm", "rsh", "nc", "socat", "socat-1m", "mbuffer", "iperf3",
        "hand-off", "relay-here", "relay-there", "relay-both", "relay-splice", "relay-ring",
        "relay-copy", "record", "buffer", "stdin-pipe", "original",
    ]

    private static let engines = ["relay-splice", "relay-ring", "relay-copy"]

    private static let loopback = Scenario(
        name: "loopback", what: "one stream over this host's loopback",
        path: .loopback, exercise: .stream(byteCount: 2_000_000_000), contenders: everyone,
        criteria: [
            .ratio("hand-off", .processCPU, to: "bare", .atMost(1.1)),
            .ratio("hand-off", to: "ssh-gcm", .atLeast(4)),
            .figure("hand-off", .ourCPU, .atMost(0.01)),
        ])

    private static let relay = Scenario(
        name: "relay", what: "what a relay costs against hand-off, over loopback",
        path: .loopback, exercise: .stream(byteCount: 4_294_967_296),
        contenders: [
            "hand-off", "relay-there", "relay-both", "cat-file", "stdin-file", "relay-copy",
            "socat-1m", "relay-here", "relay-splice", "relay-ring", "stdin-pipe",
        ],
        criteria: [
            .ratio("relay-both", .processCPU, to: "hand-off", .atMost(1.6)),
            .figure("relay-both", .ourCPU, .atMost(0.25)),
            .ratio("relay-there", .processCPU, to: "hand-off", .atMost(1.15)),
            .figure("relay-there", .ourCPU, .atMost(0.13)),
            .ratio("stdin-file", to: "cat-file", .atLeast(1.5)),
            .ratio("relay-copy", to: "socat-1m", .atLeast(1)),
        ]
            + ["relay-both", "relay-there", "stdin-file", "relay-copy", "relay-ring"].map {
                .figure($0, .ourPeak, .atMost(24))
            })

    private static let gigabit = Scenario(
        name: "lan-1g", what: "one stream over a link of 1 Gbit/s",
        path: .link(rate: "1gbit"), exercise: .stream(byteCount: 250_000_000),
        // The link is so slow that no engine is, and either relay does what both do.
        contenders: everyone.filter {
            !engines.contains($0) && !["relay-here", "relay-there"].contains($0)
        },
        criteria: [
            .ratio("hand-off", to: "bare", .atLeast(0.99)),
            .ratio("hand-off", .machineCPU, to: "ssh", .atMost(0.15)),
        ])

    private static let tenGigabit = Scenario(
        name: "lan-10g", what: "one stream over a link of 10 Gbit/s",
        path: .link(rate: "10gbit"), exercise: .stream(byteCount: 1_500_000_000),
        contenders: everyone.filter { !engines.contains($0) },
        criteria: [
            .ratio("hand-off", to: "bare", .atLeast(0.98)),
            // Headers take 6 % of it.
            .ratio("hand-off", to: "ssh", .atLeast(3.5), link: 0.94 * 1250),
        ])

    private static let sessionContenders = [
        "ssh", "rsh", "nc", "socat", "mbuffer", "bare", "hand-off", "relay-both", "stdin-pipe",
        "original",
    ]

    private static let firstByte = Scenario(
        name: "first-byte",
        what: "from the start of the command to its first byte there; servers listen already",
        path: .link(rate: "1gbit"), exercise: .session(times: 4), contenders: sessionContenders)

    private static let sessions = Scenario(
        name: "sessions", what: "short sessions one after the other, over loopback",
        path: .loopback, exercise: .session(times: 4), contenders: sessionContenders)

    private static let messages = Scenario(
        name: "messages", what: "a message of 64 bytes and its answer, over loopback",
        path: .loopback, exercise: .messages(count: 5000, byteCount: 64),
        contenders: [
            "bare", "ssh", "rsh", "nc", "socat", "hand-off", "relay-both", "relay-splice",
            "relay-ring", "relay-copy", "stdin-pipe",
        ],
        criteria: ["relay-both", "relay-splice", "relay-ring", "relay-copy"].map {
            Criterion(
                contender: $0, metric: .messageTime, comparison: .difference(from: "hand-off"),
                bound: .atMost(1))
        })

    private static let idle = Scenario(
        name: "idle", what: "a byte each 0.1 s for 2 s, over loopback",
        path: .loopback, exercise: .trickle(byteCount: 20),
        contenders: ["hand-off", "relay-both", "relay-ring", "relay-copy"],
        criteria: ["relay-both", "relay-ring", "relay-copy"].map {
            Criterion(
                contender: $0, metric: .ourLoad, comparison: .difference(from: "hand-off"),
                bound: .atMost(5))
        })

    private static let published = Scenario(
        name: "published",
        what: "the original's figure of 2003: dd if=/dev/zero bs=4k count=8192 | dd of=/dev/null",
        path: .loopback, exercise: .published,
        contenders: ["ssh", "ssh-gcm", "nc", "bare", "hand-off", "relay-both", "original"])

    private static func longPath(_ name: String, _ delay: String, _ roundTrip: Int) -> Scenario {
        Scenario(
            name: name, what: "one stream over 1 Gbit/s and a round trip of \(roundTrip) ms",
            path: .link(rate: "1gbit", delay: delay), exercise: .stream(byteCount: 300_000_000),
            contenders: everyone)
    }

    private static let window = Scenario(
        name: "window-20ms", what: "one stream over a fast path with a round trip of 20 ms",
        path: .delayLine(milliseconds: 10), exercise: .stream(byteCount: 2_000_000_000),
        contenders: ["bare", "hand-off", "window"],
        criteria: [.ratio("window", to: "hand-off", .atLeast(2.5))])

    static let host = Scenario(
        name: "host", what: "one stream to the host that --host names",
        path: .host, exercise: .stream(byteCount: 1_000_000_000),
        contenders: [
            "ssh", "ssh-gcm", "hand-off", "relay-here", "relay-there", "relay-both", "stdin-pipe",
        ])
}
