import LinuxSystem
import Plumbing

/// What a login command brings, both ways, until it is gone.
final class ScriptedLogin {
    let toThere: ScriptedLine
    let fromThere: ScriptedLine
    /// Where it leads to.
    var host = "one"

    init(_ agenda: Agenda) {
        toThere = ScriptedLine(agenda)
        fromThere = ScriptedLine(agenda)
    }

    func lines(at end: End) -> (incoming: ScriptedLine, outgoing: ScriptedLine) {
        end == .here ? (fromThere, toThere) : (toThere, fromThere)
    }

    func fallSilent() { (toThere.isStuck, fromThere.isStuck) = (true, true) }
}
