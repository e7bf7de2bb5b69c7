import FlashEmulator
import NORFlash
import PowerLoss

/// The simplest updater that withstands power cuts: it copies a new image over the old one, block by
/// block, and marks each block that is done in a block of its own.
struct CopyUpdater: Sendable {
  /// When the mark of a block is written.
  enum Order: Sendable {
    /// When the block is copied.
    case copyThenMark
    /// Before: a defect, for a cut in between leaves a block that is marked and not copied.
    case markThenCopy
  }

  /// The blocks of an image.
  static let blocks: UInt32 = 2

  var order: Order
  /// The first block: image, update and marks follow each other.
  var base: UInt32
  /// The size of an erase block.
  var block: UInt32
  /// The bytes of each block that the image uses.
  var used: UInt32
  /// The bytes of a mark: whole program units.
  var markSize: UInt32

  private func imageAddress(_ index: UInt32) -> UInt32 { base + index * block }
  private func updateAddress(_ index: UInt32) -> UInt32 { base + (Self.blocks + index) * block }
  private func markAddress(_ index: UInt32) -> UInt32 { base + (2 * Self.blocks + index) * block }

  /// What a mark consists of: neither erased nor all programmed, whatever the part.
  private var mark: [UInt8] {
    (0..<markSize).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 0x5A) }
  }

  /// The content of a block of the old or of the new image.
  private static func content(_ index: UInt32, _ count: UInt32, seed: UInt32) -> [UInt8] {
    (0..<count).map {
      UInt8(truncatingIfNeeded: ((index << 16 | $0) &* 2_654_435_761 &+ seed) >> 9)
    }
  }

  /// Writes the old image, and the update beside it.
  func prepare(_ flash: inout EmulatedFlash) throws(FlashError) {
    for index in 0..<Self.blocks {
      try flash.program(at: imageAddress(index), Self.content(index, used, seed: 1).span)
      try flash.program(at: updateAddress(index), Self.content(index, used, seed: 2).span)
    }
  }

  /// Goes on with the update, and says what the image is then.
  func run<Flash: FlashDevice & ~Copyable>(on flash: inout Flash) throws(FlashError) -> String
  where Flash.Failure == FlashError {
    for index in 0..<Self.blocks where try bytes(at: markAddress(index), markSize, &flash) != mark {
      if order == .markThenCopy { try setMark(index, &flash) }
      try flash.erase(at: imageAddress(index), count: block)
      guard let update = try bytes(at: updateAddress(index), used, &flash) else { return "lost" }
      try flash.program(at: imageAddress(index), update.span)
      if order == .copyThenMark { try setMark(index, &flash) }
    }
    for index in 0..<Self.blocks {
      let content = try bytes(at: imageAddress(index), used, &flash)
      guard content == Self.content(index, used, seed: 2) else { return "mixed" }
    }
    return "new"
  }

  /// Erases first: on some parts what a cut left of an earlier mark cannot be programmed again.
  private func setMark<Flash: FlashDevice & ~Copyable>(
    _ index: UInt32, _ flash: inout Flash
  ) throws(FlashError) where Flash.Failure == FlashError {
    try flash.erase(at: markAddress(index), count: block)
    try flash.program(at: markAddress(index), mark.span)
  }

  /// The bytes, or `nil` if the flash cannot read them.
  private func bytes<Flash: FlashDevice & ~Copyable>(
    at address: UInt32, _ count: UInt32, _ flash: inout Flash
  ) throws(FlashError) -> [UInt8]? where Flash.Failure == FlashError {
    var bytes = [UInt8](repeating: 0, count: Int(count))
    var span = bytes.mutableSpan
    do throws(FlashError) {
      try flash.read(at: address, into: &span)
    } catch .unreadable {
      return nil
    } catch {
      throw error
    }
    return bytes
  }
}

extension CopyUpdater {
  /// The updater and its defective twin.
  static let listings: [ScenarioListing] = [
    listing(
      "copy-updater", .copyThenMark,
      "copies an update over the image block by block; the simplest example"),
    listing(
      "copy-updater-marks-first", .markThenCopy,
      "the same with a defect on purpose, to see what a failure looks like"),
  ]

  private static func listing(
    _ name: String, _ order: Order, _ summary: String
  ) -> ScenarioListing {
    let defaultPart = "AT25XE041B"
    return ScenarioListing(name: name, summary: summary, defaultPart: defaultPart) { part in
      let part = try FlashPart.named(part ?? defaultPart)
      var scenario = try CopyUpdater(order, on: part).scenario(name, on: part)
      scenario.summary = summary
      return scenario
    }
  }

  /// Puts the updater into the smallest erase blocks of which the part has enough.
  init(_ order: Order, on part: FlashPart) throws(CommandFailure) {
    let needed = 3 * Self.blocks
    let regions = (0..<part.geometry.regionCount).map { part.geometry.region(at: $0) }
    let fitting = regions.filter { $0.blockCount >= needed }
    guard let region = fitting.min(by: { $0.eraseBlock < $1.eraseBlock }) else {
      throw .usage("\(part.name) has no \(needed) erase blocks of one size behind each other")
    }
    self.init(
      order: order, base: region.start, block: region.eraseBlock,
      used: min(region.eraseBlock, 1_024), markSize: max(16, region.programUnit))
  }

  /// The scenario that a search needs.
  func scenario(_ name: String, on part: FlashPart) -> Scenario {
    var scenario = Scenario(name: name, part: part) { flash in
      try prepare(&flash)
    } powerOn: { device in
      device.flash.activity = "copy updater"
      return .settled(try run(on: &device.flash))
    }
    scenario.allowedOutcomes = ["new"]
    let size = Self.blocks * block
    scenario.partitions = [
      ScenarioPartition("image", FlashRange(start: imageAddress(0), count: size)),
      ScenarioPartition("update", FlashRange(start: updateAddress(0), count: size)),
      ScenarioPartition("marks", FlashRange(start: markAddress(0), count: size)),
    ]
    return scenario
  }
}
