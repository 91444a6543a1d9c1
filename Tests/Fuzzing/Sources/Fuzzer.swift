import LinuxSystem
import Plumbing

/// What is fuzzed, by the name that stands in the environment as `FUZZER`.
enum Fuzzer: String, CaseIterable {
    case control, braces, admission, addresses, numbers, flow, verdict, seal, carrier

    static let chosen: Fuzzer = {
        let name = Environment.inherited()["FUZZER"] ?? []
        guard let fuzzer = Fuzzer(rawValue: String(decoding: name, as: UTF8.self)) else {
            let names = allCases.map { $0.rawValue }.joined(separator: ", ")
            fatalError("FUZZER is none of \(names)")
        }
        return fuzzer
    }()

    func run(_ input: [UInt8]) {
        switch self {
        case .control: ControlFuzzer(input).run()
        case .braces: BracesFuzzer(input).run()
        case .admission: AdmissionFuzzer(input).run()
        case .addresses: AddressesFuzzer(input).run()
        case .numbers: NumbersFuzzer(input).run()
        case .flow:
            var fuzzer = FlowFuzzer(input)
            fuzzer.run()
        case .verdict:
            var fuzzer = VerdictFuzzer(input)
            fuzzer.run()
        case .seal: SealFuzzer(input).run()
        case .carrier:
            var fuzzer = CarrierFuzzer(input)
            fuzzer.run()
        }
    }
}

/// What libFuzzer calls, once for each input.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ byteCount: Int) -> CInt {
    Fuzzer.chosen.run(unsafe [UInt8](UnsafeBufferPointer(start: start, count: byteCount)))
    return 0
}

/// Ends the program, which makes a finding of the input, where a property does not hold.
func require(_ holds: Bool, _ property: @autoclosure () -> String) {
    if !holds { fatalError("found: \(property())") }
}

/// Text for a terminal must not hold what a terminal acts on.
func requireHarmless(_ text: String) {
    require(!text.utf8.contains { $0 < 32 || $0 == 127 }, "a sentence with a control character")
}
