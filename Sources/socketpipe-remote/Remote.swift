import LinuxSystem
import Plumbing

/// The there-end alone: `socketpipe-remote --remote-end`, `-s HOST PORT word…`, `--version`.
private func run(_ words: [Word]) -> CInt {
    ThereProgram.status(for: words) ?? ThereProgram.refuse(words)
}

#if hasFeature(Embedded)
    @c(socketpipe_remote_main)
    public func embeddedMain(
        _ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> CInt {
        run(unsafe arguments(count, words))
    }
#else
    @main
    struct Remote {
        static func main() {
            Process.exit(run(ownWords()))
        }
    }
#endif
