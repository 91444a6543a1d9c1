import Fixtures
import FoundationEssentials
import Glibc

/// What a host need not have: root, network namespaces, netem, another host.
struct Missing: Error {
    let reason: String
}

/// Everything that the suite makes on this machine, and its removal.
final class Workbench {
    private let scratch: Scratch
    var folder: String { scratch.path }
    let kit: Kit
    private var group: ControlGroup?
    private var server: SSHServer?
    private var laboratory: String?
    private var delayLine: Child?

    init(_ kit: Kit) throws {
        self.kit = kit
        scratch = try Scratch()
        unsafe mkdir(path("reference"), 0o755)
        // Names without blanks, wherever the checkout is: remote shells read them on the way. And
        // copies, so that a build meanwhile does not change who is measured.
        for (name, program) in kit.programs where unsafe access(program, R_OK) == 0 {
            try FileManager.default.copyItem(atPath: program, toPath: path(name))
        }
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The folder of one of the sessions that go on at the same time.
    func lane(_ number: Int) throws -> Lane {
        try Lane(path("lane-\(number)"), programs: folder)
    }

    /// Builds the place at the other end of a path.
    func open(_ path: Path) throws -> Place {
        let group = makeGroup()
        var place = Place(
            path: path, here: Site(group: group?.child("here")),
            there: Site(group: group?.child("there")), login: [], congestionControl: "",
            accounts: group?.path)
        switch path {
        case .host:
            guard !kit.host.isEmpty else { throw Missing(reason: "no --host was given") }
            place.login = ["ssh"] + kit.host
            place.socketpipe = kit.there
        case .loopback: try openLoopback(&place)
        case .link(let rate, let delay): try openLink(&place, rate, delay)
        case .delayLine(let milliseconds): try openDelayLine(&place, milliseconds)
        }
        place.congestionControl = try congestionControl(at: place.here)
        return place
    }

    /// Removes what `open` built.
    func close() {
        server?.stop()
        server = nil
        if let delayLine {
            kill(delayLine.pid, SIGKILL)
            delayLine.reap()
        }
        delayLine = nil
        if let laboratory { tearDown(laboratory) }
        laboratory = nil
        if let group { remove(group) }
        group = nil
    }

    func remove() {
        close()
    }

    /// Signals that would stop us wait meanwhile.
    private func tearDown(_ laboratory: String) {
        try? Child([kit.lab, "down", laboratory], Streams()).reap()
    }

    private func openLoopback(_ place: inout Place) throws {
        // Root measures in a namespace: with a known congestion control, and heard by nobody.
        if kit.hasLaboratories {
            let name = try buildLaboratory(["loopback"])
            place.here.network = "\(name)-here"
            place.there.network = place.here.network
        }
        place.hereAddress = "127.0.0.1"
        try serve(&place, "127.0.0.1")
    }

    private func openLink(_ place: inout Place, _ rate: String, _ delay: String?) throws {
        guard kit.hasLaboratories else { throw Missing(reason: "network namespaces need root") }
        let name = try buildLaboratory([rate] + [delay].compactMap { $0 })
        place.here.network = "\(name)-here"
        place.there.network = "\(name)-there"
        place.hereAddress = "10.198.0.1"
        try serve(&place, "10.198.0.2")
    }

    private func openDelayLine(_ place: inout Place, _ milliseconds: Int) throws {
        guard kit.hasLaboratories else { throw Missing(reason: "network namespaces need root") }
        guard unsafe access("/dev/net/tun", R_OK | W_OK) == 0 else {
            throw Missing(reason: "there is no /dev/net/tun")
        }
        let name = try buildLaboratory([])
        place.here.network = "\(name)-here"
        place.there.network = "\(name)-there"
        place.hereAddress = DelayLine.here
        delayLine = try Child(
            [
                kit.bench, "delay", "\(name)-here", "\(name)-there", "\(milliseconds)",
                path("line.ready"),
            ], Streams(error: path("line.error")))
        guard try happens(within: 30, { unsafe access(path("line.ready"), F_OK) == 0 }) else {
            throw Missing(reason: (text(of: path("line.error")) ?? "the delay line").tail)
        }
        try serve(&place, DelayLine.there)
    }

    private func buildLaboratory(_ words: [String]) throws -> String {
        let name = "sb\(getpid())"
        // Before it stands: what stands of it goes, if we are told to stop meanwhile.
        laboratory = name
        let said = try Said(
            ["env", "CONGESTION=\(kit.congestionControl)", kit.lab, "up", name] + words)
        guard said.exit == .status(0) else { throw Missing(reason: said.error.tail) }
        return name
    }

    private func serve(_ place: inout Place, _ address: String) throws {
        let server = try place.there.around {
            try SSHServer(at: [address])
        }
        self.server = server
        guard try happens(within: 30, { try server.isListening }) else {
            throw Failure("sshd does not listen: \(server.log.tail)")
        }
        place.login = server.login.strings
        place.address = address
        // A minute in a virtual machine without KVM.
        _ = try place.here.around { try Said.must(server.login + ["true"], within: 180) }
    }

    private func congestionControl(at site: Site) throws -> String {
        let said = try Said(["cat", "/proc/sys/net/ipv4/tcp_congestion_control"], at: site)
        return said.output.split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    /// Makes a group for each end, in one of the suite's own; nil where we are not allowed to.
    private func makeGroup() -> ControlGroup? {
        guard let own = ControlGroup.own else { return nil }
        let group = own.child("socketpipe-bench-\(getpid())")
        do {
            try group.make()
            self.group = group
            for end in ["here", "there"] { try group.child(end).make() }
            try group.child("here").enter()
            try own.enter()
            return group
        } catch {
            return nil
        }
    }

    /// What is left in the groups is ended; it takes a moment until they are empty.
    private func remove(_ group: ControlGroup) {
        let deadline = monotonicNanoseconds() + 5_000_000_000
        for end in ["here", "there"] {
            while !group.child(end).remove(), errno == EBUSY, monotonicNanoseconds() < deadline {
                group.child(end).killAll()
                usleep(5000)
            }
        }
        if !group.remove() { say("\(group.path) could not be removed") }
    }
}
