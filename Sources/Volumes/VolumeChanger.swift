import LinuxSystem
import Plumbing

/// Who puts another volume into the drive.
protocol VolumeChanger: AnyObject {
    func begin(
        _ request: VolumeRequest, _ order: VolumeOrder, _ say: Diagnostics
    ) throws(VolumeError)
    /// How it ended; `nil` while it is under way.
    func end() -> ChangeEnd?
    /// Where an answer would come.
    var answers: Descriptor? { get }
}

/// The command of `--next-volume`.
final class ChangerCommand: VolumeChanger {
    private let words: [Word]
    /// It starts with the signals as they were when this was made.
    private let spawn: SpawnOrder
    private var pid: CInt?

    init(_ words: [Word]) {
        self.words = words
        spawn = SpawnOrder(words, environment: .inherited())
    }

    let answers: Descriptor? = nil

    func begin(
        _ request: VolumeRequest, _ order: VolumeOrder, _ say: Diagnostics
    ) throws(VolumeError) {
        say.note(request.sentence)
        var spawn = spawn
        for (name, value) in request.variables {
            spawn.environment = spawn.environment.setting(name, to: value)
        }
        do throws(Errno) {
            let null = try OwnedDescriptor.open(Path("/dev/null"), .reading)
            spawn.input = null.borrowed
            // Standard output may be the stream.
            spawn.output = .standardError
            spawn.closesOthers = true
            pid = try spawn.spawn()
        } catch {
            throw .cannotStartChanger(words, error)
        }
    }

    func end() -> ChangeEnd? {
        while let reaped = Reaped.next() {
            guard case .ended(pid: pid, let status) = reaped else { continue }
            return status.isSuccess ? .done : .failed(status)
        }
        return nil
    }
}

/// A person at the terminal.
final class Operator: VolumeChanger {
    private var terminal: OwnedDescriptor?
    private var answer: [UInt8] = []
    private(set) var answers: Descriptor?

    func begin(
        _ request: VolumeRequest, _ order: VolumeOrder, _ say: Diagnostics
    ) throws(VolumeError) {
        do throws(Errno) {
            let terminal = try OwnedDescriptor.open(Path("/dev/tty"), .readingAndWriting)
            say.note(request.sentence)
            let text =
                "socketpipe: put volume \(request.volume) into "
                + "\(Text.escaped(order.device.bytes)) and press Return, or q and Return to give up: "
            try terminal.borrowed.writeAll([UInt8](text.utf8))
            answers = terminal.borrowed
            self.terminal = consume terminal
            answer = []
        } catch {
            throw .trouble(request.reason, volume: request.volume)
        }
    }

    func end() -> ChangeEnd? {
        guard let answers, Readiness.now(of: answers, .reading).isReady else { return nil }
        guard let bytes = try? answers.read(byteCount: 256), !bytes.isEmpty else {
            return leave(.givenUp)
        }
        answer += bytes
        guard answer.contains(10) else { return nil }
        return leave(answer.first == UInt8(ascii: "q") ? .givenUp : .done)
    }

    private func leave(_ end: ChangeEnd) -> ChangeEnd {
        answers = nil
        terminal = nil
        return end
    }
}
