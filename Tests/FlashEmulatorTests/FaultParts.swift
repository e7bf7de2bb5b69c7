import FlashEmulator
import NORFlash
import Testing

/// A part and content for it, on which every operation is cut in every way.
struct FaultPart: CustomTestStringConvertible, Sendable {
  var name: String
  var part: FlashPart
  var testDescription: String { name }

  /// Small blocks: a whole one is examined for every outcome.
  static let all = [
    FaultPart(name: "serial", part: smallPart(unit: 1, page: 256)),
    FaultPart(name: "two programs", part: smallPart(unit: 4, rule: .times(limit: 2))),
    FaultPart(
      name: "ECC of 8", part: smallPart(unit: 8, ecc: 8, rule: .onceThenAllProgrammed)),
    FaultPart(name: "ECC of 32", part: smallPart(unit: 32, ecc: 32, rule: .once)),
    FaultPart(
      name: "pages of ECC units", part: smallPart(unit: 8, ecc: 8, rule: .once, page: 64)),
    FaultPart(name: "erased to zeros", part: smallPart(unit: 4, erased: .zeros)),
    FaultPart(
      name: "write-once pages, erased to zeros",
      part: smallPart(unit: 16, rule: .once, erased: .zeros, page: 128)),
  ]

  var isErasedToZeros: Bool { part.geometry.erased == .zeros }
  var inversion: UInt8 { isErasedToZeros ? 0xFF : 0 }
  var hasECC: Bool { part.eccUnit > 0 }
  var isRewritable: Bool {
    switch part.geometry.rewriteRule {
    case .anyBit, .times: true
    case .once, .onceThenAllProgrammed: false
    }
  }

  static let noise = {
    var random = SplitMix64(seed: 123)
    return (0..<4_096).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }()

  /// Block 0 half full, block 1 full, block 2 erased, block 3 all programmed.
  func prepared() throws -> EmulatedFlash {
    var flash = EmulatedFlash(part: part)
    try flash.program(Array(Self.noise[0..<512]), at: 0)
    try flash.program(Array(Self.noise[1_024..<2_048]), at: 1_024)
    try flash.program(
      [UInt8](repeating: part.geometry.erased.programmedByte, count: 1_024), at: 3_072)
    return flash
  }

  /// Operations that change something.
  func operations() -> [CutOperation] {
    let page = part.timing.programPage
    let unit = part.programUnit
    let fresh = Array(Self.noise[2_048..<2_048 + Int(page)])
    var operations = [
      CutOperation(.program, at: 2_048, fresh),
      CutOperation(.program, at: 512, fresh),
      CutOperation(.program, at: 2_048 + page - unit, Array(fresh[0..<Int(unit)])),
    ]
    if isRewritable {
      let rewritten = zip(Self.noise[256..<256 + Int(page)], fresh).map {
        (($0 ^ inversion) & ($1 ^ inversion)) ^ inversion
      }
      operations.append(CutOperation(.program, at: 256, rewritten))
    }
    for block in 0..<4 as Range<UInt32> {
      operations.append(CutOperation(.erase, at: block * 1_024, [], count: 1_024))
    }
    return operations
  }
}

/// An operation with what it programs.
struct CutOperation: CustomStringConvertible {
  var operation: FlashOperation
  var bytes: [UInt8]

  init(_ kind: FlashOperation.Kind, at address: UInt32, _ bytes: [UInt8], count: Int? = nil) {
    operation = FlashOperation(kind: kind, address: address, count: UInt32(count ?? bytes.count))
    self.bytes = bytes
  }

  var description: String {
    "\(operation.kind) of \(operation.count) bytes at \(operation.address)"
  }

  func outcomes(under model: FaultModel, on flash: borrowing EmulatedFlash) -> [CutOutcome] {
    model.outcomes(of: operation, bytes: bytes.span, on: flash)
  }

  func leave(as outcome: CutOutcome, on flash: inout EmulatedFlash) {
    flash.leave(operation, bytes: bytes.span, as: outcome)
  }

  func perform(on flash: inout EmulatedFlash) throws(FlashError) {
    switch operation.kind {
    case .program: try flash.program(bytes, at: operation.address)
    case .erase: try flash.erase(at: operation.address, count: operation.count)
    }
  }
}
