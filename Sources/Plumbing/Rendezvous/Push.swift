import LinuxSystem

/// What brings the other end's program along: the programs, and the script that takes one of them.
package struct Push: Sendable {
    package let programs: [ProgramFile]
    /// What makes the name of its folder there new.
    private let nonce: String

    private static let withoutProc = "/proc does not show its own processes"
        .split(separator: " ").joined(separator: "%20")

    package init(_ programs: [ProgramFile], nonce: String) {
        self.programs = programs
        self.nonce = nonce
    }

    /// The programs that this installation can push: those of its `libexec`, then one beside our own,
    /// then our own, of each processor the first.
    package static func found() -> [ProgramFile] {
        let own = ProgramFile.ours
        let folder =
            own.bytes.lastIndex(of: UInt8(ascii: "/"))
            .map { [UInt8](own.bytes[...$0]) } ?? []
        let names = ProgramFile.Machine.allCases.map {
            "../libexec/socketpipe/socketpipe-remote.\($0.rawValue)"
        }
        var paths = (names + ["socketpipe-remote"]).map { Path(folder + [UInt8]($0.utf8)) }
        if let program = ProgramFile(at: own), program.isStatic { paths.append(own) }
        return paths.compactMap { ProgramFile(at: $0) }.reduce(into: []) { found, program in
            if !found.contains(where: { $0.machine == program.machine }) { found.append(program) }
        }
    }

    /// What a POSIX shell there must do, on its standard input: one compound command, which it reads
    /// whole before it runs. It puts the program into the first folder that takes it and executes it,
    /// starts it from a file that is already unlinked, and leaves nothing.
    ///
    /// A terminal gives the script back, so no line of it may look like an answer. Each deletion is
    /// tried twice, because a signal may end the command that does it. The first signal has the others
    /// ignored: one that came while the shell exits would end it before it deletes.
    ///
    /// With fewer than 14 descriptors a shell cannot redirect; without its own `/proc` nothing executes
    /// a file that has no name.
    ///
    /// Exactly as many bytes follow each of its `boot` lines as the line says, and nothing else before
    /// the program speaks: so a shell, or a `head`, that reads ahead takes nothing of another's.
    package var script: [UInt8] {
        let sizes = programs.map { "Linux.\($0.machine.rawValue)) n=\($0.byteCount);;" }
        return [UInt8](
            """
            { o=$(umask); umask 077; q='failed cause'; echo
            [ -t 0 ] && { echo "$q=terminal"; exit 125; }
            case $(ulimit -n) in [0-9]|1[0-3]) echo "$q=system errno=24"; exit 125;; esac
            for x in uname mkdir chmod rm head cat wc; do command -v $x >/dev/null \
            || { echo "$q=lacks program=$x"; exit 125; }; done
            [ -d /proc/self/fd ] || { echo "$q=resources detail=\(Push.withoutProc)"; exit 125; }
            s=$(uname -s) m=$(uname -m)
            case $s.$m in \(sizes.joined(separator: " ")) \
            *) echo "$q=machine system=$s machine=$m"; exit 125;; esac
            t= f= c=nowhere
            i="trap '' 1 2 3 13 15"; e="$i; exit 125"
            drop() { eval "$i"; rm -rf "$@" || rm -rf "$@"; trap "$e" 1 2 3 13 15; }
            trap 'drop ${t:+"$t"} ${f:+"$f"}' 0; trap "$e" 1 2 3 13 15
            for d in "${XDG_RUNTIME_DIR-}" "${TMPDIR-}" /tmp /var/tmp /dev/shm "${HOME-}"; do
            case $d in /*) ;; *) continue;; esac
            t=$d/.socketpipe-\(nonce)
            mkdir "$t" 2>/dev/null || { rmdir "$t" 2>/dev/null; t=; continue; }
            if [ -n "$f" ]; then cat "$f/r" 2>/dev/null >"$t/r"
            else echo "boot system=$s machine=$m bytes=$n"
            head -c $n | { cat >"$t/r" || cat >/dev/null; } 2>/dev/null; fi
            if [ "`wc -c <"$t/r"`" -eq $n ]; then
            chmod 500 "$t/r"
            if "$t/r" --version >/dev/null 2>&1 </dev/null; then
            exec 3<"$t/r"; drop "$t" ${f:+"$f"}; trap - 0 1 2 3 13 15; umask "$o"
            exec /proc/self/fd/3 --remote-end
            fi
            c=noexec; if [ -z "$f" ]; then f=$t t=; else drop "$t"; fi
            else c=full; drop "$t"; fi
            done
            echo "$q=$c"; exit 125; }

            """.utf8)
    }
}
