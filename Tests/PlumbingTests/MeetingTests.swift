import LinuxSystem
import Testing

@testable import Plumbing

/// Who gets in, and whom strangers cannot keep out (loopback).
@Suite struct MeetingTests {
    @Test(arguments: [[Flow.out], [.back], [.out, .back]])
    func `the two ends meet once for each flow, and name each connection alike`(
        flows: [Flow]
    ) throws {
        let place = MeetingPlace()
        place.call([try place.open()], for: flows)
        try place.advance { place.admitted(at: .here).count == flows.count }
        #expect(Set(place.admitted(at: .here).map { $0.flow }) == Set(flows))
        for (name, flow) in place.admitted(at: .here) {
            let here = try #require(place.channel(name, at: .here))
            #expect(here.caller == .there)
            let there = try #require(place.channel(name, at: .there))
            #expect(here.flow == flow && there.flow == flow)
            #expect(here.localEndpoint == there.peerEndpoint)
            #expect(here.inode != there.inode)
            #expect(place.here.take(name) == nil, "it is handed over once")
        }
    }

    @Test func `not one byte of the flow is taken with the admission`() throws {
        let (here, there) = try MeetingPlace.channels()
        let writer = try here.descriptorForHandOff(heartbeat: .seconds(15))
        try writer.writeAll([7])
        let reader = try there.descriptorForHandOff(heartbeat: .seconds(15))
        #expect(try reader.read(byteCount: 9) == [7])
    }

    @Test func `a caller with another secret is refused, and told nothing`() throws {
        let place = MeetingPlace(secretThere: .random())
        place.call([try place.open()], for: [.out])
        try place.advance { !place.there.isCalling }
        #expect(place.admitted(at: .here).isEmpty)
        #expect(place.admitted(at: .there).isEmpty)
        #expect(place.unreachable(at: .there).count == 1)
    }

    @Test func `an endpoint without a listener refuses`() throws {
        let free: Endpoint
        do { free = try MeetingPlace().open() }
        let place = MeetingPlace()
        place.call([free], for: [.out, .back])
        try place.advance { !place.there.isCalling }
        #expect(place.unreachable(at: .there) == [.connectionRefused, .connectionRefused])
    }

    @Test func `an endpoint that answers something else is not our peer`() throws {
        let listener = try Listener(on: .loopbackIPv4, ports: nil)
        let place = MeetingPlace()
        place.call([listener.endpoint], for: [.out])
        var accepted = Descriptor.closed
        while accepted == .closed {
            try place.advanceThere()
            guard let socket = try listener.accept() else { continue }
            accepted = socket.borrowed
            _ = try TCP.send(accepted, [UInt8](repeating: 0x48, count: Admission.replyByteCount))
            while place.there.isCalling { try place.advanceThere() }
        }
        #expect(place.unreachable(at: .there) == [Errno(71)])
    }

    @Test func `of several endpoints the next is called while the first is silent`() throws {
        let silent = try Listener(on: .loopbackIPv4, ports: nil)
        let place = MeetingPlace()
        let start = Instant.now
        place.call([silent.endpoint, try place.open()], for: [.out])
        try place.advance { place.admitted(at: .here).count == 1 }
        #expect(Instant.now - start >= CallPace.headStart)
        #expect((place.there.callCount, place.unreachable(at: .there).count) == (2, 0))
        #expect(place.there.isCalling)
    }

    @Test func `once each flow has an answer nobody else is called`() throws {
        let place = MeetingPlace()
        let endpoint = try place.open()
        place.call([endpoint, endpoint, endpoint], for: [.out, .back])
        try place.advance { place.admitted(at: .there).count == 2 }
        #expect(!place.there.isCalling)
        #expect((place.there.deadline == nil, place.there.callCount) == (true, 2))
    }

    @Test func `many endpoints that are silent are given up in turn, and the last is reached`()
        throws
    {
        let silent = try Listener(on: .anyIPv4, ports: nil)
        let place = MeetingPlace()
        let endpoints = (1...40).map {
            Endpoint(Address(isIPv6: false, bytes: [127, 0, 0, $0]), port: silent.endpoint.port)
        }
        let open = try place.open()
        var now = Instant.now
        place.callThere(endpoints + [open], for: [.out], at: now)
        for number in 2...41 {
            now = now + (number == 2 ? CallPace.headStart : CallPace.delay)
            place.advanceThere(at: now + .milliseconds(-1))
            #expect(place.there.callCount == number - 1)
            place.advanceThere(at: now)
            #expect(place.there.callCount == number)
            let givenUp = max(0, number - CallPace.maximumUnderWay)
            #expect(place.unreachable(at: .there).count == givenUp)
        }
        try place.advance { place.admitted(at: .here).count == 1 }
    }

    @Test func `listening where nothing can be listened on is an error, unless elsewhere it can`()
        throws
    {
        let place = MeetingPlace()
        let other = try #require(Address("192.0.2.7"))
        #expect(throws: Errno.self) { try place.here.listen(on: [other], ports: nil) }
        #expect(try place.here.listen(on: [other, .loopbackIPv4], ports: nil).count == 1)
    }

