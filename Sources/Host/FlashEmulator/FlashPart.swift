public import NORFlash

/// Where a figure of a part comes from, from the strongest source to the weakest.
public enum EvidenceSource: String, CaseIterable, Codable, Sendable {
  /// The vendor's data sheet or knowledge base.
  case datasheet
  /// The part's own SFDP table (JESD216), as stored in public source code.
  case sfdp
  /// A constant in a maintained code base, such as flashrom or a vendor pack.
  case codeBase = "code-base"
  /// A public bug report or pull request.
  case issue
  /// Remembered from a data sheet and not read again: check before relying on it.
  case memory
}

/// Where the figures of a part come from.
public struct FlashPartEvidence: Equatable, Codable, Sendable {
  /// Source of sizes, erase blocks, program unit and rewrite rule.
  public var geometry: EvidenceSource
  /// Source of program and erase times.
  public var timing: EvidenceSource
  /// Source of the endurance.
  public var endurance: EvidenceSource

  /// Makes a record of sources.
  public init(geometry: EvidenceSource, timing: EvidenceSource, endurance: EvidenceSource) {
    self.geometry = geometry
    self.timing = timing
    self.endurance = endurance
  }
}

/// Whether a flash is a chip of its own or part of a microcontroller.
public enum FlashPartFamily: String, CaseIterable, Codable, Sendable {
  /// A chip on a serial bus.
  case serial
  /// The flash inside a microcontroller.
  case embedded
}

/// A flash part: geometry, times and endurance, under the name its vendor gave it.
public struct FlashPart: Sendable {
  /// The name of the part, such as `W25Q128JV`.
  public let name: String
  /// Whether the part is a chip of its own.
  public let family: FlashPartFamily
  /// Erase blocks, program units, erased content and rewrite rule.
  public let geometry: FlashGeometry
  /// Program and erase times, and the assumed bus.
  public let timing: FlashTiming
  /// The number of erase cycles a block is specified for.
  public let endurance: UInt32
  /// Where the figures come from.
  public let evidence: FlashPartEvidence

  /// Makes a part and checks that the emulator can represent it.
  ///
  /// - Throws: `FlashPartError` if the geometry or the timing does not fit together.
  public init(
    name: String, family: FlashPartFamily, geometry: FlashGeometry, timing: FlashTiming,
    endurance: UInt32, evidence: FlashPartEvidence
  ) throws(FlashPartError) {
    self.name = name
    self.family = family
    self.geometry = geometry
    self.timing = timing
    self.endurance = endurance
    self.evidence = evidence
    try checkConsistency()
  }

  /// The size of the part in bytes.
  public var size: UInt32 { geometry.size }

  /// The number of bytes that are programmed together, the same everywhere on the part.
  public var programUnit: UInt32 { geometry.region(at: 0).programUnit }

  /// The number of bytes that share an error-correcting code, or 0.
  public var eccUnit: UInt32 { geometry.region(at: 0).eccUnit }

  /// The duration of erasing one block of `size` bytes with the command of that size.
  public func eraseTime(ofBlock size: UInt32) -> TimingRange? {
    timing.eraseCommands.first { $0.size == size }?.time
  }

  private func checkConsistency() throws(FlashPartError) {
    guard geometry.regionCount > 0 else { throw .noRegions }
    for index in 0..<geometry.regionCount {
      let region = geometry.region(at: index)
      guard region.programUnit == programUnit, region.eccUnit == eccUnit else {
        throw .mixedUnits(region: index)
      }
      guard eraseTime(ofBlock: region.eraseBlock) != nil else {
        throw .noEraseCommand(size: region.eraseBlock)
      }
    }
    guard eccUnit == 0 || (eccUnit <= programUnit && programUnit % eccUnit == 0) else {
      throw .eccUnitAboveProgramUnit(eccUnit)
    }
    let page = timing.programPage
    guard page >= programUnit, page & (page - 1) == 0 else { throw .invalidProgramPage(page) }
    if case .times(let limit) = geometry.rewriteRule, limit == 0 || limit > UnitState.maximumCount {
      throw .invalidRewriteLimit(limit)
    }
  }
}

/// Why a description of a part cannot be emulated.
public enum FlashPartError: Error, Equatable, Sendable {
  /// The geometry has no region.
  case noRegions
  /// The region has another program or ECC unit than the first one.
  case mixedUnits(region: Int)
  /// The erase blocks of `size` bytes have no erase command and so no time.
  case noEraseCommand(size: UInt32)
  /// The ECC unit is larger than the program unit or does not divide it.
  case eccUnitAboveProgramUnit(UInt32)
  /// The program page is not a power of two or smaller than the program unit.
  case invalidProgramPage(UInt32)
  /// The rewrite limit is outside 1...126.
  case invalidRewriteLimit(UInt8)
}
