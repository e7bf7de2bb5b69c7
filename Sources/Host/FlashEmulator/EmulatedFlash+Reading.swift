internal import NORFlash

extension EmulatedFlash {
  /// Decides what weak bits read as under ``WeakBitReading/chosen(_:)``; none reads the cells as they
  /// are.
  public var readingChooser: (any WeakReadingChooser)? {
    get { conditions.chooser }
    set { conditions.chooser = newValue }
  }

  /// What a read of a unit does whose error-correcting code does not match.
  public var unreadableReading: UnreadableReading {
    get { conditions.unreadableReading }
    set { conditions.unreadableReading = newValue }
  }

  /// What a unit reads as that was not programmed since its last erase.
  ///
  /// Cells, dumps and the rules for programming are not affected.
  public var erasedReading: ErasedReading {
    get { conditions.erasedReading }
    set {
      conditions.erasedReading = newValue
      updateReadChanges()
    }
  }

  /// Tells the reads whether to look at more than cells, weak bits and unit states.
  mutating func updateReadChanges() {
    let isObscured = unsafe conditions.erasedReading != .defined && unitStates != nil
    readChanges = isObscured || !conditions.readDefects.isEmpty ? 1 : 0
  }

  /// The address of the last read that took the processor away, or `nil` if there was none.
  public var lastTrap: UInt32? { conditions.lastTrap }

  /// How many reads touched weak bits or an unreadable unit since the emulator was made.
  ///
  /// A finding, not a state: code that decides by what it reads there trusts torn data.
  public var indeterminateReads: UInt64 { conditions.indeterminateReads }

  /// The address of the first byte or unit that such a read touched, or `nil` if there was none.
  public var firstIndeterminateRead: UInt32? { conditions.firstIndeterminateRead }

  /// Starts to count indeterminate reads again, and forgets the last trap.
  public mutating func clearReadFindings() {
    conditions.indeterminateReads = 0
    conditions.firstIndeterminateRead = nil
    conditions.lastTrap = nil
  }

  mutating func recordIndeterminateRead(at position: Int) {
    conditions.indeterminateReads += 1
    if conditions.firstIndeterminateRead == nil {
      conditions.firstIndeterminateRead = UInt32(position)
    }
  }

  /// The first byte with weak bits in a range that has some.
  func firstWeakByte(in range: Range<Int>) -> Int {
    range.first { weakMask(at: $0) != 0 } ?? range.lowerBound
  }

  /// What a read of a unit without a valid code throws; a trap takes the processor away first.
  mutating func unreadable(at position: Int) -> FlashError {
    guard conditions.unreadableReading == .trap else {
      return .unreadable(address: UInt32(position))
    }
    conditions.lastTrap = UInt32(position)
    isPowered = false
    return .powerLost
  }

  /// Replaces bytes of firm units that were not programmed since their last erase.
  mutating func obscureErasedUnits(
    at start: Int, count: Int, _ buffer: UnsafeMutablePointer<UInt8>
  ) {
    guard case .undefined(let seed) = conditions.erasedReading, let unitStates = unsafe unitStates
    else { return }
    let unit = 1 << unitShift
    for index in start >> unitShift...(start + count - 1) >> unitShift
    where unsafe unitStates[index] == 0 {
      let bytes = index << unitShift..<(index + 1) << unitShift
      if weakByteCount != 0, hasWeakBits(at: bytes.lowerBound, count: unit) { continue }
      for position in bytes.clamped(to: start..<start + count) {
        unsafe buffer[position - start] = Self.undefinedByte(at: position, seed: seed)
      }
    }
  }

  private static func undefinedByte(at position: Int, seed: UInt64) -> UInt8 {
    var generator = SplitMix64(seed: seed)
    generator.state = generator.next() ^ UInt64(position)
    return UInt8(truncatingIfNeeded: generator.next())
  }
}
