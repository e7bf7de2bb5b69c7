public import FlashEmulator

/// A device that has just been switched on or reset: its flash as it was left, and what else outlives
/// a reset.
///
/// Everything else has to be made anew.
public struct PoweredDevice: ~Copyable {
  /// The flash.
  public var flash: EmulatedFlash
  /// What outlives a reset beside the flash.
  public let memory: DeviceMemory
  /// Why the device starts.
  public internal(set) var resetCode: ResetCode = .powerOn

  init(flash: consuming EmulatedFlash, memory: DeviceMemory) {
    self.flash = flash
    self.memory = memory
  }

  /// Lends the flash out, to be moved into another owner for a while; it has to be back at the end.
  public mutating func withFlash<Result>(
    _ body: (inout EmulatedFlash) throws -> Result
  ) rethrows -> Result { try body(&flash) }

  /// Reports a violation unless a condition holds.
  ///
  /// - Throws: `InvariantViolation`.
  public func require(
    _ condition: Bool, _ invariant: String, _ detail: @autoclosure () -> String
  ) throws(InvariantViolation) {
    guard condition else { throw InvariantViolation(invariant, detail()) }
  }
}

/// What outlives a reset beside the flash, byte by byte part of the state that a search explores.
///
/// A class, so that a search sees each change at the moment it happens: a cut may hit between any
/// two flash operations.
public final class DeviceMemory {
  /// What nothing takes away: fuses, one-time programmable memory, a counter beside the flash.
  public var durable: [UInt8] = []
  /// RAM that survives a warm reset; empty after a loss of power.
  public var retained: [UInt8] = []
  /// What an observer outside the device has seen so far, such as a version that was confirmed.
  ///
  /// Rules about the past ("what was confirmed is never taken back") stay sound when states are
  /// merged only if what they depend on stands here. Keep it small: each value multiplies states.
  public var observed: [UInt8] = []

  init() {}

  var content: MemoryContent {
    get { MemoryContent(durable: durable, retained: retained, observed: observed) }
    set {
      durable = newValue.durable
      retained = newValue.retained
      observed = newValue.observed
    }
  }
}

/// The content of a `DeviceMemory` as a value.
struct MemoryContent: Hashable, Sendable {
  var durable: [UInt8] = []
  var retained: [UInt8] = []
  var observed: [UInt8] = []
  /// How often bits were read that change after some reads; belongs to the flash.
  var weakReadCounts: [UInt32] = []

  /// What is left when the power goes.
  var afterPowerLoss: MemoryContent {
    MemoryContent(
      durable: durable, retained: [], observed: observed, weakReadCounts: weakReadCounts)
  }

  /// The same in memory of its own, for a thread that looks at it all the time.
  func unshared() -> MemoryContent {
    MemoryContent(
      durable: durable.map { $0 }, retained: retained.map { $0 }, observed: observed.map { $0 },
      weakReadCounts: weakReadCounts.map { $0 })
  }

  var digest: ContentDigest {
    var digest = ContentDigest(of: durable.span, seed: 11)
      .combined(with: ContentDigest(of: retained.span, seed: 12))
      .combined(with: ContentDigest(of: observed.span, seed: 13))
    for count in weakReadCounts {
      digest = digest.combined(with: ContentDigest(high: 14, low: UInt64(count)))
    }
    return digest
  }
}

/// What is left of the memory after a reset and after a loss of power, with the digests.
final class KeptMemory {
  let warm: MemoryContent
  let cold: MemoryContent
  let warmDigest: ContentDigest
  let coldDigest: ContentDigest

  init(_ content: MemoryContent, _ digest: ContentDigest) {
    warm = content
    cold = content.afterPowerLoss
    warmDigest = digest
    coldDigest = cold.digest
  }

  /// The same, unless an outcome changed the counts of reads, which belong to the flash.
  func unlessCounting(_ weakReadCounts: [UInt32]) -> KeptMemory {
    if weakReadCounts == warm.weakReadCounts { return self }
    var other = warm
    other.weakReadCounts = weakReadCounts
    return KeptMemory(other, other.digest)
  }
}
