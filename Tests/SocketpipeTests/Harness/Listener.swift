import Foundation

extension ListeningSocket {
    /// The listening sockets of a session that was given ports of its own, whichever end has them:
    /// who may not look into the ends can still see what listens on this host.
    static func all(of run: Run) -> [ListeningSocket] {
        let words = Found(pid: run.pid)?.words ?? []
        guard let option = words.firstIndex(of: "--port"), option + 1 < words.count else {
            return []
        }
        let ports = words[option + 1].split(separator: "-").compactMap { Int($0) }
        guard let low = ports.first, let high = ports.last else { return [] }
        return all(besides: run.pid).filter { (low...high).contains($0.port) }
    }

    /// The option that gives a session ports on which nobody else listens, beyond those that the
    /// kernel gives out.
    static func ownPorts() -> Words {
        let taken = Set(all(besides: getpid()).map(\.port))
        while true {
            let low = Int.random(in: 3_820..<4_090) * 16
            if taken.isDisjoint(with: low..<(low + 16)) { return ["--port", "\(low)-\(low + 15)"] }
        }
    }
}
