public import FlashEmulator
public import NORFlash

/// A change of the flash that a test wants to see in its order.
public enum FlashChange: Equatable, Sendable {
  /// Bytes were programmed.
  case program(FlashRange)
  /// Blocks were erased.
  case erase(FlashRange)

  /// The bytes.
  public var range: FlashRange {
    switch self {
    case .program(let range), .erase(let range): range
    }
  }
}

/// What a later read of a place returns instead of its content: flash behind a bus that somebody
/// else drives, or cells that do not hold their value.
public struct ReadSubstitution: Sendable {
  /// The first byte that is substituted.
  public var address: UInt32
  /// The bytes that are returned.
  public var bytes: [UInt8]
  /// The number of reads of the place that still return its content.
  public var honestReads: Int

  /// Makes a substitution.
  public init(address: UInt32, bytes: [UInt8], honestReads: Int) {
    self.address = address
    self.bytes = bytes
    self.honestReads = honestReads
  }
}

/// An emulated flash that keeps a trace of its changes and can be told to misbehave.
public struct BenchFlash: FlashDevice, ~Copyable {
  /// The flash below.
  public var base: EmulatedFlash
  /// A range that takes no changes.
  public var protected: FlashRange?
  /// A range of which reads time out.
  public var silent: FlashRange?
  /// A range of which reads report an uncorrectable error.
  public var unreadable: FlashRange?
  /// What a read returns instead of the content.
  public var substitution: ReadSubstitution?
  /// A number of programs after which one reports a fault without a change; `nil` for never.
  public var programsUntilFault: Int?
  /// The changes since the trace was emptied.
  public var trace: [FlashChange] = []

  /// Wraps a flash.
  public init(_ base: consuming EmulatedFlash) { self.base = base }

  /// The geometry of the part.
  public var geometry: FlashGeometry { base.geometry }

  /// Reads, times out or lies.
  public mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FlashError) {
    if let silent, silent.overlaps(FlashRange(start: address, count: UInt32(buffer.count))) {
      throw .timedOut(address: address)
    }
    if let unreadable,
      unreadable.overlaps(FlashRange(start: address, count: UInt32(buffer.count)))
    {
      throw .unreadable(address: address)
    }
    try base.read(at: address, into: &buffer)
    guard let current = substitution, current.address >= address,
      current.address < address + UInt32(buffer.count)
    else { return }
    guard current.honestReads == 0 else {
      substitution?.honestReads -= 1
      return
    }
    let start = Int(current.address - address)
    for (index, byte) in current.bytes.enumerated() where start + index < buffer.count {
      buffer[start + index] = byte
    }
  }

  /// Programs and notes it.
  public mutating func program(at address: UInt32, _ bytes: Span<UInt8>) throws(FlashError) {
    let range = FlashRange(start: address, count: UInt32(bytes.count))
    try checkAccess(to: range)
    if let left = programsUntilFault {
      programsUntilFault = left == 0 ? nil : left - 1
      if left == 0 { throw .programFailed(address: address) }
    }
    trace.append(.program(range))
    try base.program(at: address, bytes)
  }

  /// Erases and notes it.
  public mutating func erase(at address: UInt32, count: UInt32) throws(FlashError) {
    let range = FlashRange(start: address, count: count)
    try checkAccess(to: range)
    trace.append(.erase(range))
    try base.erase(at: address, count: count)
  }

  private func checkAccess(to range: FlashRange) throws(FlashError) {
    if let protected, protected.overlaps(range) { throw .readOnly(address: range.start) }
  }

  /// Gives a range this content, erased behind it, whatever was there.
  public mutating func fill(_ range: FlashRange, with bytes: [UInt8]) {
    var content = bytes
    content += repeatElement(geometry.erased.byte, count: Int(range.count) - bytes.count)
    base.corrupt(at: range.start, bytes: content)
  }
}
