internal import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// What careful reading says about a run of bytes, as bits that can be put together.
struct LogBytes: Equatable {
  var bits: UInt8

  /// Every byte has the erased value.
  static var blank: LogBytes { LogBytes(bits: 0) }
  /// Something was programmed.
  static var used: LogBytes { LogBytes(bits: 1) }
  /// The device cannot read them: something was programmed, and it is not valid.
  static var unreadable: LogBytes { LogBytes(bits: 2) }
}

/// What a position holds.
struct LogPosition {
  var begin: LogBytes
  var content: LogBytes
  var settle: LogBytes
  /// The kind of its body, if that is valid.
  var kind: LogBodyKind?

  /// Whether anything in it was programmed.
  var isUsed: Bool { begin.bits | content.bits | settle.bits != 0 }
  /// Whether its settle unit was programmed, which proves that the body was complete.
  var isSettled: Bool { settle != .blank }
  /// Whether a part of it is unreadable.
  var isUnreadable: Bool {
    (begin.bits | content.bits | settle.bits) & LogBytes.unreadable.bits != 0
  }
}

extension LogRing {
  /// Reads up to 64 bytes into `body`; an unreadable unit is an answer, not an error.
  @inline(never)
  mutating func inspect<F: FlashDevice & ~Copyable>(
    at address: UInt32, count: UInt32, on flash: inout F
  ) throws(F.Failure) -> LogBytes {
    var all = body.bytes.mutableSpan
    var buffer = all._mutatingExtracting(0..<Int(count))
    do throws(F.Failure) {
      try flash.read(at: address, into: &buffer)
    } catch {
      guard error.kind == .unreadable else { throw error }
      return .unreadable
    }
    return buffer.span.isFilled(with: layout.erased.byte) ? .blank : .used
  }

  /// Reads a position and leaves its body in `body`, and the state in `record` if that holds one.
  mutating func read<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    position: UInt32, ofSector sector: UInt32, recordInto record: inout BootRecord,
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> LogPosition {
    let begin = layout.address(sector: sector, position: position)
    let content = begin &+ layout.beginSize
    let settle = content &+ MetadataLogLayout.bodySize
    var place = LogPosition(
      begin: try inspect(at: begin, count: layout.beginSize, on: &flash), content: .blank,
      settle: try inspect(at: settle, count: layout.settleSize, on: &flash), kind: nil)
    place.content = try inspect(at: content, count: MetadataLogLayout.bodySize, on: &flash)
    if place.content == .used { place.kind = body.kind(recordInto: &record, under: P.self) }
    return place
  }

  /// Programs begin unit, body and settle unit of a position, each read back before the next.
  ///
  /// - Parameter successor: In a move, the generation of the sector in which the log goes on.
  /// - Returns: Whether the flash took all of it; if not, the position is used up.
  @inline(never)
  mutating func write<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ kind: LogBodyKind, to successor: UInt32, position: UInt32, ofSector sector: UInt32,
    generation: UInt32, tableDigest: UInt32, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    var content = LogBody()
    switch kind {
    case .sector: break
    case .record: content.encode(&draft)
    case .move: content.setSuccessor(successor)
    }
    content.seal(
      as: kind, generation: generation, sequence: kind == .sector ? 0 : current.sequence,
      tableDigest: tableDigest)
    let marker: [64 of UInt8] = .init(repeating: layout.erased.programmedByte)
    var address = layout.address(sector: sector, position: position)
    if P.beginUnit {
      let begin = marker.span.extracting(0..<Int(layout.beginSize))
      guard try program(at: address, begin, on: &flash, under: P.self) else { return false }
    }
    address &+= layout.beginSize
    guard try program(at: address, content.bytes.span, on: &flash, under: P.self) else {
      return false
    }
    guard P.settleAndEcho else { return true }
    let settle = marker.span.extracting(0..<Int(layout.settleSize))
    return try program(
      at: address &+ MetadataLogLayout.bodySize, settle, on: &flash, under: P.self)
  }

  /// Programs up to 64 bytes and reads them back.
  @inline(never)
  private mutating func program<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    at address: UInt32, _ bytes: Span<UInt8>, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    // Where rewriting is limited, programming the erased value would use the unit up for nothing.
    let step = layout.rewriteRule == .anyBit ? bytes.count : Int(layout.unit)
    var offset = 0
    while offset < bytes.count {
      let part = bytes.extracting(offset..<offset + step)
      if !part.isFilled(with: layout.erased.byte) {
        do throws(F.Failure) {
          try flash.program(at: address &+ UInt32(offset), part)
        } catch {
          guard error.kind.isRefusal else { throw error }
          return false
        }
      }
      offset += step
    }
    guard P.readBack else { return true }
    return try inspect(at: address, count: UInt32(bytes.count), on: &flash) == .used
      && body.bytes.span.extracting(0..<bytes.count).isEqual(to: bytes)
  }

  /// Erases a sector.
  ///
  /// - Returns: Whether the device says that it did.
  @inline(never)
  mutating func erase<F: FlashDevice & ~Copyable>(
    sector: UInt32, on flash: inout F
  ) throws(F.Failure) -> Bool {
    do throws(F.Failure) {
      try flash.erase(at: layout.address(sector: sector, position: 0), count: layout.sectorSize)
    } catch {
      guard error.kind.isRefusal else { throw error }
      return false
    }
    return true
  }

  /// Whether every byte of the whole positions of some sectors reads as erased.
  ///
  /// Fewer than 64 bytes at the end hold no position, and need no look.
  mutating func isBlank<F: FlashDevice & ~Copyable>(
    sectors: Range<UInt32>, on flash: inout F
  ) throws(F.Failure) -> Bool {
    var place = layout.address(sector: sectors.lowerBound, position: 0)
    let end = layout.address(sector: sectors.upperBound, position: 0)
    while place &+ 64 <= end {
      guard try inspect(at: place, count: 64, on: &flash) == .blank else { return false }
      place &+= 64
    }
    return true
  }
}

extension FlashFailureKind {
  /// Whether a failed program or erase is a property of the place, so that another may do.
  fileprivate var isRefusal: Bool {
    switch self {
    case .notWritable, .deviceFault, .unreadable: true
    case .outOfBounds, .misaligned, .powerLost: false
    }
  }
}
