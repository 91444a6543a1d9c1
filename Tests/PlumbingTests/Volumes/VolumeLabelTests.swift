import LinuxSystem
import Plumbing
import Testing
import Volumes

/// What stands in front of and behind the data of a set, and what reports say of it.
@Suite struct VolumeLabelTests {
    private static let set = VolumeSet(name: "home-2026", id: "22734af520e2f224")
    private static let label = VolumeLabel(
        set, volume: 12, record: 1024, start: 3_000_000, date: "2026-11-30T07:50:00Z")

    @Test func `a label fills a record, and reads as it was written`() {
        let bytes = Self.label.bytes
        #expect(bytes.count == 1024)
        #expect(VolumeLabel(bytes) == Self.label)
        #expect(VolumeLabel(bytes.prefix(512)) == Self.label)
        let end = EndLabel(Self.set, volumes: 12, bytes: 3_500_001)
        #expect(EndLabel(end.bytes(of: 512)) == end)
        #expect(EndLabel(bytes) == nil && VolumeLabel(end.bytes(of: 512)) == nil)
    }

    @Test func `a label without one of its lines is none`() {
        let lines = Self.label.bytes.prefix { $0 != 0 }.split(separator: 10)
        #expect(lines.count == 7)
        for missing in lines.indices {
            var rest = lines
            rest.remove(at: missing)
            #expect(VolumeLabel(rest.flatMap { $0 + [10] }) == nil)
        }
    }

    @Test func `no changed byte makes a label of another set pass for this one`() {
        let bytes = Self.label.bytes
        for place in 0..<200 {
            var changed = bytes
            changed[place] ^= 1
            guard let label = VolumeLabel(changed), label != Self.label else { continue }
            let differs =
                label.set != Self.set || label.volume != 12 || label.record != 1024
                || label.start != 3_000_000
            #expect(differs || label.date != Self.label.date)
        }
    }

    @Test func `a report tells of its volumes, and nothing else does`() throws {
        var facts = VolumeFacts(2)
        facts.bytes = 77
        facts.hash = [UInt8](repeating: 0xab, count: 32)
        let hash = String(repeating: "ab", count: 32)
        let text = """
            { "x": [1, {"y": "\\"}"}], "volumes": [ {"volume": 2, "bytes": 77, "blake2b": "\(hash)",
            "complete": true, "seconds": 0.007} ], "status": 0 }
            """
        let read = try #require(ReportedVolumes([UInt8](text.utf8)))
        #expect(read.volumes == [facts] && read.isWhole && read.setID == nil)
        let labelled = text.replacing("\"status\"", with: "\"set_id\": \"77aa\", \"status\"")
        #expect(ReportedVolumes([UInt8](labelled.utf8))?.setID == "77aa")
        for length in 0..<text.utf8.count {
            #expect(ReportedVolumes([UInt8](text.utf8.prefix(length))) == nil)
        }
        let nested = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(ReportedVolumes(nested) == nil)
    }
}
