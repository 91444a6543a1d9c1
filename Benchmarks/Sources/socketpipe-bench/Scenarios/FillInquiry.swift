import Glibc

/// Asks a `--verbose` session for the fill of its buffer, again as soon as it has answered.
struct FillInquiry {
    private let child: Child
    private let file: String
    private let capacity: Int
    private(set) var samples: [Sample] = []
    /// When the first answer was asked for that told a fill.
    private(set) var start: Int64?
    private var asked: Int64 = 0
    private var lineCount = 0

    /// - Parameter file: Where the session's messages go.
    init(_ child: Child, telling file: String, of capacity: Int) {
        self.child = child
        self.file = file
        self.capacity = capacity
    }

    /// Takes the answer to the last question, and puts the next.
    ///
    /// It says something when it is connected; a signal before it listens to any would end it.
    mutating func take() {
        let lines = (text(of: file) ?? "").split(separator: "\n")
        guard lines.count > lineCount else { return }
        if let percent = lines.last?.bufferPercent {
            let start = start ?? asked
            self.start = start
            samples.append(
                Sample(seconds: (asked - start).seconds, byteCount: capacity / 100 * percent))
        }
        lineCount = lines.count
        asked = monotonicNanoseconds()
        kill(child.pid, SIGUSR1)
    }
}

extension Substring {
    /// What stands before the per cent sign in `…  buffer 45 % (lowest 3 %), …`.
    fileprivate var bufferPercent: Int? {
        let words = split(separator: " ")
        return words.firstIndex(of: "buffer").flatMap { words.dropFirst($0 + 1).first }
            .flatMap { Int($0) }
    }
}
