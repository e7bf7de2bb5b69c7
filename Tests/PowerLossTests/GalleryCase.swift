import FlashEmulator
import NORFlash
import Testing

/// One updater of the gallery in one variant, ready for the emulator.
struct GalleryCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// The name of its page in the documentation.
  let page: String
  let variant: Variant
  let part: FlashPart
  let preset: String
  let allowedOutcomes: [String]
  let finding: BrickFinding
  let manufacture: @Sendable (inout EmulatedFlash) throws(FlashError) -> Void
  let powerOn: @Sendable (inout EmulatedFlash, inout [UInt8]) throws(FlashError) -> BrickLife

  init<B: Brick>(_ brick: B.Type, _ variant: Variant) {
    name = B.name
    page = "\(B.self)"
    self.variant = variant
    part = B.part
    preset = B.preset
    allowedOutcomes = B.allowedOutcomes
    finding = B.finding
    manufacture = { (flash) throws(FlashError) in try B.manufacture(&flash) }
    powerOn = { (flash, witness) throws(FlashError) in
      try B.powerOn(&flash, variant, witness: &witness)
    }
  }

  /// Whether the preset leaves so few images that all can be run in a debug build.
  var isQuick: Bool { preset == "atomic" || preset == "prefix" }

  var testDescription: String { "\(name) (\(variant))" }

  /// A flash in the state in which the story begins.
  func manufactured() throws -> EmulatedFlash {
    var flash = EmulatedFlash(part: part)
    try manufacture(&flash)
    return flash
  }

  /// What a cut may leave.
  func faults() throws -> FaultModel { try #require(FaultModel.named(preset)) }

  static let defects = every(.defect)
  static let twins = every(.mended)
  static let all = defects + twins

  private static func every(_ variant: Variant) -> [GalleryCase] {
    [
      GalleryCase(TornMagic.self, variant),
      GalleryCase(SurvivingMemory.self, variant),
      GalleryCase(LostReturn.self, variant),
      GalleryCase(InterruptedRevert.self, variant),
      GalleryCase(UncleanTrailer.self, variant),
      GalleryCase(WrongSlotHeader.self, variant),
      GalleryCase(EndlessRevert.self, variant),
      GalleryCase(InterruptedErase.self, variant),
      GalleryCase(UnstableClose.self, variant),
      GalleryCase(HeaderThenZeros.self, variant),
      GalleryCase(CodeErrorLoop.self, variant),
      GalleryCase(RepeatedFixup.self, variant),
      GalleryCase(ErasedDecision.self, variant),
    ]
  }
}
