import CLinux

/// Tells when a file of a folder has been written or replaced.
///
/// The corresponding C functions are `inotify_init1` and `inotify_add_watch`.
package struct FolderWatch: ~Copyable {
    private let queue: OwnedDescriptor
    private let name: Path

    /// Watches for a file that need not be there yet.
    ///
    /// - Throws: `tooManyOpenFiles` where this user has no `fs.inotify.max_user_instances` left;
    ///   `notFound` without the folder.
    package init(_ file: Path) throws(Errno) {
        let (folder, name) = file.split
        queue = OwnedDescriptor(
            owning: try check(unsafe folder.withCString { unsafe linux_watch_folder($0) }))
        self.name = name
    }

    /// Ready to be read once there is news of any file in the folder.
    package var descriptor: Descriptor { queue.borrowed }

    /// Takes all news, without waiting.
    ///
    /// - Returns: Whether the file was closed by a writer or renamed into its place, or may have
    ///   been, because the kernel dropped some news.
    package func takeChanges() -> Bool {
        unsafe name.withCString { unsafe linux_take_changes(queue.number, $0) } != 0
    }
}
