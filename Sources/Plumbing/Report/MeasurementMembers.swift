/// What was measured, for a program.
extension Report {
    var measured: JSON? {
        guard let measurement else { return nil }
        return .object([
            (
                "idle",
                .object([
                    ("round_trips", .number(measurement.idle.count)),
                    ("median_microseconds", .number(measurement.idle.median / 1000)),
                    ("slow_microseconds", .number(measurement.idle.slow / 1000)),
                ])
            ),
            ("courses", .list(courses.map { $0.json })),
            ("login_bytes_per_second", .optional(loginBytesPerSecond)),
            (
                "limits",
                .object(advice.map { ($0.flow.rawValue, .text($0.advice.bound.name)) })
            ),
            ("advice", .optional(adviceSentence)),
        ])
    }
}

extension MeasuredCourse {
    fileprivate var json: JSON {
        let flow = flow.verdict.flow
        return .object([
            ("phase", .text(name)),
            ("direction", .text(flow.rawValue)),
            ("bytes", .number(byteCount)),
            ("bytes_per_second", .optional(bytesPerSecond)),
            ("round_trip_microseconds", .optional(roundTrip)),
            ("longest_round_trip_microseconds", .optional(ofPath(.longestRoundTrip))),
            ("answer_microseconds", .optional(answerTime)),
            ("segments", .optional(ofPath(.segments))),
            ("retransmits", .optional(ofPath(.retransmits))),
            ("window_segments", .optional(ofPath(.window))),
            ("threshold_segments", .optional(ofPath(.threshold))),
            ("mtu", .optional(ofPath(.packetSize))),
            ("send_buffer_bytes", .optional(buffer(at: flow.sender)?.size)),
            ("largest_send_buffer_bytes", .optional(buffer(at: flow.sender)?.largest)),
            ("receive_buffer_bytes", .optional(buffer(at: flow.sender.peer)?.size)),
            ("largest_receive_buffer_bytes", .optional(buffer(at: flow.sender.peer)?.largest)),
            ("waited_for_window", .share(limits?.receiveBuffer)),
            ("waited_for_send_buffer", .share(limits?.sendBuffer)),
            ("processor_here_seconds_per_gb", .share(processor(at: .here))),
            ("processor_there_seconds_per_gb", .share(processor(at: .there))),
        ])
    }

    private var name: String {
        switch phase {
        case .out: "out"
        case .back: "back"
        case .both: "both"
        }
    }
}

extension JSON {
    /// - Parameter thousandths: `nil` is unknown.
    fileprivate static func share(_ thousandths: Int64?) -> JSON {
        thousandths.map { .fraction($0) } ?? .null
    }
}
