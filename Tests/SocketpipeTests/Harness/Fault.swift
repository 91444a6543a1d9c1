/// What may go wrong with a session, in the order in which the faults are numbered, from 1.
enum Fault: String, CaseIterable, Sendable {
    case noLogin = "login command not found, or no program"
    case failingLogin = "login fails"
    case askingLogin = "login asks for a password"
    case missingThere = "socketpipe missing there"
    case otherVersion = "another version there"
    case noise = "noise before hello"
    case junk = "garbage on the control channel later"
    case noRemote = "remote command not found"
    case refusedConnection = "connection refused"
    case droppedConnection = "connection dropped by a firewall"
    case translatedAddress = "address translation, wrong address"
    case killedProducer = "producer killed mid-stream"
    case failingProducer = "producer ends with 3"
    case leavingRemote = "remote command dies or leaves early"
    case leavingConsumer = "consumer leaves early"
    case killedLogin = "ssh killed mid-stream, either side"
    case killedEnd = "either end killed with -9"
    case cutNetwork = "network cut mid-stream"
    case goneHost = "peer host gone without a word"
    case signal = "signals at every state, either end"
    case stop = "stopped for long, then continued"
    case shortMemory = "memory short, buffer larger than it"
    case refusedRing = "io_uring forbidden"
    case refusedSplice = "splice refused"
    case fullDisk = "output disk full"
    case slowConsumer = "slow consumer"
    case strangers = "strangers at the listener"
    case setClock = "clock set back and forth"
    case sizes = "streams of odd sizes"
    case stubbornCommand = "end killed, its command ignores TERM"
    case twoWayPump = "two-way pump"
    case alteredStream = "bytes added or missing, forged FIN/RST"
    case terminalThere = "terminal on the control channel"
    case exactReader = "reader of just so much leaves first"
    case hangUp = "nohup, then SIGHUP"
    case healedLink = "link cut for a while, then healed"
    case stoppedScreen = "Ctrl-S, or a stopped pager"
    case chattyShell = "a .bashrc that prints there"
    case killedTogether = "our end and the sender killed together"
    case stoppedLogin = "login stopped, or silent for ever"
    case unkillable = "unkillable, setuid, grandchildren"
    case deadPath = "data path dead, login alive"
    case blackHole = "path MTU black hole after the meeting"
    case middlebox = "a box turns a reset into an end"
    case unreadErrors = "standard error that nobody reads"
    case urgentData = "urgent data, sent or made on the path"
    case hiddenWriter = "writers that hide, or come and go"
    case slowDeath = "killed producer that is slow to die"

    /// Which way the bytes go; without a stream there is no way to choose.
    var directions: [String] {
        switch self {
        case .noLogin, .failingLogin, .askingLogin, .missingThere, .otherVersion, .noise,
            .noRemote, .refusedConnection, .droppedConnection, .translatedAddress, .strangers,
            .terminalThere, .hangUp, .stoppedScreen, .chattyShell, .stoppedLogin:
            []
        case .leavingRemote: ["out"]
        case .leavingConsumer: ["back"]
        default: ["out", "back"]
        }
    }

    /// Why a fault cannot befall a route; `nil` where it can.
    func absence(from route: String) -> String? {
        switch (self, route) {
        case (.translatedAddress, "login"), (.strangers, "login"), (.deadPath, "login"),
            (.blackHole, "login"), (.middlebox, "login"):
            "no connection of the flow is on the network"
        case (.stop, "login"): "nobody but the stopped end could say that it lives"
        case (.refusedRing, "login"), (.refusedRing, "reconnect"): "a ring has no part in it"
        case (.refusedSplice, "hand-off"): "the command has the socket itself"
        case (.hiddenWriter, "hand-off"): nil
        case (.hiddenWriter, _): "the relay's pipe ends by itself with its last writer"
        default: nil
        }
    }
}
