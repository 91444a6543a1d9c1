import LinuxSystem

/// The end that the login command started: it meets, runs the remote command, counts and leaves.
package enum ThereEnd {
    /// Runs the there-end of a session on standard input and output.
    ///
    /// - Returns: The status to exit with.
    package static func run(_ environment: Environment) -> CInt {
        guard !Descriptor.standardInput.isTerminal, !Descriptor.standardOutput.isTerminal else {
            return refuse(.terminal)
        }
        do throws(Errno) {
            guard try Proc.isOurs() else {
                return refuse(.resources("/proc does not show its own processes"))
            }
            if let want = try wantOfNull() { return refuse(.resources(want)) }
            Cryptography.start()
            let ending = try runSession(environment)
            if case .signal(let signal) = ending { Signals.die(by: signal) }
            return ending?.status ?? OwnStatus.lost
        } catch {
            return refuse(.system(error))
        }
    }

    private static func runSession(_ environment: Environment) throws(Errno) -> Outcome.Ending? {
        let interfaces = InterfaceAddress.ofThisHost()
        let hello = Hello(
            protocols: Version.protocols, programVersion: Version.program,
            kernel: Proc.kernelRelease(), ssh: SSHConnection.inherited(environment),
            addresses: InterfaceAddress.told(interfaces),
            networkIdentity: Proc.networkIdentity())
        let loop = EndLoop(
            ThereCore(hello, own: interfaces.map { $0.address }, now: .now),
            in: try ThereWorld(environment, ErrorSink()), at: .there)
        loop.run()
        loop.world.leave(loop.core.ending)
        return loop.core.ending
    }

    /// What is wrong with /dev/null.
    private static func wantOfNull() throws(Errno) -> String? {
        do throws(Errno) {
            _ = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
            return nil
        } catch .notFound {
            return "/dev/null is not there"
        } catch  where !error.isShortage {
            return "/dev/null cannot be opened: \(error.sentence)"
        }
    }

    private static func refuse(_ failure: Failure) -> CInt {
        do throws(Errno) {
            // In place of the greeting, so that the secret is never sent.
            try Descriptor.standardOutput.writeAll(
                [10] + ControlMessage.failed(failure).line.encoded)
        } catch {
            Diagnostics.say("standard output is closed")
        }
        return OwnStatus.ourError
    }
}
