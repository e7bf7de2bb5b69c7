import NORFlash

/// A flash in an array, that obeys and can lose its power.
struct ArrayFlash: ~Copyable, FlashDevice {
  let geometry: FlashGeometry
  var cells: [UInt8]
  /// The program and erase calls until the power fails; `nil` for never.
  var callsLeft: Int?

  init(geometry: FlashGeometry) {
    self.geometry = geometry
    cells = [UInt8](repeating: geometry.erased.byte, count: Int(geometry.size))
  }

  mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FlashError) {
    try geometry.checkBounds(at: address, count: UInt32(buffer.count))
    buffer.copy(cells.span.extracting(Int(address)..<Int(address) + buffer.count))
  }

  mutating func program(at address: UInt32, _ bytes: Span<UInt8>) throws(FlashError) {
    try geometry.checkProgram(at: address, count: UInt32(bytes.count))
    let count = try takeCall() ? bytes.count : bytes.count / 2
    for index in 0..<count {
      if geometry.erased == .ones {
        cells[Int(address) + index] &= bytes[index]
      } else {
        cells[Int(address) + index] |= bytes[index]
      }
    }
    if count < bytes.count { throw .powerLost }
  }

  mutating func erase(at address: UInt32, count: UInt32) throws(FlashError) {
    try geometry.checkErase(at: address, count: count)
    let isWhole = try takeCall()
    let end = Int(address) + Int(isWhole ? count : count / 2)
    for index in Int(address)..<end { cells[index] = geometry.erased.byte }
    if !isWhole { throw .powerLost }
  }

  /// Whether the call may finish; the one at which the power fails does half of its work.
  private mutating func takeCall() throws(FlashError) -> Bool {
    guard let left = callsLeft else { return true }
    guard left >= 0 else { throw .powerLost }
    callsLeft = left - 1
    return left > 0
  }
}

/// The input of a run, taken apart from its start; zeros behind its end.
struct FuzzInput {
  let bytes: [UInt8]
  private var offset = 0

  init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
    bytes = [UInt8](unsafe UnsafeBufferPointer(start: start, count: count))
  }

  var isAtEnd: Bool { offset >= bytes.count }

  mutating func byte() -> UInt8 {
    guard offset < bytes.count else { return 0 }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func word() -> UInt32 {
    UInt32(byte()) | UInt32(byte()) << 8 | UInt32(byte()) << 16 | UInt32(byte()) << 24
  }

  /// At most `count` bytes.
  mutating func prefix(_ count: Int) -> [UInt8] {
    let end = min(offset + count, bytes.count)
    defer { offset = end }
    return [UInt8](bytes[offset..<end])
  }
}
