import LinuxSystem
import Testing

/// A look at processes that fork, end and close between any two things that it does.
@Suite struct HolderLookTests {
    @Test(arguments: [true, false])
    func `if a look says nobody, no process holds the file, whatever moved`(tellsLast: Bool) {
        var nobody = 0
        for seed in UInt64(0)..<4000 {
            let world = ScriptedProcesses(seed: seed, tellsLast: tellsLast)
            var look = HolderLook(world, .socket(1), besides: [], spared: nil)
            let finding = look.find()
            guard finding == .nobody else { continue }
            nobody += 1
            #expect(world.visibleHolders.isEmpty, "seed \(seed): \(world.visibleHolders)")
        }
        #expect(nobody > 400, "the test says something only where nobody was found")
    }

    @Test(arguments: [true, false])
    func `strangers that fork and end all the while are followed to the last`(tellsLast: Bool) {
        for seed in UInt64(0)..<1000 {
            let world = ScriptedProcesses(seed: seed, tellsLast: tellsLast, kind: .chain)
            var look = HolderLook(world, .socket(1), besides: [], spared: nil)
            #expect(look.find() != .nobody, "seed \(seed): \(world.visibleHolders)")
        }
    }

    @Test func `a process that we may not inspect counts if it is a descendant, not a stranger`() {
        let world = ScriptedProcesses(still: [
            .init(pid: 10, parent: 2), .init(pid: 11, parent: 10, isHidden: true),
            .init(pid: 12, parent: 1, isHidden: true),
        ])
        var look = HolderLook(world, .socket(1), besides: [], spared: nil)
        #expect(look.find() == .unseen([11]))
        // What descends from a command that never got the file is not asked about.
        look = HolderLook(world, .socket(1), besides: [10], spared: nil)
        #expect(look.find() == .nobody)
    }

    @Test func `a stranger that vanishes when we may not look into it is no descendant`() {
        let world = ScriptedProcesses(still: [
            .init(pid: 10, parent: 2), .init(pid: 12, parent: 1, isHidden: true, endsUnseen: true),
        ])
        var look = HolderLook(world, .socket(1), besides: [], spared: nil)
        #expect(look.find() == .nobody)
    }

    @Test func `a holder is found among strangers, and the one that is meant to hold is not`() {
        let world = ScriptedProcesses(still: [
            .init(pid: 10, parent: 2, holds: true), .init(pid: 900, parent: 1, holds: true),
        ])
        var look = HolderLook(world, .socket(1), besides: [], spared: 10)
        #expect(look.find() == .held(by: 900))
        look = HolderLook(world, .socket(1), besides: [], spared: 900)
        #expect(look.find() == .held(by: 10))
    }

    @Test func `a look among ours alone sees no stranger, and every holder of ours`() {
        let stranger = ScriptedProcesses.Member(pid: 900, parent: 1, holds: true)
        var look = HolderLook(
            ScriptedProcesses(still: [stranger, .init(pid: 10, parent: 2)]), .socket(1),
            besides: [], spared: nil)
        #expect(look.find(among: .ours) == .nobody)
        look = HolderLook(
            ScriptedProcesses(still: [stranger, .init(pid: 10, parent: 2, holds: true)]),
            .socket(1), besides: [], spared: nil)
        #expect(look.find(among: .ours) == .held(by: 10))
    }

    @Test func `a holder for another direction, and its children, do not count`() {
        let world = ScriptedProcesses(still: [
            .init(pid: 10, parent: 2, holds: true), .init(pid: 11, parent: 10, holds: true),
        ])
        var look = HolderLook(world, .socket(1), besides: [10], mayHold: true, spared: nil)
        #expect(look.find() == .nobody)
        look = HolderLook(world, .socket(1), besides: [10], spared: nil)
        #expect(look.find() == .held(by: 10))
        look = HolderLook(world, .socket(1), besides: [11], mayHold: true, spared: nil)
        #expect(look.find() == .held(by: 10))
    }

    @Test func `numbers that begin anew, or too many of them, settle nothing`() {
        let world = ScriptedProcesses(still: [.init(pid: 10, parent: 2)])
        world.given = [100, 50]
        var look = HolderLook(world, .socket(1), besides: [], spared: nil)
        #expect(look.find() == .unsettled)
        world.given = [100, 100_000]
        look = HolderLook(world, .socket(1), besides: [], spared: nil)
        #expect(look.find() == .unsettled)
    }
}
