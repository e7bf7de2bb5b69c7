import FlashEmulator
import NORFlash
import Testing

@Suite struct FlashPartTests {
  @Test func theCatalogueCoversEveryClassOfPart() {
    let parts = FlashPart.catalogue
    #expect(parts.count >= 12)
    #expect(Set(parts.map { $0.name.lowercased() }).count == parts.count)
    #expect(parts.contains { $0.family == .serial })
    #expect(parts.contains { $0.geometry.regionCount > 1 && $0.family == .serial })
    #expect(parts.contains { $0.geometry.regionCount > 1 && $0.family == .embedded })
    #expect(parts.contains { $0.geometry.erased == .zeros })
    #expect(parts.contains { $0.geometry.rewriteRule == .once && $0.eccUnit > 0 })
    #expect(parts.contains { $0.geometry.rewriteRule == .onceThenAllProgrammed })
    #expect(parts.contains { $0.geometry.rewriteRule == .times(limit: 2) })
  }

  @Test func sizesAreThoseOfTheNames() throws {
    let sizes: [(String, UInt32)] = [
      ("W25Q16JV", 2 << 20), ("W25Q128JV", 16 << 20), ("MX25R6435F", 8 << 20),
      ("S25FL128S", 16 << 20), ("S25FL512S", 64 << 20), ("AT25XE041B", 512 << 10),
      ("STM32F407", 1 << 20), ("STM32L072", 192 << 10), ("STM32L476", 1 << 20),
      ("STM32H743", 2 << 20), ("STM32G0B1", 512 << 10), ("STM32U585", 2 << 20),
      ("nRF52840", 1 << 20), ("RA6M4", 1 << 20),
    ]
    for (name, size) in sizes { #expect(try FlashPart.named(name).size == size, "\(name)") }
  }

  @Test func timesAreOrdered() {
    for part in FlashPart.catalogue {
      let program = part.timing.pageProgram
      #expect(program.typical > 0 && program.typical <= program.maximum, "\(part.name)")
      for command in part.timing.eraseCommands {
        #expect(command.time.typical > 0 && command.time.typical <= command.time.maximum)
      }
      #expect(part.endurance >= 1_000)
    }
  }

  @Test func namesAreFoundWhateverTheirCase() throws {
    #expect(try FlashPart.named("w25q128jv").name == "W25Q128JV")
    #expect(try FlashPart.named("NRF52840").name == "nRF52840")
  }

  @Test func aNameThatIsAlmostRightGetsSuggestions() throws {
    let error = try #require(throws: UnknownFlashPart.self) { try FlashPart.named("W25Q128FV") }
    #expect(error.suggestions.first == "W25Q128JV")
    #expect(error.description.contains("did you mean W25Q128JV"))
    let prefix = try #require(throws: UnknownFlashPart.self) { try FlashPart.named("stm32h7") }
    #expect(prefix.suggestions.contains("STM32H743"))
    let strange = try #require(throws: UnknownFlashPart.self) { try FlashPart.named("zzzzzzzzzzz") }
    #expect(strange.suggestions.isEmpty)
    #expect(strange.description.contains("brickproof flash parts"))
  }

  @Test func partsThatDoNotFitTogetherAreRefused() {
    func make(
      _ geometry: FlashGeometry, page: UInt32, erase: UInt32
    ) throws(FlashPartError) -> FlashPart {
      try FlashPart(
        name: "x", family: .serial, geometry: geometry,
        timing: FlashTiming(
          programPage: page, pageProgram: .zero,
          eraseCommands: [EraseCommand(size: erase, time: .zero)], bus: .serial80MHz),
        endurance: 1,
        evidence: FlashPartEvidence(geometry: .memory, timing: .memory, endurance: .memory))
    }
    func geometry(ecc: UInt32 = 0, rule: RewriteRule = .anyBit) -> FlashGeometry {
      FlashGeometry(
        blockCount: 2, eraseBlock: 512, programUnit: 4, eccUnit: ecc, rewriteRule: rule)
    }
    #expect(throws: FlashPartError.noRegions) { try make(FlashGeometry(), page: 4, erase: 512) }
    #expect(throws: FlashPartError.noEraseCommand(size: 512)) {
      try make(geometry(), page: 4, erase: 256)
    }
    #expect(throws: FlashPartError.invalidProgramPage(2)) {
      try make(geometry(), page: 2, erase: 512)
    }
    #expect(throws: FlashPartError.eccUnitAboveProgramUnit(8)) {
      try make(geometry(ecc: 8), page: 4, erase: 512)
    }
    #expect(throws: FlashPartError.invalidRewriteLimit(0)) {
      try make(geometry(rule: .times(limit: 0)), page: 4, erase: 512)
    }
    #expect(throws: FlashPartError.mixedUnits(region: 1)) {
      var mixed = geometry()
      try mixed.append(blockCount: 1, eraseBlock: 512, programUnit: 8)
      _ = try make(mixed, page: 8, erase: 512)
    }
  }

  @Test(arguments: FlashPart.catalogue.filter { $0.size <= 16 << 20 }.map(\.name))
  func everyPartErasesProgramsAndReads(_ name: String) throws {
    var flash = EmulatedFlash(part: try .named(name))
    let unit = Int(flash.part.programUnit)
    let geometry = flash.geometry
    let block = try #require(geometry.eraseBlock(at: geometry.blockCount - 1))
    let data = (0..<unit).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 1) }
    let address = UInt32(block.end) - UInt32(unit)
    try flash.program(data, at: address)
    #expect(try flash.bytes(at: address, count: unit) == data)
    #expect(flash.blockStates().last == .written)
    try flash.erase(at: block.start, count: block.count)
    #expect(
      try flash.bytes(at: address, count: unit)
        == [UInt8](repeating: flash.geometry.erased.byte, count: unit))
    #expect(flash.blockStates().allSatisfy { $0 == .erased })
    #expect(flash.wear.last == 1)
  }
}
