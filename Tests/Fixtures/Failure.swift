import Glibc

/// Why something could not be done, in a sentence.
package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// What a system call was about, and the reason that it gave.
    package init(_ subject: String, errno code: Int32) {
        description = "\(subject): \(reason(code))"
    }
}

package func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
