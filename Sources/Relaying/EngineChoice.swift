import LinuxSystem

/// How a relay moves bytes.
package enum RelayEngine: String, CaseIterable, Sendable {
    /// `splice` and `sendfile` that never wait, in the poll loop.
    case splice
    /// Reads and writes through io_uring, in flight at both ends at once.
    case ring
    /// Splices through io_uring.
    case ringSplice = "ring-splice"
    /// `read` and `write`.
    case copy
}

/// The engine of a relay, and why it is not a faster one.
package struct EngineChoice: Equatable, Sendable {
    package let engine: RelayEngine
    package let reason: String?
    /// What to do about the reason, where anything can be done.
    package let cure: String?

    init(_ engine: RelayEngine, because reason: String? = nil, cure: String? = nil) {
        self.engine = engine
        self.reason = reason
        self.cure = cure
    }

    /// The engine to try first, as our own measurements taught.
    ///
    /// - Parameters:
    ///   - wanted: What the user asked for.
    ///   - kind: What the end that is no connection is.
    ///   - isForeign: Whether others share that end's description.
    ///   - isKept: Whether what is given to the connection may have to go into another one.
    package static func first(
        _ wanted: RelayEngine?, _ direction: RelayDirection, _ kind: FileKind, isForeign: Bool,
        hasChecksum: Bool, isSealed: Bool = false, isKept: Bool = false
    ) -> EngineChoice {
        if isSealed { return EngineChoice(.copy, because: "the data is sealed") }
        if hasChecksum { return EngineChoice(.copy, because: "a checksum must see the bytes") }
        if kind == .socket, isForeign, wanted == nil || wanted == .splice || wanted == .ringSplice {
            return EngineChoice(.copy, because: "a splice may wait for a socket that others share")
        }
        if kind.hasPlaces, direction == .fromConnection, wanted == .splice || wanted == .ringSplice
        {
            return EngineChoice(
                .copy, because: "a splice may overwrite what others write to the same open file")
        }
        if isKept, direction == .toConnection { return kept(wanted, kind) }
        if let wanted { return EngineChoice(wanted, because: "asked for") }
        return switch kind {
        case .pipe, .socket: EngineChoice(.splice)
        // From the page cache `sendfile` has no rival; into it, copying beats splicing.
        case .regular where direction == .toConnection: EngineChoice(.splice)
        case .regular, .directory, .characterDevice, .blockDevice: EngineChoice(.ring)
        case .terminal: EngineChoice(.copy, because: "a terminal cannot be spliced")
        }
    }

    private static func kept(_ wanted: RelayEngine?, _ kind: FileKind) -> EngineChoice {
        let reason = "io_uring cannot keep what may be sent again"
        return switch (wanted, kind) {
        case (_, .terminal): EngineChoice(.copy, because: "a terminal cannot be spliced")
        case (.copy, _): EngineChoice(.copy, because: "asked for")
        case (.ring, _): EngineChoice(.copy, because: reason)
        case (.ringSplice, _): EngineChoice(.splice, because: reason)
        case (.splice, _): EngineChoice(.splice, because: "asked for")
        case (nil, .pipe), (nil, .socket), (nil, .regular): EngineChoice(.splice)
        case (nil, _): EngineChoice(.copy, because: reason)
        }
    }

    /// What to go on with where the kernel refuses, nothing lost.
    package func fallback(_ error: Errno) -> EngineChoice {
        switch engine {
        case _ where error == .urgentData:
            EngineChoice(.copy, because: "urgent data cannot be spliced")
        case .splice: EngineChoice(.copy, because: "cannot be spliced (\(error.sentence))")
        case .ring, .ringSplice, .copy:
            EngineChoice(.copy, because: "io_uring refused it (\(error.sentence))")
        }
    }

    /// What to go on with where there is no io_uring at all.
    package func withoutRing(_ error: Errno) -> EngineChoice {
        let answer = RingAvailability.unavailable(error)
        return EngineChoice(
            engine == .ringSplice ? .splice : .copy, because: answer.sentence, cure: answer.hint)
    }
}
