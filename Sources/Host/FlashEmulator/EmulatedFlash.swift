public import NORFlash

/// A NOR flash in memory that behaves like a given part, down to what a power cut leaves behind.
///
///     var flash = EmulatedFlash(part: try .named("W25Q128JV"))
///     try flash.erase(at: 0, count: 4096)
///     flash.cutPower(at: 0, phase: .torn(seed: 7))
///     try flash.program(at: 0, bytes.span)     // throws FlashError.powerLost
///     flash.restorePower()                     // and now see what the bytes read as
///
/// ## Operations
///
/// Power cuts count *operations*: a program page (or unit, see ``operationGranularity``) or an
/// erase block. A `program` call is done page by page, unit by unit in ascending order, an `erase`
/// call block by block, as the contract of `FlashDevice` says. Reads are no operations.
///
/// ## State and history
///
/// Cells, weak bits, unreadable units and program counts are the *state*: snapshots and
/// checkpoints restore them, together with the position of the generator that decides weak reads,
/// and the power. Wear, time, statistics and the operation counter are *history*: they go on
/// whatever is restored, and they never influence behaviour.
///
/// A struct without reference counting, so that a program of eight bytes costs about ten
/// nanoseconds; it cannot be copied, only forked by ``checkpoint()`` or ``snapshot()``.
@safe
public struct EmulatedFlash: ~Copyable {
  /// The part that is emulated.
  public var part: FlashPart { boxedPart.part }
  /// Erase blocks, program units, erased content and rewrite rule.
  public var geometry: FlashGeometry { boxedPart.part.geometry }
  /// The size in bytes.
  public let size: UInt32
  /// What happens when a caller breaks a rule of the part.
  public var enforcement: RuleEnforcement {
    didSet { isStrict = enforcement == .strict }
  }
  /// How weak bits are read.
  public var weakBitReading: WeakBitReading = .independent
  /// What counts as one operation for power cuts.
  public let operationGranularity: OperationGranularity

  /// Whether the flash has power.
  public internal(set) var isPowered = true
  /// The number of operations begun since the emulator was made.
  public internal(set) var operationCount: UInt64 = 0
  /// What the last power cut hit, or `nil` if there was none yet.
  public internal(set) var lastPowerCut: PowerCutRecord?
  /// Who sees every operation before it happens.
  public var observer: (any FlashObserver)? {
    didSet { isObserved = observer != nil }
  }
  /// Who issues the operations now, such as `boot loader`: for traces only.
  public var activity: StaticString = "device"

  /// Outside the structure, to keep that small: the part alone is half a kilobyte.
  let boxedPart: BoxedPart
  let cells: UnsafeMutablePointer<UInt8>
  /// One `UnitState` for each program unit, on parts that need it.
  let unitStates: UnsafeMutablePointer<UInt8>?
  let unitCount: Int
  /// One byte of weak bits for each cell byte; allocated by the first power cut.
  var weakMasks: UnsafeMutablePointer<UInt8>?
  var weakByteCount = 0
  var unreadableUnitCount = 0
  /// Not 0 if reads are to be changed of erased units or of defective bytes.
  var readChanges = 0
  /// Whether operations are to go wrong.
  var hasDefects = false
  let conditions = FaultConditions()

  let eraseCounts: UnsafeMutablePointer<UInt32>
  let blockCount: Int
  let regions: [BlockRegion]
  let unitShift: Int
  let pageShift: Int
  let stepShift: Int
  /// All ones on a part that erases to zeros: turns its bits into those of a usual part.
  let inversion: UInt64
  let erasedByte: UInt8
  /// What a unit is marked with: the complement of the erased value.
  let markByte: UInt8
  // The enforcement and the rule in the form the hot paths want: comparing the public enumerations
  // there costs as much as the whole program of a unit.
  var isStrict: Bool
  var isObserved = false
  /// Digests of the content; only while a search asks for them.
  var tracking: ContentTracking?
  let unitRule: UnitRule
  let rewriteLimit: UInt8
  let hasCode: Bool

  var random: SplitMix64
  /// The operation that the power cut hits, counted like `operationCount`.
  var cutIndex: UInt64 = .max
  var cutPhase: PowerCutPhase = .before
  var undo = UndoLog()

  var totals = FlashStatistics()
  var ranges: [NamedRange] = []
  var eraseTime = TimingRange.zero
  /// Time and statistics that were loaded from a file: not to be charged again.
  var earlierTime = FlashElapsedTime()
  var earlierTotals = FlashStatistics()
  var longestErase: LongestOperation?

