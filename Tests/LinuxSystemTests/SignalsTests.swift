import Glibc
import LinuxSystem
import Testing

// `raise` sends to the thread that runs the test, which is the one whose mask `Signals` sets; the
// program has no other.
@Suite struct SignalsTests {
    @Test(arguments: [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGWINCH])
    func `a signal that ends us comes by the descriptor, once`(signal: CInt) async {
        await #expect(processExitsWith: .success) { [signal] in
            let signals = try Signals()
            #expect(signals.next() == nil)
            #expect(!Readiness.now(of: signals.descriptor.borrowed, .reading).isReady)
            raise(signal)
            #expect(Readiness.now(of: signals.descriptor.borrowed, .reading).isReady)
            #expect(signals.next() == signal)
            #expect(signals.next() == nil)
        }
    }

    @Test func `several signals come one by one`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            for signal in [SIGTERM, SIGINT, SIGTERM, SIGHUP] { raise(signal) }
            var came: [CInt] = []
            while let signal = signals.next() { came.append(signal) }
            #expect(came.sorted() == [SIGHUP, SIGINT, SIGTERM])
        }
    }

    @Test(arguments: [SIGHUP, SIGINT, SIGQUIT, SIGTERM])
    func `a signal inherited as ignored stays out`(ignored: CInt) async {
        await #expect(processExitsWith: .success) { [ignored] in
            _ = signal(ignored, SIG_IGN)
            let signals = try Signals()
            #expect(signals.inheritedIgnored.contains(ignored))
            raise(ignored)
            #expect(signals.next() == nil)
            let others = SignalSet([SIGHUP, SIGINT, SIGQUIT, SIGTERM])
                .subtracting(SignalSet([ignored]))
            for other in 1...SIGTERM where others.contains(other) {
                raise(other)
                #expect(signals.next() == other)
            }
        }
    }

    @Test func `an inherited mask is remembered`() async {
        await #expect(processExitsWith: .success) {
            var mask = sigset_t()
            unsafe sigemptyset(&mask)
            unsafe sigaddset(&mask, SIGUSR1)
            _ = unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
            let signals = try Signals()
            #expect(signals.inheritedBlocked == SignalSet([SIGUSR1]))
        }
    }

    @Test func `an inherited ignored SIGPIPE is told from our own`() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGPIPE, SIG_DFL)
            let first = try Signals()
            #expect(!first.inheritedIgnored.contains(SIGPIPE))
            raise(SIGPIPE)
            // The first has ignored it for us: to the second that is inherited.
            let second = try Signals()
            #expect(second.inheritedIgnored.contains(SIGPIPE))
        }
    }

    @Test func `children can be waited for where SIGCHLD was inherited as ignored`() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGCHLD, SIG_IGN)
            let signals = try Signals()
            #expect(try run(shell("exit 3", signals)).status == .exited(3))
        }
    }

    @Test func `we die by SIGTERM as if nobody had caught it`() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            _ = try Signals()
            Signals.die(by: SIGTERM)
        }
    }

    @Test func `we die by a signal that is ignored and blocked`() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            _ = signal(SIGINT, SIG_IGN)
            let signals = try Signals()
            raise(SIGTERM)
            Signals.die(by: SIGINT)
            #expect(signals.next() == nil)
        }
    }

    @Test func `a set holds what was put into it`() {
        let set = SignalSet([SIGHUP, SIGTERM, 64])
        for signal: CInt in 1...64 {
            #expect(set.contains(signal) == [SIGHUP, SIGTERM, 64].contains(signal))
        }
        #expect(set.subtracting(SignalSet([64, SIGUSR1])) == SignalSet([SIGHUP, SIGTERM]))
        #expect(SignalSet([]) == SignalSet(bits: 0))
        #expect(SignalSet([1]).bits == 1)
    }

    @Test func `signals have names, and numbers where they have none`() {
        #expect(Signal.name(SIGKILL) == "SIGKILL")
        #expect(Signal.name(SIGPIPE) == "SIGPIPE")
        #expect(Signal.name(40) == "signal 40")
        #expect(Signal.name(-1) == "signal -1")
    }
}