    @Test(
        arguments: [
            [UInt8]("GET / HTTP/1.0\r\n\r\n".utf8),
            [UInt8]("SPIPE".utf8) + [1, 1] + [UInt8](repeating: 0, count: 48),
            [0], [UInt8](repeating: 0x53, count: 100),
        ])
    func `a stranger who says something else is dropped at once`(words: [UInt8]) throws {
        let place = MeetingPlace()
        let stranger = try Stranger(at: try place.open(), saying: words)
        try place.advance { stranger.isDropped }
        #expect(place.heardHere.isEmpty)
        #expect(place.here.deadline == nil, "nothing of it is kept")
    }

    @Test func `a silent stranger is dropped after five seconds, and eight are kept at most`()
        throws
    {
        let place = MeetingPlace()
        let endpoint = try place.open()
        let strangers = try (0..<20).map { _ in try Stranger(at: endpoint, saying: [0x53]) }
        try place.advance { strangers.count { $0.isDropped } == 12 }
        let deadline = try #require(place.here.deadline)
        #expect(deadline - .now <= .seconds(5))
        #expect(deadline - .now > .seconds(3))
    }

    @Test func `a caller that falls silent is dropped after five seconds, and not polled again`()
        throws
    {
        let place = MeetingPlace()
        let stranger = try Stranger(at: try place.open(), saying: [0x53])
        try place.advance { place.here.deadline != nil }
        let deadline = try #require(place.here.deadline)
        place.advanceHere(at: deadline)
        #expect(!stranger.isDropped)
        place.advanceHere(at: deadline + .milliseconds(1))
        #expect(stranger.isDropped)
        #expect(place.here.deadline == nil, "a moment that is over would be waited for again")
    }

    @Test func `an opening that is replayed gets in once, however often it comes`() throws {
        let secret = Secret.random()
        let here = Meeting(at: .here, secret: secret)
        let endpoint = try here.listen(on: [.loopbackIPv4], ports: nil)[0]
        let opening = CallerAdmission(
            .out, from: .there, keys: AdmissionKeys(secret),
            nonce: Cryptography.randomBytes(ConnectionName.byteCount)
        ).opening
        let replays = try (0..<40).map { _ in try Stranger(at: endpoint, saying: opening) }
        let end = Instant.now + .seconds(10)
        // One is let in so far and told the reply; the others are dropped unheard.
        while replays.count(where: { $0.isDropped && !$0.hasReply }) < 39, Instant.now < end {
            var readiness = Readiness()
            here.watch(&readiness)
            try readiness.wait(until: .now + .milliseconds(1))
            _ = here.advance(readiness)
        }
        #expect(replays.count { $0.hasReply } == 1)
        #expect(replays.count { $0.isDropped && !$0.hasReply } == 39)
    }

    @Test func `a caller whose opening has come is never mistaken for one of the crowd`() throws {
        let place = MeetingPlace()
        let endpoint = try place.open()
        var crowd = try (0..<9).map { _ in try Stranger(at: endpoint, saying: [0x53]) }
        try place.advance { crowd.count { $0.isDropped } == 1 }
        for round in 1...60 {
            // Every round finds all places taken.
            while crowd.count(where: { !$0.isDropped }) < 8 {
                crowd.append(try Stranger(at: endpoint, saying: [0x53]))
                try place.advanceHere()
            }
            place.call([endpoint], for: [.out])
            try place.advance { place.admitted(at: .there).count == round }
        }
        try place.advance { place.admitted(at: .here).count == 60 }
        // Turned away, a caller calls again, under another name.
        #expect(place.there.callCount == 60)
    }

    @Test func `a caller that was dropped in a crowd calls again, sixteen times in all`() throws {
        let place = MeetingPlace()
        let listener = try Listener(on: .loopbackIPv4, ports: nil)
        place.call([listener.endpoint], for: [.out])
        let end = Instant.now + .seconds(10)
        var turnedAway = 0
        while place.unreachable(at: .there).isEmpty, Instant.now < end {
            if let caller = try listener.accept() {
                let descriptor = caller.borrowed
                while TCP.unreadByteCount(descriptor) == 0, Instant.now < end {
                    try place.advanceThere()
                }
                // A close with bytes unread is a reset (KERNEL H8).
                turnedAway += 1
            }
            try place.advanceThere()
        }
        #expect(place.unreachable(at: .there) == [.connectionReset])
        #expect((turnedAway, place.there.callCount) == (16, 16))
    }

    @Test func `a thousand strangers do not keep out a caller with the secret`() throws {
        let place = MeetingPlace()
        let endpoint = try place.open()
        let start = Instant.now
        // Our peer has connected, and its opening is still under way when the strangers come.
        place.call([endpoint], for: [.out, .back])
        var strangers: [Stranger] = []
        for _ in 0..<10 {
            strangers += try (0..<100).map {
                try Stranger(at: endpoint, saying: $0 % 2 == 0 ? [] : [UInt8]("SPIPE".utf8))
            }
            try place.advanceHere()
        }
        try place.advance { !place.there.isCalling && place.admitted(at: .here).count == 2 }
        #expect(place.unreachable(at: .there).isEmpty)
        #expect(Instant.now - start < .seconds(5))
        #expect(strangers.count == 1_000)
    }
}
