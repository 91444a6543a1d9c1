import LinuxSystem

/// Tests may write a descriptor as its number.
extension Descriptor: ExpressibleByIntegerLiteral {
    package init(integerLiteral number: CInt) { self.init(number: number) }
}
