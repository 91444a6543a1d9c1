import Fixtures
import Glibc

/// What a session can lose, and go on without.
struct Loss {
    let mark: Mark
    let yard: Yard

    /// The connections between the two ends, as the end here has them.
    var connections: Set<TCPSide> {
        TCPSide.between(found(.here).map(\.pid), found(.there).map(\.pid))
    }

    private func found(_ victim: Session.Victim) -> [Found] {
        mark.processes().filter { victim.isPlayed(by: $0.words) }
    }

    /// Kills one of them, and says which; `nil` if there is none.
    func ofConnection() throws -> String? {
        guard let side = connections.randomElement() else { return nil }
        // In its namespace, where we are not.
        let said = try Said(
            yard.here + [
                "ss", "-KHtn", "sport = :\(side.ports.local) and dport = :\(side.ports.remote)",
            ])
        return said.output.isEmpty ? nil : "killed the connection \(said.output.tail)"
    }

    /// Kills the login, and says which; `nil` if there is none.
    func ofLogin() -> String? {
        guard let found = found(.login).randomElement(), kill(found.pid, SIGKILL) == 0 else {
            return nil
        }
        return "killed \(found)"
    }
}
