import FirmwareImage
import Foundation
import ImageBuilder
import TestSupport
import Testing

/// A combination of alignments, and what imgtool is told for it.
struct TrailerCase: Sendable, CustomTestStringConvertible {
  var writeAlignment: Int
  var maximumAlignment: Int?
  var trailer: SlotTrailer
  var mode = SlotLayout.UpgradeMode.swap
  var erasedValue: UInt8 = 0xFF

  var testDescription: String {
    "align \(writeAlignment), max \(maximumAlignment ?? 0), \(trailer), \(mode), \(erasedValue)"
  }

  var recipe: ImageRecipe {
    var recipe = Fixtures.recipe
    recipe.slot = SlotLayout(
      size: 0x20000, writeAlignment: writeAlignment, maximumAlignment: maximumAlignment,
      upgradeMode: mode)
    recipe.trailer = trailer
    recipe.erasedValue = erasedValue
    recipe.headerSize = 64
    return recipe
  }

  var arguments: [String] {
    var words = [
      "sign", "-H", "64", "--pad-header", "-S", "0x20000", "-v", "1.2.3+4",
      trailer == .confirmed ? "--confirm" : "--pad", "--align", "\(writeAlignment)",
      "-R", erasedValue == 0 ? "0" : "0xff",
    ]
    if let maximumAlignment { words += ["--max-align", "\(maximumAlignment)"] }
    if mode == .overwriteOnly { words.append("--overwrite-only") }
    return words
  }

  static let all: [TrailerCase] = {
    var cases: [TrailerCase] = []
    for alignment in [1, 2, 4, 8, 16, 32] {
      cases.append(TrailerCase(writeAlignment: alignment, trailer: .confirmed))
    }
    for (alignment, maximum) in [(1, 8), (1, 16), (8, 32), (16, 16), (16, 32)] {
      cases.append(
        TrailerCase(writeAlignment: alignment, maximumAlignment: maximum, trailer: .pending))
      cases.append(
        TrailerCase(writeAlignment: alignment, maximumAlignment: maximum, trailer: .confirmed))
    }
    cases.append(
      TrailerCase(writeAlignment: 8, maximumAlignment: 32, trailer: .confirmed, erasedValue: 0))
    cases.append(TrailerCase(writeAlignment: 4, trailer: .pending, mode: .overwriteOnly))
    cases.append(TrailerCase(writeAlignment: 32, trailer: .pending, mode: .overwriteOnly))
    return cases
  }()
}

@Suite struct TrailerTests {
  @Test(.enabled(if: Tool.imgtool != nil), arguments: TrailerCase.all)
  func isTheTrailerOfImgtool(_ trailer: TrailerCase) throws {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let answer = try imgtool.run(
      trailer.arguments + [Fixtures.path("images/payload.bin"), folder.file("image.bin")])
    try #require(answer.status == 0, "\(answer.output)")
    let payload = try Fixtures.bytes("images/payload.bin")
    let built = try trailer.recipe.build(payload: payload.span, signingKey: nil)
    #expect(try built == folder.read("image.bin"))
  }

  /// The sizes that MCUboot computes, and what imgtool reserves for keys of 16 bytes.
  @Test(arguments: [(1, 432), (4, 1584), (8, 3120), (16, 6224), (32, 12448)])
  func reservesWhatTheLoaderNeeds(_ alignment: Int, _ size: Int) {
    let slot = SlotLayout(size: 0x20000, writeAlignment: alignment)
    #expect(slot.trailerSize(contentKeySize: nil) == size)
    let aligned = max(8, alignment)
    #expect(slot.trailerSize(contentKeySize: 16) == size + 2 * max(16, aligned))
    #expect(slot.trailerSize(contentKeySize: 32) == size + 64)
  }

  @Test func fillsTheSlotToTheLastByteThatIsFree() throws {
    let payload = [UInt8](repeating: 1, count: 100)
    var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 0, revision: 0))
    // 32 header, 100 payload, 4 area, 36 hash, 432 trailer: 604, aligned to 608.
    recipe.slot = SlotLayout(size: 608)
    recipe.trailer = .pending
    #expect(try recipe.build(payload: payload.span, signingKey: nil).count == 608)
    recipe.slot = SlotLayout(size: 600)
    #expect(
      throws: ImageBuilderError.imageExceedsSlot(imageSize: 172, trailerSize: 432, slotSize: 600)
    ) { try recipe.build(payload: payload.span, signingKey: nil) }
  }
}
