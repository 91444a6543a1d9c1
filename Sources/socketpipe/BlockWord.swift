import ArgumentParser
import LinuxSystem
import Plumbing

/// The place of a block in the folded line.
struct BlockWord: ExpressibleByArgument {
    let index: Int

    init?(argument: String) {
        guard let index = FoldedLine.blockIndex(argument) else { return nil }
        self.index = index
    }
}

/// The place of a block, or `-`.
struct LocalWord: ExpressibleByArgument {
    private let block: BlockWord?

    init?(argument: String) {
        block = BlockWord(argument: argument)
        guard block != nil || argument == FoldedLine.standard else { return nil }
    }

    func local(_ blocks: [[Word]]) -> Plan.Local {
        block.map { .command(blocks[$0.index]) } ?? .standard
    }
}
