/// Numbers in the order in which they came.
struct Queue {
    /// The oldest stands at `first`.
    private var numbers: [Int] = []
    private var first = 0

    var count: Int { numbers.count - first }
    var isEmpty: Bool { count == 0 }
    var oldest: Int? { isEmpty ? nil : numbers[first] }
    var newest: Int? { isEmpty ? nil : numbers[numbers.count - 1] }

    /// - Parameter place: From the oldest on, which is 0.
    subscript(place: Int) -> Int { numbers[first + place] }

    /// Puts the newest in.
    mutating func append(_ number: Int) { numbers.append(number) }

    /// Takes the oldest out.
    mutating func removeOldest() {
        precondition(!isEmpty)
        first += 1
        // Seldom enough to cost nothing per number.
        guard first >= 64, first * 2 > numbers.count else { return }
        numbers.removeFirst(first)
        first = 0
    }
}
