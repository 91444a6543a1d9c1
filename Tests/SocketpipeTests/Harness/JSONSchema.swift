import Foundation

/// Any JSON value.
enum JSONValue: Decodable, Equatable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var items: [JSONValue] {
        if case .list(let items) = self { items } else { [] }
    }

    func isOf(_ type: JSONValue) -> Bool {
        switch (self, type) {
        case (.null, .text("null")), (.boolean, .text("boolean")), (.number, .text("number")),
            (.text, .text("string")), (.list, .text("array")), (.object, .text("object")):
            true
        case (.number(let number), .text("integer")): number == number.rounded()
        default: false
        }
    }
}

/// As much of JSON Schema as our schemas use.
struct JSONSchema: Sendable {
    /// The schema of reports; `nil` where the tests run beside no checkout.
    static let ofReports = named("report.schema.json")
    /// That of the lines of progress.
    static let ofProgress = named("progress.schema.json")

    private static func named(_ name: String) -> JSONSchema? {
        contents(of: "Sources/Plumbing/Plumbing.docc/\(name)")
            .flatMap { try? JSONDecoder().decode(JSONValue.self, from: $0) }
            .map { JSONSchema(root: $0) }
    }

    let root: JSONValue

    /// What in a document is not as the schema says, each with its place; nothing if all is.
    func violations(in document: Data) throws -> [String] {
        violations(try JSONDecoder().decode(JSONValue.self, from: document), root, "$")
    }

    private func violations(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        var found: [String] = []
        if case .text(let name) = schema["$ref"],
            let target = root["$defs"]?[String(name.dropFirst("#/$defs/".count))]
        {
            found += violations(value, target, place)
        }
        if let choices = schema["anyOf"]?.items,
            choices.allSatisfy({ !violations(value, $0, place).isEmpty })
        {
            found.append("\(place): \(value) is none of the choices")
        }
        if let type = schema["type"] {
            let types = type.items.isEmpty ? [type] : type.items
            if !types.contains(where: value.isOf) {
                found.append("\(place): \(value) is of another type")
            }
        }
        let allowed = schema["enum"]?.items ?? schema["const"].map { [$0] }
        if let allowed, !allowed.contains(value) {
            found.append("\(place): \(value) is not allowed")
        }
        if case (.number(let least), .number(let number)) = (schema["minimum"], value),
            number < least
        {
            found.append("\(place): \(number) is less than \(least)")
        }
        if let item = schema["items"] {
            found += value.items.enumerated().flatMap { violations($1, item, "\(place)[\($0)]") }
        }
        return found + violations(inMembersOf: value, schema, place)
    }

    private func violations(
        inMembersOf value: JSONValue, _ schema: JSONValue, _ place: String
    ) -> [String] {
        guard case .object(let members) = value else { return [] }
        var found: [String] = []
        for case .text(let name) in schema["required"]?.items ?? [] where members[name] == nil {
            found.append("\(place): \(name) is missing")
        }
        for (name, member) in members {
            if let known = schema["properties"]?[name] {
                found += violations(member, known, "\(place).\(name)")
            } else if schema["additionalProperties"] == .boolean(false) {
                found.append("\(place): nobody knows \(name)")
            }
        }
        return found
    }
}
