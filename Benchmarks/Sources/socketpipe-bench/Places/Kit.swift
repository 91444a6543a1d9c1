import Glibc

/// The programs and choices that a suite was given.
struct Kit {
    var bench: String
    var socketpipe: String?
    var there: String?
    var reference: String?
    var lab: String
    /// The words that follow `ssh`.
    var host: [String] = []
    var congestionControl: String

    /// Copies of them stand in the work folder under these names.
    var programs: [(String, String)] {
        let named = [
            ("bench", bench), ("socketpipe", socketpipe), ("there", there ?? socketpipe),
            ("reference/socketpipe", reference),
        ]
        return named.compactMap { name, program in program.map { (name, $0) } }
    }

    var hasLaboratories: Bool {
        unsafe access(lab, X_OK) == 0 && getuid() == 0
    }
}
