import FlashEmulator
import Foundation
import NORFlash
import Testing

@Suite struct PersistenceTests {
  /// Runs `body` with a path in a directory that is gone afterwards.
  func withTemporaryPath(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("brickproof-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory.appendingPathComponent("flash.bin").path)
  }

  /// A flash with everything a sidecar has to keep.
  static func lived(_ name: String) throws -> EmulatedFlash {
    var flash = EmulatedFlash(part: try .named(name), seed: 3)
    flash.register("app", range: FlashRange(start: 0, count: flash.size / 2))
    let unit = Int(flash.part.programUnit)
    let block = Int(try #require(flash.geometry.eraseBlock(at: 0)?.count))
    let data = (0..<unit * 8).map { UInt8(truncatingIfNeeded: $0 &* 11) }
    try flash.erase(at: 0, count: UInt32(block))
    try flash.program(data, at: 0)
    flash.cutPower(at: 0, phase: .torn(seed: 4))
    #expect(throws: FlashError.powerLost) { try flash.erase(at: 0, count: UInt32(block)) }
    flash.restorePower()
    flash.makeWeak(at: UInt32(unit * 9), mask: 0x18)
    if flash.part.eccUnit > 0 {
      flash.makeUnreadable(FlashRange(start: UInt32(unit * 11), count: 1))
    }
    return flash
  }

  @Test(arguments: ["W25Q16JV", "STM32L476", "STM32L072", "nRF52840", "STM32F407"])
  func everythingComesBack(_ name: String) throws {
    try withTemporaryPath { path in
      let flash = try Self.lived(name)
      try flash.save(to: path)
      let dump = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect([UInt8](dump) == flash.allBytes, "the dump is the bytes and nothing else")

      let loaded = try EmulatedFlash.load(from: path)
      let before = flash.snapshot()
      #expect(before == loaded.snapshot())
      let sidecar = flash.sidecar()
      #expect(sidecar == loaded.sidecar())
      #expect(flash.wear == loaded.wear)
      let ranges = flash.namedRanges
      #expect(ranges == loaded.namedRanges)
      #expect(flash.elapsedTime == loaded.elapsedTime)
      #expect(flash.statistics == loaded.statistics)
      let states = flash.blockStates()
      #expect(states == loaded.blockStates())
    }
  }

  @Test func timeGoesOnAfterLoading() throws {
    var flash = EmulatedFlash(part: try .named("STM32L476"))
    try flash.erase(at: 0, count: 2_048)
    try flash.program([UInt8](repeating: 1, count: 16), at: 0)
    var loaded = try EmulatedFlash.restored(
      contents: flash.allBytes, sidecar: flash.sidecar())
    try flash.program([UInt8](repeating: 1, count: 16), at: 16)
    try loaded.program([UInt8](repeating: 1, count: 16), at: 16)
    _ = try flash.bytes(at: 0, count: 1_000)
    _ = try loaded.bytes(at: 0, count: 1_000)
    #expect(flash.elapsedTime == loaded.elapsedTime)
    #expect(flash.elapsedTime.program == .microseconds(4 * 82, 4 * 91))
    let sidecar = flash.sidecar()
    #expect(sidecar == loaded.sidecar())
  }

  @Test func theSidecarIsPrivateAndNothingElseIsLeft() throws {
    try withTemporaryPath { path in
      let flash = EmulatedFlash(part: try .named("STM32L072"))
      try flash.save(to: path)
      try flash.save(to: path)
      let sidecar = EmulatedFlash.sidecarPath(forDump: path)
      let attributes = try FileManager.default.attributesOfItem(atPath: sidecar)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      let directory = (path as NSString).deletingLastPathComponent
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      #expect(names == ["flash.bin", "flash.bin.json"])
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: sidecar)))
      let object = try #require(json as? [String: Any])
      #expect(object["formatVersion"] as? Int == 1)
      #expect(object["part"] as? String == "STM32L072")
    }
  }

  @Test func aDumpChangedByAnotherToolStaysConsistent() throws {
    let flash = EmulatedFlash(part: try .named("STM32L476"))
    var bytes = flash.allBytes
    bytes[17] = 0
    var loaded = try EmulatedFlash.restored(contents: bytes, sidecar: flash.sidecar())
    #expect(throws: FlashError.notErased(address: 16)) {
      try loaded.program([UInt8](repeating: 1, count: 8), at: 16)
    }
    try loaded.program([UInt8](repeating: 1, count: 8), at: 24)
  }

  @Test func errorsNameTheFileAndWhatToDo() throws {
    try withTemporaryPath { path in
      let sidecar = EmulatedFlash.sidecarPath(forDump: path)
      let missing = #expect(throws: FlashDumpError.self) {
        _ = try EmulatedFlash.load(from: path)
      }
      #expect(missing?.description.contains(sidecar) == true)

      try EmulatedFlash(part: .named("STM32L072")).save(to: path)
      try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
      let short = #expect(throws: FlashDumpError.self) { _ = try EmulatedFlash.load(from: path) }
      #expect(
        short
          == .file(path: path, .wrongSize(part: "STM32L072", expected: 196_608, found: 3)))

      try Data("{\"formatVersion\": 1}".utf8).write(to: URL(fileURLWithPath: sidecar))
      let damaged = #expect(throws: FlashDumpError.self) { _ = try EmulatedFlash.load(from: path) }
      #expect(damaged?.description.contains("is missing") == true)
      #expect(damaged?.description.contains(sidecar) == true)
    }
    let unwritable = #expect(throws: FlashDumpError.self) {
      try EmulatedFlash(part: .named("STM32L072")).save(to: "/nonexistent/flash.bin")
    }
    #expect(
      unwritable
        == .cannotWrite(path: "/nonexistent/flash.bin", reason: "No such file or directory"))
  }

  @Test func impossibleSidecarsAreRefused() throws {
    let flash = EmulatedFlash(part: try .named("STM32L476"))
    let bytes = flash.allBytes
    let good = flash.sidecar()
    func refusal(_ change: (inout FlashSidecar) -> Void) -> FlashDumpError? {
      var sidecar = good
      change(&sidecar)
      do throws(FlashDumpError) {
        _ = try EmulatedFlash.restored(contents: bytes, sidecar: sidecar)
        return nil
      } catch {
        return error
      }
    }
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.formatVersion = 2 } == .unsupportedVersion(found: 2, supported: 1))
    #expect(refusal { $0.randomState = "x" } != nil)
    #expect(refusal { $0.part = "STM32L475" } != nil)
    #expect(refusal { $0.wear = [.init(firstBlock: 511, blockCount: 2, erases: 1)] } != nil)
    #expect(refusal { $0.wear = [.init(firstBlock: -1, blockCount: 1, erases: 1)] } != nil)
    #expect(refusal { $0.wear = [.init(firstBlock: 1, blockCount: .max, erases: 1)] } != nil)
    #expect(
      refusal {
        $0.units = [.init(firstUnit: 131_071, unitCount: 2, programs: 1, isUnreadable: false)]
      } != nil)
    #expect(
      refusal {
        $0.units = [.init(firstUnit: 0, unitCount: 1, programs: 128, isUnreadable: false)]
      } != nil)
    #expect(refusal { $0.weakBits = [.init(address: 1_048_575, masks: "0102")] } != nil)
    #expect(refusal { $0.weakBits = [.init(address: 0, masks: "0g")] } != nil)
    #expect(refusal { $0.weakBits = [.init(address: 0, masks: "012")] } != nil)
  }

  @Test func aSidecarFitsIntoALargerOne() throws {
    struct Device: Codable, Equatable {
      var name: String
      var flash: FlashSidecar
    }
    let flash = try Self.lived("STM32L476")
    let device = Device(name: "thermostat", flash: flash.sidecar())
    let data = try JSONEncoder().encode(device)
    #expect(try JSONDecoder().decode(Device.self, from: data) == device)
  }
}
