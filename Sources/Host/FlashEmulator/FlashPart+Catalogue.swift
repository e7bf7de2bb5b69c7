internal import NORFlash

// Figures and their sources: facts gathered from vendor data sheets, SFDP tables and maintained
// code bases in November 2026. Where a figure of a group comes from a weaker source than the rest,
// the whole group carries the weaker tag.

extension FlashPart {
  /// The parts the emulator knows by name, serial flash first.
  public static let catalogue: [FlashPart] = serialParts + embeddedParts

  private static let serialParts: [FlashPart] = [
    serial(
      "W25Q16JV", kibibytes: 2_048, page: .milliseconds(0.4, 3), winbondErase,
      evidence: (.codeBase, .memory, .memory)),
    serial(
      "W25Q32JV", kibibytes: 4_096, page: .milliseconds(0.4, 3), winbondErase,
      evidence: (.codeBase, .memory, .memory)),
    serial(
      "W25Q128JV", kibibytes: 16_384, page: .milliseconds(0.4, 3), winbondErase,
      evidence: (.codeBase, .codeBase, .codeBase)),
    serial(
      "W25Q512JV", kibibytes: 65_536, page: .microseconds(704, 4_224),
      [(4, 64, 896), (32, 128, 1_792), (64, 160, 2_240)], evidence: (.sfdp, .sfdp, .memory)),
    serial(
      "MX25R6435F", kibibytes: 8_192, page: .microseconds(896, 5_376), macronixErase,
      evidence: (.sfdp, .sfdp, .memory)),
    serial(
      "MX25R8035F", kibibytes: 1_024, page: .microseconds(896, 5_376), macronixErase,
      evidence: (.sfdp, .sfdp, .memory)),
    serial(
      "MX66L1G45G", kibibytes: 131_072, page: .microseconds(256, 3_072),
      [(4, 30, 420), (32, 160, 2_240), (64, 288, 4_032)], evidence: (.sfdp, .sfdp, .memory)),
    serial(
      "IS25LX128", kibibytes: 16_384, page: .milliseconds(0.15, 1.8),
      [(4, 80, 400), (32, 130, 1_000), (128, 280, 1_000)],
      evidence: (.datasheet, .datasheet, .memory)),
    serial(
      "AT25XE041B", kibibytes: 512, page: .milliseconds(1.5, 3),
      [(4, 45, 60), (32, 360, 450), (64, 720, 850)], evidence: (.codeBase, .codeBase, .memory)),
    serial(
      "ESP32-C3-MINI-1", kibibytes: 4_096, page: .milliseconds(0.8, 5),
      [(4, 70, 500), (32, 200, 2_000), (64, 300, 3_000)],
      evidence: (.datasheet, .datasheet, .datasheet)),
    // The parameter sectors of 4 KiB lie at the bottom; only they take the 4 KiB command.
    make(
      "S25FL128S", .serial, blocks: [(32, 4), (254, 64)], unit: 1, page: 256,
      program: .milliseconds(0.25, 0.75), erase: [(4, 130, 650), (64, 130, 650)],
      endurance: 100_000, evidence: (.codeBase, .memory, .memory)),
    make(
      "S25FL512S", .serial, blocks: [(256, 256)], unit: 1, page: 512,
      program: .milliseconds(0.34, 0.75), erase: [(256, 520, 2_600)],
      endurance: 100_000, evidence: (.codeBase, .memory, .memory)),
  ]

