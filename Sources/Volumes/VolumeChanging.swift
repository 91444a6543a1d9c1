import LinuxSystem
import Plumbing
import Relaying

/// One volume after another in the same device, and what is known of each.
package struct VolumeChanging<World: VolumeWorld> {
    let order: VolumeOrder
    package internal(set) var world: World
    /// What goes on to read the input while a volume is changed.
    var pump: ReservoirPump<World.Kernel>?
    package internal(set) var volumes: [VolumeFacts] = []
    /// The last volume, if it is a file.
    private var lastFile: FileIdentity?

    init(_ order: VolumeOrder, _ world: World) {
        self.order = order
        self.world = world
    }

    /// Opens a volume that passes the checks; asks for another one as often as it takes.
    ///
    /// - Parameters:
    ///   - trouble: Why the one that is there will not do; `nil` tries it first.
    ///   - begin: Checks an open volume, and leaves it where the stream begins.
    mutating func open(
        _ volume: Int, changingBecause trouble: VolumeTrouble?,
        _ begin: (inout World, Medium) throws(VolumeStop) -> Void
    ) throws(VolumeError) {
        var trouble = trouble
        for _ in 0...VolumeError.mostAttempts {
            if let trouble { try change(to: volume, trouble) }
            do throws(VolumeStop) {
                return try tryOpening(volume, isFirst: volumes.isEmpty, begin)
            } catch {
                try? world.close()
                switch error {
                case .error(let error): throw error
                case .trouble(let other) where other.isCurable: trouble = other
                case .trouble(let other): throw .trouble(other, volume: volume)
                }
            }
        }
        throw .tooManyWrong(trouble ?? .isNotReady, volume: volume)
    }

    private mutating func tryOpening(
        _ volume: Int, isFirst: Bool, _ begin: (inout World, Medium) throws(VolumeStop) -> Void
    ) throws(VolumeStop) {
        let medium: Medium
        do throws(Errno) { medium = try world.open() } catch {
            throw .trouble(VolumeTrouble(opening: error))
        }
        if medium.kind == .unfit { throw .error(.isUnfit) }
        if medium.rewinds { throw .error(.rewinds) }
        switch medium.kind {
        case .tape(let tape) where tape.isEmpty: throw .trouble(.noTape)
        case .tape(let tape) where !isFirst && !tape.isAtBeginning: throw .trouble(.isUnchanged)
        // A label would tell, and nothing that holds bytes is written to.
        case .file(_, let file) where order.direction != .to && order.label == nil:
            if !isFirst, file == lastFile { throw .trouble(.isUnchanged) }
        default: break
        }
        try begin(&world, medium)
        if case .file(_, let file) = medium.kind { lastFile = file }
    }

    /// Has another volume put in, and meanwhile goes on to read the input.
    private mutating func change(to volume: Int, _ reason: VolumeTrouble) throws(VolumeError) {
        let sentence = reason.sentence(order.deviceName, volume, order.label)
        try world.beginChange(
            VolumeRequest(
                volume: volume, reason: reason, sentence: sentence,
                variables: variables(volume, sentence)))
        var patience = Patience()
        while true {
            if let end = world.endOfChange() {
                switch end {
                case .done: return
                case .failed(let status):
                    throw .changerFailed(order.changer ?? [], status, volume: volume)
                case .givenUp: throw .givenUp(volume: volume)
                }
            }
            pump?.advance(&world.kernel, world.now)
            if world.isAsked() { world.answer(sentence) }
            do throws(Errno) {
                // Nothing tells everywhere that a command has ended.
                patience.wait(world.now)
                let next = [pump?.deadline, patience.next].compactMap { $0 }.min()
                try world.wait(pump?.polls ?? [], until: next)
            } catch {
                throw .cannotWait(error)
            }
        }
    }

    private func variables(_ volume: Int, _ sentence: String) -> [(name: String, value: String)] {
        let bytes = volumes.reduce(0) { $0 + $1.bytes }
        let records = volumes.reduce(0) { $0 + $1.records }
        return [
            ("SOCKETPIPE_VOLUME", "\(volume)"),
            ("SOCKETPIPE_DEVICE", String(decoding: order.device.bytes, as: UTF8.self)),
            ("SOCKETPIPE_SET", order.label ?? ""), ("SOCKETPIPE_BYTES", "\(bytes)"),
            ("SOCKETPIPE_RECORDS", "\(records)"), ("SOCKETPIPE_REASON", sentence),
        ]
    }
}

extension VolumeError {
    /// A changer that brings the wrong volume as often as this will not bring the right one.
    static var mostAttempts: Int { 100 }
}

/// What a volume that was just opened can stop at.
enum VolumeStop: Error {
    /// Another volume may do.
    case trouble(VolumeTrouble)
    case error(VolumeError)
}
