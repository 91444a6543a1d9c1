import CLinux

/// Who can change a file, besides root and this user.
package enum FileTrust: Equatable, Sendable {
    case trusted
    /// It belongs to another user.
    case foreign(owner: UInt32)
    /// Its permissions let a group or everyone write.
    case writable

    /// - Throws: The error of `fstat(2)`.
    package init(of file: Descriptor) throws(Errno) {
        var (owner, mode) = (UInt32(0), UInt32(0))
        _ = try check(unsafe linux_owner_and_mode(file.number, &owner, &mode))
        if owner != 0, owner != linux_user() {
            self = .foreign(owner: owner)
        } else {
            self = mode & 0o022 == 0 ? .trusted : .writable
        }
    }
}