  private static let embeddedParts: [FlashPart] = [
    make(
      "STM32F103", .embedded, blocks: [(256, 2)], unit: 2, rule: .onceThenAllProgrammed,
      program: .microseconds(52.5, 70), erase: [(2, 20, 40)], endurance: 10_000,
      evidence: (.codeBase, .codeBase, .memory)),
    make(
      "STM32F407", .embedded, blocks: [(4, 16), (1, 64), (7, 128)], unit: 4,
      program: .microseconds(16, 100),
      erase: [(16, 250, 500), (64, 550, 1_100), (128, 1_000, 2_000)],
      endurance: 10_000, evidence: (.codeBase, .memory, .memory)),
    make(
      "STM32L072", .embedded, blocks: [(1_536, 0.125)], unit: 4, erased: .zeros,
      program: .milliseconds(3.2, 3.9), erase: [(0.125, 3.2, 3.9)], endurance: 10_000,
      evidence: (.codeBase, .memory, .memory)),
    make(
      "STM32L476", .embedded, blocks: [(512, 2)], unit: 8, ecc: 8, rule: .onceThenAllProgrammed,
      program: .microseconds(82, 91), erase: [(2, 22, 24.5)], endurance: 10_000,
      evidence: (.codeBase, .memory, .memory)),
    make(
      "STM32G0B1", .embedded, blocks: [(256, 2)], unit: 8, ecc: 8, rule: .onceThenAllProgrammed,
      program: .microseconds(85, 125), erase: [(2, 22, 40)], endurance: 10_000,
      evidence: (.codeBase, .codeBase, .memory)),
    make(
      "STM32H743", .embedded, blocks: [(16, 128)], unit: 32, ecc: 32, rule: .once,
      program: .microseconds(130, 260), erase: [(128, 1_100, 2_200)], endurance: 10_000,
      evidence: (.datasheet, .datasheet, .datasheet)),
    make(
      "STM32U585", .embedded, blocks: [(256, 8)], unit: 16, ecc: 16, rule: .once,
      program: .microseconds(100, 200), erase: [(8, 1.5, 2.5)], endurance: 10_000,
      evidence: (.codeBase, .memory, .memory)),
    make(
      "nRF52840", .embedded, blocks: [(256, 4)], unit: 4, rule: .times(limit: 2),
      program: .microseconds(41, 41), erase: [(4, 85, 85)], endurance: 10_000,
      evidence: (.codeBase, .codeBase, .codeBase)),
    make(
      "RA6M4", .embedded, blocks: [(8, 8), (30, 32)], unit: 128, rule: .once,
      program: .milliseconds(0.34, 6), erase: [(8, 39, 120), (32, 141, 480)], endurance: 10_000,
      evidence: (.codeBase, .memory, .memory)),
  ]

  /// KiB, typical and maximum milliseconds.
  private typealias Erase = (kibibytes: Double, typical: Double, maximum: Double)
  private typealias Evidence = (
    geometry: EvidenceSource, timing: EvidenceSource, endurance: EvidenceSource
  )

  private static let winbondErase: [Erase] = [(4, 45, 400), (32, 120, 1_600), (64, 150, 2_000)]
  private static let macronixErase: [Erase] = [(4, 48, 384), (32, 240, 1_920), (64, 480, 3_840)]

  /// A serial part with uniform 4 KiB blocks, pages of 256 bytes and 100,000 cycles.
  private static func serial(
    _ name: String, kibibytes: UInt32, page: TimingRange, _ erase: [Erase], evidence: Evidence
  ) -> FlashPart {
    make(
      name, .serial, blocks: [(kibibytes / 4, 4)], unit: 1, page: 256, program: page, erase: erase,
      endurance: 100_000, evidence: evidence)
  }

  private static func make(
    _ name: String, _ family: FlashPartFamily, blocks: [(count: UInt32, kibibytes: Double)],
    unit: UInt32, ecc: UInt32 = 0, rule: RewriteRule = .anyBit, erased: ErasedContent = .ones,
    page: UInt32? = nil, program: TimingRange, erase: [Erase], endurance: UInt32,
    evidence: Evidence
  ) -> FlashPart {
    do {
      var geometry = FlashGeometry(erased: erased, rewriteRule: rule)
      for run in blocks {
        try geometry.append(
          blockCount: run.count, eraseBlock: UInt32(run.kibibytes * 1_024), programUnit: unit,
          eccUnit: ecc)
      }
      let commands = erase.map {
        EraseCommand(
          size: UInt32($0.kibibytes * 1_024), time: .milliseconds($0.typical, $0.maximum))
      }
      return try FlashPart(
        name: name, family: family, geometry: geometry,
        timing: FlashTiming(
          programPage: page ?? unit, pageProgram: program, eraseCommands: commands,
          bus: family == .serial ? .quadSerial80MHz : .memoryMapped),
        endurance: endurance,
        evidence: FlashPartEvidence(
          geometry: evidence.geometry, timing: evidence.timing, endurance: evidence.endurance))
    } catch {
      preconditionFailure("the catalogue describes \(name) wrongly: \(error)")
    }
  }
}
