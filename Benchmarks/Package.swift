// swift-tools-version: 6.2
import PackageDescription

// A package of its own: whoever uses the library never resolves what only measuring needs. The
// version of package-benchmark asks for Swift 6.3.

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let library: [Target.Dependency] = [
  .product(name: "BrickproofCore", package: "Brickproof"),
  .product(name: "BrickproofHost", package: "Brickproof"),
  .product(name: "BrickproofTesting", package: "Brickproof"),
]

let package = Package(
  name: "BrickproofBenchmarks",
  dependencies: [
    .package(name: "Brickproof", path: ".."),
    // Without traits it needs no allocator of its own; its counts of allocations then say nothing.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    // What C code on the same libraries reaches: the denominators of the ratios.
    .target(
      name: "CReference", path: "CReference",
      linkerSettings: [.linkedLibrary("crypto"), .linkedLibrary("z")]),
    // Runs a program and reports its time and memory.
    .executableTarget(name: "usage", path: "Usage"),
    .target(
      name: "Workloads", dependencies: library + ["CReference"], path: "Workloads",
      swiftSettings: settings),
    .executableTarget(
      name: "ratios",
      dependencies: library + [
        "CReference", "Workloads",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Ratios", swiftSettings: settings),
    .executableTarget(
      name: "BrickproofBenchmarks",
      dependencies: library + [
        "Workloads", .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "BrickproofBenchmarks", swiftSettings: settings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
