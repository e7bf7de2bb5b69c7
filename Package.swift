// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target: strict memory safety, and no warning may stay.
let common: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The Core floor is also compiled as Embedded Swift by `Scripts/check-embedded`.
let portable = common + [.treatWarning("EmbeddedRestrictions", as: .error)]

func core(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Core/\(name)", swiftSettings: portable)
}

func host(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Host/\(name)", swiftSettings: common)
}

func tests(
  of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.target(name: name), "TestSupport"] + dependencies,
    exclude: exclude, swiftSettings: common)
}

let package = Package(
  name: "Brickproof",
  products: [
    .library(
      name: "BrickproofCore",
      targets: [
        "NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "Bootloader", "SlotInstaller",
      ]),
    .library(
      name: "BrickproofHost",
      targets: [
        "OpenSSLCrypto", "ImageCompression", "ImageBuilder", "ImageTransfer", "TableFormats",
      ]),
    .library(
      name: "BrickproofTesting",
      targets: ["FlashEmulator", "PowerLoss", "DeviceModel", "UpdateScenarios"]),
    .executable(name: "brickproof", targets: ["brickproof"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // Core: portable, each also an Embedded Swift module.
    core("NORFlash"),
    core("FlashPartitions", ["NORFlash"]),
    core("FirmwareImage", ["NORFlash"]),
    core("BootState", ["NORFlash", "FirmwareImage"]),
    core("Bootloader", ["NORFlash", "FlashPartitions", "FirmwareImage", "BootState"]),
    core(
      "SlotInstaller",
      ["NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "Bootloader"]),

    // Host: needs an operating system.
    .systemLibrary(
      name: "COpenSSL", path: "Sources/Host/COpenSSL", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/Host/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CLZMA", path: "Sources/Host/CLZMA", pkgConfig: "liblzma",
      providers: [.apt(["liblzma-dev"])]),
    host("OpenSSLCrypto", ["NORFlash", "FirmwareImage", "COpenSSL"]),
    host("ImageCompression", ["NORFlash", "FirmwareImage", "OpenSSLCrypto", "CZlib", "CLZMA"]),
    host("ImageBuilder", ["NORFlash", "FirmwareImage", "OpenSSLCrypto", "ImageCompression"]),
    host("ImageTransfer", ["NORFlash", "FirmwareImage", "OpenSSLCrypto"]),
    host("TableFormats", ["NORFlash", "FlashPartitions", "COpenSSL"]),
    host("FlashEmulator", ["NORFlash"]),
    host("PowerLoss", ["NORFlash", "FlashEmulator"]),
    host(
      "DeviceModel",
      [
        "NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "Bootloader", "SlotInstaller",
        "OpenSSLCrypto", "ImageCompression", "TableFormats", "FlashEmulator",
      ]),
    .target(
      name: "UpdateScenarios",
      dependencies: [
        "NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "Bootloader", "OpenSSLCrypto",
        "FlashEmulator", "PowerLoss", "DeviceModel", "CZlib",
      ],
      path: "Sources/Host/UpdateScenarios", exclude: ["Images/make"],
      resources: [
        .embedInCode("Images/signing-key.pem"), .embedInCode("Images/key-encryption-key.bin"),
        .embedInCode("Images/version-1.img"), .embedInCode("Images/version-2.img"),
        .embedInCode("Images/version-3.img"), .embedInCode("Images/version-4.img"),
        .embedInCode("Images/version-5.img"), .embedInCode("Images/version-3-encrypted.img"),
      ],
      swiftSettings: common),

    // Tools.
    .executableTarget(
      name: "brickproof",
      dependencies: [
        "NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "Bootloader", "SlotInstaller",
        "OpenSSLCrypto", "ImageCompression", "ImageBuilder", "TableFormats", "FlashEmulator",
        "PowerLoss",
        "DeviceModel", "UpdateScenarios",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Tools/brickproof", swiftSettings: common),

    // Tests.
    .target(
      name: "TestSupport",
      dependencies: [
        "NORFlash", "FirmwareImage", "BootState", "Bootloader", "FlashEmulator", "OpenSSLCrypto",
        "ImageCompression", "ImageBuilder",
      ],
      path: "Tests/Support", swiftSettings: common),
    tests(of: "NORFlash", ["CZlib"]),
    tests(of: "FlashPartitions", ["TableFormats"]),
    tests(
      of: "FirmwareImage", ["NORFlash", "OpenSSLCrypto", "ImageBuilder"], exclude: ["Fixtures"]),
    tests(of: "OpenSSLCrypto", ["NORFlash", "FirmwareImage"], exclude: ["Fixtures"]),
    tests(of: "ImageCompression", ["NORFlash", "FirmwareImage", "OpenSSLCrypto", "ImageBuilder"]),
    tests(of: "ImageBuilder", ["NORFlash", "FirmwareImage", "OpenSSLCrypto", "ImageCompression"]),
    tests(
      of: "ImageTransfer",
      ["NORFlash", "FirmwareImage", "OpenSSLCrypto", "ImageBuilder", "FlashEmulator"]),
    tests(of: "BootState", ["NORFlash", "FirmwareImage"], exclude: ["Oracle"]),
    tests(
      of: "Bootloader",
      [
        "NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "FlashEmulator",
        "OpenSSLCrypto", "ImageBuilder",
      ]),
    tests(
      of: "SlotInstaller",
      [
        "NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "Bootloader", "FlashEmulator",
        "OpenSSLCrypto", "ImageCompression", "ImageBuilder",
      ]),
    tests(of: "TableFormats", ["NORFlash", "FlashPartitions"]),
    tests(of: "FlashEmulator", ["NORFlash"]),
    tests(of: "PowerLoss", ["NORFlash", "FlashEmulator"]),
    tests(of: "UpdateScenarios", ["NORFlash", "BootState", "FlashEmulator", "PowerLoss"]),
    tests(
      of: "DeviceModel",
      [
        "NORFlash", "FlashPartitions", "FirmwareImage", "BootState", "Bootloader", "SlotInstaller",
        "OpenSSLCrypto", "ImageCompression", "ImageBuilder", "TableFormats", "FlashEmulator",
      ]),
    .testTarget(
      name: "CommandTests", dependencies: ["brickproof", "TestSupport"], swiftSettings: common),
  ]
)
