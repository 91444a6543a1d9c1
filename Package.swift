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
    products: [
        .executable(name: "socketpipe", targets: ["socketpipe"]),
        .executable(name: "socketpipe-remote", targets: ["socketpipe-remote"]),
        .library(name: "SocketpipeRelay", targets: ["SocketpipeRelay"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CSodium", pkgConfig: nil, providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "CLiburing", pkgConfig: nil, providers: [.apt(["liburing-dev"])]),
        .systemLibrary(
            name: "CBearSSL", pkgConfig: nil, providers: [.apt(["libbearssl-dev"])]),
        .target(
            name: "LinuxSystem", dependencies: ["CLinux", "CLiburing"], swiftSettings: strict),
        .target(
            name: "Relaying", dependencies: ["LinuxSystem"], swiftSettings: strict),
        .target(
            name: "Sealing", dependencies: ["Relaying", "LinuxSystem", "CSodium", "CBearSSL"],
            swiftSettings: strict),
        .target(
            name: "Plumbing", dependencies: ["Sealing", "Relaying", "LinuxSystem", "CSodium"],
            swiftSettings: strict),
        .target(
            name: "Volumes", dependencies: ["Plumbing", "Relaying", "LinuxSystem"],
            swiftSettings: strict),
        .target(
            name: "SocketpipeRelay", dependencies: ["Relaying", "LinuxSystem"],
            swiftSettings: strict),
        .executableTarget(
            name: "socketpipe",
            dependencies: [
                "Volumes", "Plumbing", "Relaying", "LinuxSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["socketpipe.1", "completions", "packaging"],
            swiftSettings: strict),
        .executableTarget(
            name: "socketpipe-remote", dependencies: ["Plumbing"], swiftSettings: strict),
        .target(name: "Fixtures", path: "Tests/Fixtures", swiftSettings: strict),
        .target(
            name: "KernelFixtures", dependencies: ["LinuxSystem"], path: "Tests/KernelFixtures",
            swiftSettings: strict),
        .executableTarget(
            name: "known-answers", dependencies: ["Sealing", "Relaying"],
            path: "Tests/KnownAnswers", swiftSettings: strict),
        .target(name: "CBench", path: "Benchmarks/Sources/CBench"),
        .executableTarget(
            name: "socketpipe-bench",
            dependencies: [
                "CBench", "Fixtures",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Sources/socketpipe-bench", swiftSettings: strict),
        .executableTarget(
            name: "socketpipe-soak",
            dependencies: [
                "Fixtures", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Soak", swiftSettings: strict),
        .target(name: "CConfinement", path: "Tests/CConfinement"),
        .executableTarget(name: "tape-drive", path: "Tests/TapeDrive", swiftSettings: strict),
        .executableTarget(name: "fail-call", path: "Tests/FailCall"),
        .testTarget(
            name: "LinuxSystemTests",
            dependencies: ["LinuxSystem", "CLinux", "CConfinement", "KernelFixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "SealingTests",
            dependencies: ["Sealing", "Relaying", "Plumbing", "known-answers"],
            swiftSettings: strict),
        .testTarget(
            name: "PlumbingTests",
            dependencies: [
                "Plumbing", "Sealing", "Relaying", "LinuxSystem", "Volumes", "CConfinement",
                "SocketpipeRelay", "Fixtures", "KernelFixtures",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BenchmarkTests", dependencies: ["socketpipe-bench"], swiftSettings: strict),
        .testTarget(
            name: "SocketpipeTests",
            dependencies: [
                "Fixtures", "socketpipe", "socketpipe-remote", "tape-drive", "fail-call",
            ],
            swiftSettings: strict),
    ]
)

// scripts/fuzz builds it, with the fuzzer's runtime in the place of a main function; nobody else
// could link it.
if Context.environment["SOCKETPIPE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "socketpipe-fuzz",
            dependencies: ["Plumbing", "Sealing", "Relaying", "LinuxSystem"],
            path: "Tests/Fuzzing/Sources", swiftSettings: strict))
}
