import LinuxSystem
import Plumbing
import Relaying

/// A kernel that does what a scripted world lets it do.
struct ScriptedKernel: RelayKernel {
    let world: ScriptedWorld

    func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        world.call()
        return try world.splice(from: source, to: target, byteCount: byteCount)
    }

    func sendFile(
        from file: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try splice(from: file, to: target, byteCount: byteCount)
    }

    func read(_ source: Descriptor, into block: inout [UInt8]) throws(Errno) -> Int {
        world.call()
        let bytes =
            source == ScriptedWorld.source
            ? try world.take(atMost: block.count) : try world.readBetween(atMost: block.count)
        block.replaceSubrange(0..<bytes.count, with: bytes)
        return bytes.count
    }

    func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        world.call()
        let count = world.upTo(min(bytes.count, try world.room()))
        world.accept(bytes.prefix(count))
        return count
    }

    func writeEnd(_ target: Descriptor) throws(Errno) {
        world.call()
        _ = try world.room()
        world.endCount += 1
    }

    func yield() -> Bool {
        world.call()
        return world.callCount % 2 == 0
    }

    func isAtUrgentData(_ source: Descriptor) -> Bool {
        world.call()
        return world.isAtMark
    }

    func hasByte(_ source: Descriptor) throws(Errno) -> Bool {
        world.call()
        if world.isReadable { return world.taken < world.written }
        throw .wouldBlock
    }

    func isReadable(_ source: Descriptor) -> Bool {
        world.call()
        return world.isReadable
    }
}
