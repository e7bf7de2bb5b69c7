import COpenSSL
import FlashPartitions
import Foundation
import NORFlash
import TableFormats
import Testing

/// Tables whose bytes were published by, or compared with, Espressif's `gen_esp32part.py`.
@Suite struct PublishedVectorTests {
  /// The layout of ESP-IDF's table with a factory app and two OTA apps; all offsets are blank.
  static let twoSlots = """
    # Name,   Type, SubType, Offset, Size, Flags
    nvs,      data, nvs,     ,  0x4000
    otadata,  data, ota,     ,  0x2000
    phy_init, data, phy,     ,  0x1000
    factory,  app,  factory, ,  1M
    ota_0,    app,  ota_0,   ,  1M
    ota_1,    app,  ota_1,   ,  1M

    """

  @Test func theTableWithTwoSlots() throws {
    let table = try ESPCSV.parse(Array(Self.twoSlots.utf8)).table
    let offsets = table.indices.map { table[$0].range.start }
    #expect(offsets == [0x9000, 0xD000, 0xF000, 0x10000, 0x110000, 0x210000])
    let bytes = try table.espBinary()
    #expect(bytes.count == 3072)
    #expect(hex(bytes[0..<16]) == "aa50010200900000004000006e767300")
    #expect(hex(bytes[208..<224]) == "bf25822c0fa6d8641bd930251e06b4c4")
    #expect(
      sha256(bytes) == "d1c0e9d02fa9d26cd2e1984e7b5dd20157204f501ddc83ce82229e5f3175ee8b")
    #expect(CRC32.checksum(of: bytes.span) == 0x3B2B_11F3)
    let read = try TableFile(bytes)
    #expect(read.format == .bin)
    #expect(read.table == table)
  }

  @Test func aFileIsKnownByItsContent() throws {
    let path = NSTemporaryDirectory() + "brickproof-table-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Self.twoSlots.write(toFile: path, atomically: true, encoding: .utf8)
    let file = try TableFile.load(path)
    #expect(file.format == .csv)
    try Data(try file.table.espBinary()).write(to: URL(fileURLWithPath: path))
    let binary = try TableFile.load(path)
    #expect(binary.format == .bin)
    #expect(binary.table == file.table)
  }

  /// Sizes as in the bytes of that table; the comments beside them name larger ones.
  @Test func theTableOfTheToolsOwnTests() throws {
    var table = PartitionTable()
    try table.append(row("factory", 0, 0, 0x10000, 0x100000))
    try table.append(row("data", 1, 0x20, 0x110000, 0x200))
    try table.append(row("second", 0x10, 0, 0x150000, 0x1000))
    #expect(hex(try table.espBinary()[112..<128]) == "f9bd061b45686f86571a2cd52a1da65b")
  }

  private func hex(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private func sha256(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    var count = 0
    unsafe bytes.withUnsafeBytes { input in
      _ = unsafe EVP_Q_digest(
        nil, "SHA256", nil, input.baseAddress, input.count, &digest, &count)
    }
    return hex(digest[...])
  }
}

func row(
  _ name: String, _ type: UInt8, _ subtype: UInt8, _ start: UInt32, _ count: UInt32,
  _ flags: UInt32 = 0
) -> Partition {
  Partition(
    label: try! PartitionLabel(text: name),
    kind: PartitionKind(type: PartitionType(rawValue: type), subtype: subtype),
    range: FlashRange(start: start, count: count), flags: PartitionFlags(rawValue: flags))
}
