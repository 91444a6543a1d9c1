import Glibc

/// Why something could not be done, in a sentence.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// What a system call was about, and the reason it gave.
    init(_ subject: String, errno code: Int32) {
        description = "\(subject): \(unsafe String(cString: strerror(code)))"
    }
}

/// What a host need not have: root, network namespaces, netem, another host.
struct Missing: Error {
    let reason: String
}

/// Somebody wants us to stop.
struct Interruption: Error {
    let signal: Int32
}
