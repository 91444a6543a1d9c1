import Plumbing
import Testing

/// When a reader may see the end of its stream.
@Suite struct EndWordTests {
    @Test func `no end is passed on before the other end has spoken`() {
        #expect(EndWord().judge(received: 0) == .wait)
        #expect(EndWord().judge(received: 9) == .wait)
    }

    @Test func `a whole stream ends where as many bytes came as were written`() {
        for (told, received, wanted) in [
            (9, 9, .whole), (9, 8, .broken), (9, 10, .broken), (0, 0, .whole), (nil, 7, .whole),
        ] as [(Int64?, Int64, EndWord.Judgement)] {
            var word = EndWord()
            word.peerIsWhole(told)
            #expect(word.judge(received: received) == wanted, "\(told ?? -1), \(received)")
        }
    }

    @Test func `a broken flow is not whole, whatever arrives and when`() {
        var word = EndWord()
        word.peerIsWhole(9)
        word.peerBroke()
        #expect(word.judge(received: 9) == .broken)
        word.peerIsWhole(9)
        #expect(word.judge(received: 9) == .broken)
    }

    @Test func `the first count holds`() {
        var word = EndWord()
        word.peerIsWhole(9)
        word.peerIsWhole(3)
        #expect(word.judge(received: 3) == .broken)
    }
}