  /// Makes an erased flash.
  ///
  /// `seed` starts the sequence that decides how weak bits are read.
  ///
  /// - Complexity: O(size of the part)
  public init(
    part: FlashPart, enforcement: RuleEnforcement = .strict,
    operationGranularity: OperationGranularity = .programPage, seed: UInt64 = 0
  ) {
    boxedPart = BoxedPart(part)
    self.enforcement = enforcement
    self.operationGranularity = operationGranularity
    size = part.size
    random = SplitMix64(seed: seed)
    inversion = part.geometry.erased == .zeros ? .max : 0
    regions = BlockRegion.all(of: part)
    erasedByte = part.geometry.erased.byte
    markByte = part.geometry.erased.programmedByte
    isStrict = enforcement == .strict
    (unitRule, rewriteLimit) = UnitRule.of(part.geometry.rewriteRule)
    hasCode = part.eccUnit > 0
    unitShift = part.programUnit.trailingZeroBitCount
    pageShift = part.timing.programPage.trailingZeroBitCount
    stepShift = operationGranularity == .programPage ? pageShift : unitShift
    unitCount = Int(size) >> unitShift
    blockCount = Int(part.geometry.blockCount)

    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(size))
    unsafe bytes.initialize(repeating: part.geometry.erased.byte, count: Int(size))
    unsafe cells = bytes
    let counts = UnsafeMutablePointer<UInt32>.allocate(capacity: blockCount)
    unsafe counts.initialize(repeating: 0, count: blockCount)
    unsafe eraseCounts = counts
    if part.geometry.rewriteRule != .anyBit || part.eccUnit > 0 {
      let states = UnsafeMutablePointer<UInt8>.allocate(capacity: unitCount)
      unsafe states.initialize(repeating: 0, count: unitCount)
      unsafe unitStates = states
    } else {
      unsafe unitStates = nil
    }
    unsafe weakMasks = nil
  }

  deinit {
    unsafe cells.deallocate()
    unsafe unitStates?.deallocate()
    unsafe weakMasks?.deallocate()
    unsafe eraseCounts.deallocate()
  }
}

/// A part that is stored once.
final class BoxedPart: Sendable {
  let part: FlashPart

  init(_ part: FlashPart) { self.part = part }
}

extension EmulatedFlash: FlashDevice {
  /// The errors of the emulator are those of portable code.
  public typealias Failure = FlashError

  /// Reads bytes; weak bits are decided anew by each read.
  ///
  /// - Throws: `FlashError.powerLost`, `.outOfBounds`, or `.unreadable` with the address of the
  ///   unit.
  /// - Complexity: O(`buffer.count`)
  public mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FlashError) {
    guard isPowered else { throw .powerLost }
    let count = buffer.count
    guard count <= Int(size), Int(address) <= Int(size) - count else {
      throw .outOfBounds(address: address, count: UInt32(clamping: count))
    }
    guard count > 0 else { return }
    if isObserved { showRead(at: address, count: UInt32(count)) }
    totals.readCalls += 1
    totals.readBytes += UInt64(count)
    if !ranges.isEmpty { attributeRead(at: address, count: count) }
    try unsafe buffer.withUnsafeMutableBufferPointer { (target) throws(FlashError) in
      guard let base = target.baseAddress else { return }
      unsafe base.update(from: cells + Int(address), count: count)
      if weakByteCount | unreadableUnitCount | readChanges != 0 {
        try unsafe disturbRead(at: Int(address), count: count, base)
      }
    }
  }

  /// Programs bytes under the rewrite rule of the part.
  ///
  /// - Throws: `FlashError.powerLost`, `.outOfBounds` or `.misaligned`; if the rules are enforced
  ///   also `.notErased`, `.wouldRestoreErasedBit` or `.rewriteLimit`, before anything changes.
  /// - Complexity: O(`bytes.count`)
  public mutating func program(at address: UInt32, _ bytes: Span<UInt8>) throws(FlashError) {
    guard isPowered else { throw .powerLost }
    let count = bytes.count
    guard count <= Int(size), Int(address) <= Int(size) - count else {
      throw .outOfBounds(address: address, count: UInt32(clamping: count))
    }
    let start = Int(address)
    // Masking shifts here and below: the others test how far, on a path of forty cycles.
    guard (start | count) & ((1 &<< unitShift) - 1) == 0 else {
      throw .misaligned(address: address, count: UInt32(count), unit: 1 << UInt32(unitShift))
    }
    guard count > 0 else { return }
    if isObserved { return try programObserved(at: address, bytes) }
    try unsafe bytes.withUnsafeBufferPointer { (source) throws(FlashError) in
      guard let base = source.baseAddress else { return }
      if isStrict { try unsafe checkRules(at: start, base, count) }
      let last = start + count - 1
      let steps = UInt64((last &>> stepShift) - (start &>> stepShift) + 1)
      if operationCount + steps > cutIndex || hasDefects {
        return try unsafe interruptProgram(at: start, base, count)
      }
      operationCount += steps
      recordProgram(at: start, count: count)
      unsafe applyProgram(at: start, base, count)
    }
  }

  /// Erases the blocks that make up exactly the range.
  ///
  /// - Throws: `FlashError.powerLost`, `.outOfBounds` or `.misaligned`.
  /// - Complexity: O(`count`)
  public mutating func erase(at address: UInt32, count: UInt32) throws(FlashError) {
    guard isPowered else { throw .powerLost }
    guard count > 0 else { return try geometry.checkErase(at: address, count: count) }
    guard coversWholeBlocks(at: address, count: count) else {
      return try geometry.checkErase(at: address, count: count)
    }
    recordEraseCall(at: address)
    let end = UInt64(address) + UInt64(count)
    var commandEnd = UInt64(address)
    var position = UInt64(address)
    while position < end {
      guard let block = block(containing: UInt32(position)) else { return }
      if position == commandEnd {
        commandEnd = chargeErase(of: block, end: end)
      }
      position = block.range.end
      if isObserved {
        let operation = FlashOperation(
          kind: .erase, address: block.range.start, count: block.range.count)
        guard try verdict(on: operation, Span()) == .perform else {
          operationCount += 1
          continue
        }
      }
      if operationCount < cutIndex, !hasDefects {
        operationCount += 1
        recordErasedBlock(block)
        applyErase(block)
      } else {
        try interruptErase(block)
      }
    }
  }
}
