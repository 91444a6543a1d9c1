import Glibc
import LinuxSystem
import Plumbing
import Testing

@Suite struct StatusLineTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    @Test func `on a terminal it is one line, written over, and makes room`() async {
        await #expect(processExitsWith: .success) {
            var ends: (CInt, CInt) = (-1, -1)
            try #require(unsafe openpty(&ends.0, &ends.1, nil, nil, nil) == 0)
            let start = StatusLineTests.start
            let old = try OwnedDescriptor.duplicate(of: 2)
            try Descriptor.standardError.replace(with: Descriptor(number: ends.1))
            let sink = ErrorSink()
            let line = StatusLine(start, sink)
            let isDueAtOnce = line.nextDrawing == start
            line.clear()
            line.draw("one", start)
            line.draw("two", start + .seconds(1))
            let interval = line.nextDrawing - start
            Diagnostics(.normal, sink, over: line).error("words")
            line.clear()
            try Descriptor.standardError.replace(with: old.borrowed)
            #expect(isDueAtOnce)
            #expect(interval >= .milliseconds(1_100), "at most 10 times a second")
            let erase = "\u{1b}[K"
            let wanted = "\rone\(erase)\rtwo\(erase)\r\(erase)socketpipe: words\r\n"
            let terminal = Descriptor(number: ends.0)
            var shown: [UInt8] = []
            while shown.count < wanted.utf8.count, Link.becomesReady(terminal, .reading) {
                shown += try terminal.read(byteCount: 999)
            }
            #expect(String(decoding: shown, as: UTF8.self) == wanted)
        }
    }

    @Test func `elsewhere it is a line now and then`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            let start = StatusLineTests.start
            let old = try OwnedDescriptor.duplicate(of: 2)
            try Descriptor.standardError.replace(with: pipe.writer.borrowed)
            let line = StatusLine(start, ErrorSink())
            let first = line.nextDrawing
            line.draw("one", first)
            line.clear()
            let second = line.nextDrawing
            try Descriptor.standardError.replace(with: old.borrowed)
            let shown = try pipe.reader.borrowed.read(byteCount: 999)
            #expect(first - start >= .seconds(1) && second - first >= .seconds(1))
            #expect(String(decoding: shown, as: UTF8.self) == "socketpipe: one\n")
        }
    }
}

@Suite struct FittedTextTests {
    @Test func `parts are left out in their order until the line fits`() {
        var text = FittedText()
        text.add("total")
        text.add(" mean", as: .mean)
        text.add(" fill")
        text.add(" lowest", as: .lowest)
        text.add(" records", as: .records)
        text.add(" gap", as: .gap)
        let lines = [
            "total mean fill lowest records gap", "total mean fill lowest records",
            "total mean fill lowest", "total mean fill", "total fill",
        ]
        #expect(text.whole == lines[0])
        #expect(text.within(columns: nil) == lines[0])
        for columns in -1...lines[0].count + 3 {
            let line = text.within(columns: columns)
            let best = lines.first { $0.count <= columns }
            // Half a part would say something else.
            #expect(line == best ?? (columns < 5 ? "" : "total"))
            #expect(line.count <= max(0, columns))
        }
    }

    @Test(arguments: [nil, 0, 1, 11, 59, 60, 80, 200] as [UInt16?])
    func `what is drawn never fills the row`(columns: UInt16?) async {
        await #expect(processExitsWith: .success) { [columns] in
            var ends: (CInt, CInt) = (-1, -1)
            var size = winsize(ws_row: 9, ws_col: columns ?? 0, ws_xpixel: 0, ws_ypixel: 0)
            try #require(unsafe openpty(&ends.0, &ends.1, nil, nil, &size) == 0)
            let old = try OwnedDescriptor.duplicate(of: 2)
            try Descriptor.standardError.replace(with: Descriptor(number: ends.1))
            let line = StatusLine(.now, ErrorSink())
            line.draw(String(repeating: "x", count: 300), .now)
            let room = line.room
            try Descriptor.standardError.replace(with: old.borrowed)
            let width = Int(columns ?? 0) > 0 ? Int(columns ?? 0) : 80
            #expect(room == width - 1)
            let wanted = "\r" + String(repeating: "x", count: width - 1) + "\u{1b}[K"
            let terminal = Descriptor(number: ends.0)
            var shown: [UInt8] = []
            while shown.count < wanted.utf8.count, Link.becomesReady(terminal, .reading) {
                shown += try terminal.read(byteCount: 999)
            }
            #expect(String(decoding: shown, as: UTF8.self) == wanted)
        }
    }
}
