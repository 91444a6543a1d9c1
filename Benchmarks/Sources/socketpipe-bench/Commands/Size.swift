import ArgumentParser

/// A number of bytes, as people write it.
struct Size: ExpressibleByArgument {
    let count: Int

    init(_ count: Int) {
        self.count = count
    }

    init?(argument: String) {
        let factors: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let factor = argument.uppercased().last.flatMap { factors[$0] }
        guard let number = Int(factor == nil ? argument[...] : argument.dropLast()), number > 0
        else { return nil }
        count = number * (factor ?? 1)
    }

    var defaultValueDescription: String { "\(count)" }
}
