/// Lets others run before a pump in full flow goes to sleep.
///
/// Whoever it waits for is often about to move, and to be woken up costs more: with it a relay there
/// takes half the processor time for each byte, and relays at both ends three quarters.
struct Courtesy {
    private static var leastMoved: Int64 { 64 << 10 }

    private let before: Int64
    private var turns = 3

    /// - Parameter given: What the pump has moved until now, in bytes.
    init(_ given: Int64) {
        before = given
    }

    /// - Returns: Whether others ran, so that there may be more to move.
    mutating func yields(_ kernel: inout some RelayKernel, _ given: Int64) -> Bool {
        guard turns > 0, given - before >= Courtesy.leastMoved else { return false }
        turns -= 1
        kernel.yield()
        return true
    }
}
