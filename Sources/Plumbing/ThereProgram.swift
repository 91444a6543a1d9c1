import LinuxSystem

/// What both of our programs do if a login command starts them.
package enum ThereProgram {
    /// Runs the there-end that the words ask for.
    ///
    /// - Parameter words: The whole command line, the program's own name first.
    /// - Returns: The status to exit with; `nil` if they ask for something else.
    package static func status(for words: [Word]) -> CInt? {
        Process.fillStandardDescriptors()
        leavePush(words.first)
        switch words.dropFirst().first {
        case Word("--remote-end") where words.count == 2:
            return ThereEnd.run(.inherited())
        case MeasuringProgram.thereOption where words.count == 2:
            return MeasuringProgram.runThere()
        case Word("-s"):
            return LegacyThere.run([Word](words.dropFirst(2)))
        case Word("--version") where words.count == 2:
            return Diagnostics.print("socketpipe \(Version.program)")
        default:
            return nil
        }
    }

    /// A push starts us from a file that has no name any more: its descriptor is nobody else's, and
    /// would be our name.
    private static func leavePush(_ word: Word?) {
        guard let bytes = word?.bytes, bytes.starts(with: "/proc/self/fd/".utf8),
            let number = CInt(String(decoding: bytes.dropFirst(14), as: UTF8.self)), number > 2
        else { return }
        Descriptor(number: number).closeInherited()
        Process.setName("socketpipe")
    }

    /// Says what the words should be.
    package static func refuse(_ words: [Word]) -> CInt {
        let found = words.dropFirst().first.map { Text.quoted($0.bytes) } ?? "nothing"
        Diagnostics.say(
            "expected --remote-end, --version or -s HOST PORT word…, found \(found)",
            hint: "this is only the remote end; use socketpipe by hand")
        return OwnStatus.ourError
    }
}
