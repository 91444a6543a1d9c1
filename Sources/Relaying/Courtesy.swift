/// Lets others run before a pump in full flow goes to sleep.
///
/// The process that it waits for is often about to move, and a wake-up costs more: with it a relay
/// there takes half the processor time for each byte, and relays at both ends three quarters. If no
/// other process wants the processor, there is nothing to wait for.
struct Courtesy {
    static var leastMoved: Int64 { 64 << 10 }

    private let before: Int64
    private var turns = 20

    /// - Parameter given: What the pump has moved until now, in bytes.
    init(_ given: Int64) {
        before = given
    }

    /// - Returns: Whether to try once more.
    mutating func yields(_ kernel: inout some RelayKernel, _ given: Int64) -> Bool {
        guard turns > 0, given - before >= Courtesy.leastMoved else { return false }
        turns = kernel.yield() ? turns - 1 : 0
        return true
    }
}
