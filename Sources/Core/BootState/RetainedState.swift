import NORFlash

/// Who was running when the device was reset.
public enum RunPhase: UInt8, Equatable, Sendable {
  /// The boot loader.
  case loader = 1
  /// The image the boot loader jumped to.
  case application = 2
}

/// What the boot loader and the application leave in RAM that survives a warm reset.
///
/// Without it, after a loss of power or on a part that cannot keep RAM, every rule still holds; the
/// boot decision only knows less. It is believed when its checksum fits.
///
/// ```
///  0  magic u32   4  phase u8   5  running slot u8   6  planned reset u8   7  zero
///  8  faults without a log: slot A u8, slot B u8, factory u8, zero        12  CRC-32 u32
/// ```
public struct RetainedState: Equatable, Sendable {
  /// The number of bytes of the encoded form.
  public static var encodedSize: Int { 16 }
  private static var magic: UInt32 { 0x5042_5452 }

  /// Who was running.
  public var phase: RunPhase
  /// The slot of the image that was started last.
  public var runningSlot: BootSlot?
  /// Whether the application announced the reset.
  public var isResetPlanned: Bool
  /// The faults of each slot since the metadata log was lost.
  public var faultsWithoutLog: FaultCounts

  /// Makes the state of a loader that has started nothing yet.
  public init(phase: RunPhase = .loader, runningSlot: BootSlot? = nil) {
    self.phase = phase
    self.runningSlot = runningSlot
    self.isResetPlanned = false
    self.faultsWithoutLog = FaultCounts()
  }

  /// Reads the state, or returns `nil` if the bytes are not one.
  public init?(decoding bytes: Span<UInt8>) {
    guard bytes.count >= Self.encodedSize, bytes.littleEndianUInt32(at: 0) == Self.magic,
      bytes.littleEndianUInt32(at: 12) == CRC32.checksum(of: bytes.extracting(0..<12)),
      let phase = RunPhase(rawValue: bytes[4])
    else { return nil }
    self.phase = phase
    runningSlot = BootSlot(rawValue: bytes[5])
    isResetPlanned = bytes[6] == 1
    faultsWithoutLog = FaultCounts(slotA: bytes[8], slotB: bytes[9], factory: bytes[10])
  }

  /// Writes the state to the start of `buffer`.
  ///
  /// - Precondition: `buffer` holds at least `encodedSize` bytes.
  public func encode(into buffer: inout MutableSpan<UInt8>) {
    buffer.store(littleEndian: Self.magic, at: 0)
    buffer[4] = phase.rawValue
    buffer[5] = runningSlot?.rawValue ?? 0xFF
    buffer[6] = isResetPlanned ? 1 : 0
    buffer[7] = 0
    buffer[8] = faultsWithoutLog.slotA
    buffer[9] = faultsWithoutLog.slotB
    buffer[10] = faultsWithoutLog.factory
    buffer[11] = 0
    let checksum = CRC32.checksum(of: buffer.span.extracting(0..<12))
    buffer.store(littleEndian: checksum, at: 12)
  }
}

/// A count of faults for each boot slot.
public struct FaultCounts: Equatable, Sendable {
  /// The faults of slot A.
  public var slotA: UInt8
  /// The faults of slot B.
  public var slotB: UInt8
  /// The faults of factory.
  public var factory: UInt8

  /// Makes the given counts.
  public init(slotA: UInt8 = 0, slotB: UInt8 = 0, factory: UInt8 = 0) {
    self.slotA = slotA
    self.slotB = slotB
    self.factory = factory
  }

  /// The faults of one slot.
  public subscript(slot: BootSlot) -> UInt8 {
    get {
      switch slot {
      case .slotA: slotA
      case .slotB: slotB
      case .factory: factory
      }
    }
    set {
      switch slot {
      case .slotA: slotA = newValue
      case .slotB: slotB = newValue
      case .factory: factory = newValue
      }
    }
  }
}
