internal import FlashEmulator
internal import NORFlash

/// How a life ended.
enum LifeEnd: Equatable {
  case life(Life)
  case violation(InvariantViolation)
  /// The power was cut.
  case cut
  /// The processor stopped with a fault on a read.
  case trapped
}

/// Which states are run a second time to see that nothing outlives the reset.
public enum DeterminismCheck: Hashable, Sendable {
  /// None.
  case never
  /// The first sixteen, and one state in so many.
  case oneIn(Int)

  func includes(node: UInt32) -> Bool {
    switch self {
    case .never: false
    case .oneIn(let interval): node < 16 || Int(node) % max(interval, 1) == 0
    }
  }
}

/// Watches the flash from a reset to the end of a life.
final class PowerOnSession: FlashObserver, WeakReadingChooser {
  /// The operations that were begun.
  private(set) var index: UInt32 = 0
  /// What reads of unstable bits gave: as told at first, and behind that always option 0.
  private(set) var choices: [UInt8]
  /// How many options each of them had.
  private(set) var options: [UInt8] = []
  private(set) var decided = 0
  private(set) var choicesCutShort = 0
  /// The digest of all operations with their bytes.
  private(set) var trace = ContentDigest.zero
  var wasCut = false
  /// The crash points gone through that have a number, with the number of erases before each.
  private(set) var points: [(point: UInt32, erases: UInt32)] = []
  var start: FlashCheckpoint?
  var willPerform:
    ((inout EmulatedFlash, FlashOperation, Span<UInt8>, PowerOnSession) -> FlashObserverVerdict)?
  /// What the life looked at; `nil` if nobody asks.
  var reads: RunReads?
  private let told: Int
  private var random: SplitMix64?

  /// More undecided reads in one life than this keep their first reading.
  private let choiceLimit: Int

  /// - Parameters:
  ///   - seed: Chooses what is not told; without one it is option 0.
  ///   - choiceLimit: How many reads are recorded as choices.
  init(choices: [UInt8], seed: UInt64? = nil, choiceLimit: Int = .max) {
    self.choiceLimit = choiceLimit
    self.choices = choices
    told = choices.count
    random = seed.map { SplitMix64(seed: $0) }
  }

  func attach(to flash: inout EmulatedFlash) { flash.readingChooser = self }

  func detach(from flash: inout EmulatedFlash) { flash.readingChooser = nil }

  func flash(
    _ flash: inout EmulatedFlash, willPerform operation: FlashOperation, bytes: Span<UInt8>
  ) throws(FlashError) -> FlashObserverVerdict {
    trace = trace.combined(with: ContentDigest(of: bytes)).combined(
      with: ContentDigest(
        high: UInt64(operation.address), low: operation.kind == .erase ? 1 : 2))
    defer { index += 1 }
    if operation.kind == .program {
      reads?.look(at: operation.address, count: operation.count, in: &flash)
    }
    let verdict = willPerform?(&flash, operation, bytes, self) ?? .perform
    if operation.kind == .erase, verdict == .perform {
      reads?.erase(at: operation.address, count: operation.count, in: flash)
    }
    return verdict
  }

  func flash(_ flash: inout EmulatedFlash, willRead address: UInt32, count: UInt32) {
    reads?.look(at: address, count: count, in: &flash)
  }

  /// Goes through a crash point; `nil` for one that is kept without a number.
  func pass(_ point: UInt32?) {
    guard let point else { return }
    points.append((point, UInt32(reads?.erases.count ?? 0)))
  }

  func choose(at address: UInt32, count: UInt32, options: Int) -> Int {
    decided += 1
    let position = self.options.count
    if position < told {
      self.options.append(UInt8(options))
      return min(Int(choices[position]), options - 1)
    }
    let choice = random?.next(below: UInt64(options)) ?? 0
    guard position < choiceLimit || random != nil else {
      choicesCutShort += 1
      return 0
    }
    self.options.append(UInt8(options))
    choices.append(UInt8(choice))
    return Int(choice)
  }

  func endWithoutPower(_ flash: borrowing EmulatedFlash) -> LifeEnd {
    wasCut ? .cut : .trapped
  }
}
