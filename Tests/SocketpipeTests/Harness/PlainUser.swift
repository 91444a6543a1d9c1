import Foundation
import Testing

/// A user without any rights, and copies of the programs where that user can run them.
struct PlainUser: Sendable {
    let copies: Scratch

    init() async throws {
        copies = try Scratch()
        try await shell(
            "cp \"$2\" \"$3\" \"$1\"; chmod 755 \"$1\"", copies.path, Program.here, Program.remote)
    }

    /// The words that start a command as that user: of nobody's, or as ourselves if we are no root.
    var enter: Words {
        guard Program.isRoot else { return [] }
        return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    }
}

extension Trait where Self == ConditionTrait {
    static var needsPlainUser: ConditionTrait {
        .enabled("root becomes an ordinary user by setpriv alone") {
            guard Program.isRoot else { return true }
            let user = try await PlainUser()
            let words: Words = [user.copies / "socketpipe", "--version"]
            return try await Run(user.enter + words).ending().status == 0
        }
    }
}
