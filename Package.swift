// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "socketpipe",
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CSodium", pkgConfig: nil, providers: [.apt(["libsodium-dev"])]),
        .target(name: "LinuxSystem", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "Plumbing", dependencies: ["LinuxSystem", "CSodium"], swiftSettings: strict),
        .testTarget(
            name: "LinuxSystemTests", dependencies: ["LinuxSystem", "CLinux"],
            swiftSettings: strict),
        .testTarget(
            name: "PlumbingTests", dependencies: ["Plumbing", "LinuxSystem"],
            swiftSettings: strict),
    ]
)
