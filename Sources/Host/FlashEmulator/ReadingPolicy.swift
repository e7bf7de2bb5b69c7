/// How bits that a power cut left undecided are read.
public enum WeakBitReading: Hashable, Codable, Sendable {
  /// Each weak bit of each read is decided on its own, by the generator of the flash.
  case independent
  /// All weak bits of one read agree, as when a supply voltage shifts the threshold of all.
  case correlated
  /// A ``WeakReadingChooser`` decides, once for each run of weak units that a read touches.
  ///
  /// The choices are, in this order: as stored in the cells, all weak bits inverted, and, where a
  /// run has both, only the weak bits in even positions of their bytes inverted, or only those in
  /// odd positions. With ECC they are: the stored word, the other word, unreadable. Without a
  /// chooser the cells are read as they are.
  case chosen(WeakHold)
  /// The first reads of a program page with weak bits see the cells as they are, every later read
  /// sees all weak bits inverted; with ECC later reads fail.
  case flipsAfter(reads: UInt32)
}

/// How long a chosen reading of weak bits holds.
public enum WeakHold: String, CaseIterable, Codable, Sendable {
  /// The bits become firm as they were read.
  case forGood = "for-good"
  /// The bits read the same until the power returns the next time, and are undecided again then.
  case untilReset = "until-reset"
}

/// What a read of a unit does whose error-correcting code does not match.
public enum UnreadableReading: String, CaseIterable, Codable, Sendable {
  /// The read throws `FlashError.unreadable`, as a driver does that catches the fault.
  case error
  /// The processor takes a fault that nothing catches: this read and every call until the power
  /// returns throw `FlashError.powerLost`, and ``EmulatedFlash/lastTrap`` has the address.
  case trap
}

/// What a program unit reads as that was not programmed since its last erase.
public enum ErasedReading: Hashable, Codable, Sendable {
  /// The erased value of the geometry.
  case defined
  /// Bytes that depend on the address and the seed only.
  ///
  /// Only on parts whose program units remember that they were programmed (those with ECC or with
  /// a limit of rewrites): elsewhere an erased byte cannot be told from a byte programmed to the
  /// same value, and reads as it is.
  case undefined(seed: UInt64)
}

/// Decides what weak bits read as; see ``WeakBitReading/chosen(_:)``.
public protocol WeakReadingChooser: AnyObject {
  /// Returns a number in `0 ..< options` for the weak bits in `count` bytes from `address`.
  ///
  /// The range is made of whole program units that all have undecided weak bits.
  func choose(at address: UInt32, count: UInt32, options: Int) -> Int
}
