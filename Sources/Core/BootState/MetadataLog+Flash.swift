internal import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// What careful reading says about a run of bytes.
enum LogBytes {
  /// Every byte has the erased value.
  case blank
  /// Something was programmed.
  case used
  /// The device cannot read them: something was programmed, and it is not valid.
  case unreadable
}

/// What a position holds.
struct LogPosition {
  /// Whether anything in it was programmed.
  var isUsed: Bool
  /// Whether its settle unit was programmed, which proves that the body was complete.
  var isSettled: Bool
  /// Whether a part of it is unreadable.
  var isUnreadable: Bool
  /// The kind of its body, if that is valid.
  var kind: LogBodyKind?
}

extension MetadataLogLayout {
  /// Reads bytes; an unreadable unit is an answer, not an error.
  @inline(never)
  func inspect<F: FlashDevice & ~Copyable>(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>, on flash: inout F
  ) throws(F.Failure) -> LogBytes {
    do throws(F.Failure) {
      try flash.read(at: address, into: &buffer)
    } catch {
      guard error.kind == .unreadable else { throw error }
      return .unreadable
    }
    return buffer.span.isFilled(with: erased.byte) ? .blank : .used
  }

  /// Reads a position and leaves its body in the 64 bytes of `body`.
  @inline(never)
  func read<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    position: UInt32, ofSector sector: UInt32, into body: inout MutableSpan<UInt8>,
    on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> LogPosition {
    let address = address(sector: sector, position: position)
    var marker = body._mutatingExtracting(0..<Int(beginSize))
    let begin = try inspect(at: address, into: &marker, on: &flash)
    marker = body._mutatingExtracting(0..<Int(settleSize))
    let settle = try inspect(
      at: address + beginSize + Self.bodySize, into: &marker, on: &flash)
    let content = try inspect(at: address + beginSize, into: &body, on: &flash)
    return LogPosition(
      isUsed: begin != .blank || content != .blank || settle != .blank,
      isSettled: settle != .blank,
      isUnreadable: begin == .unreadable || content == .unreadable || settle == .unreadable,
      kind: content == .used ? LogBody.kind(of: body.span, under: P.self) : nil)
  }

  /// Programs begin unit, body and settle unit of a position, each read back before the next.
  ///
  /// - Returns: Whether the flash took all of it; if not, the position is used up.
  @inline(never)
  func write<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    _ body: Span<UInt8>, position: UInt32, ofSector sector: UInt32, on flash: inout F,
    under protections: P.Type
  ) throws(F.Failure) -> Bool {
    let address = address(sector: sector, position: position)
    let marker: [64 of UInt8] = .init(repeating: erased.programmedByte)
    if P.beginUnit {
      let begin = marker.span.extracting(0..<Int(beginSize))
      guard try program(at: address, begin, on: &flash, under: P.self) else { return false }
    }
    guard try program(at: address + beginSize, body, on: &flash, under: P.self) else {
      return false
    }
    guard P.settleAndEcho else { return true }
    let settle = marker.span.extracting(0..<Int(settleSize))
    return try program(
      at: address + beginSize + Self.bodySize, settle, on: &flash, under: P.self)
  }

  /// Programs up to 64 bytes and reads them back.
  @inline(never)
  private func program<F: FlashDevice & ~Copyable, P: MetadataLogProtections>(
    at address: UInt32, _ bytes: Span<UInt8>, on flash: inout F, under protections: P.Type
  ) throws(F.Failure) -> Bool {
    // Where rewriting is limited, programming the erased value would use the unit up for nothing.
    let step = rewriteRule == .anyBit ? bytes.count : Int(unit)
    var offset = 0
    while offset < bytes.count {
      let part = bytes.extracting(offset..<offset + step)
      if !part.isFilled(with: erased.byte) {
        do throws(F.Failure) {
          try flash.program(at: address + UInt32(offset), part)
        } catch {
          guard isRefusal(error) else { throw error }
          return false
        }
      }
      offset += step
    }
    guard P.readBack else { return true }
    var storage: [64 of UInt8] = .init(repeating: 0)
    var all = storage.mutableSpan
    var buffer = all._mutatingExtracting(0..<bytes.count)
    guard try inspect(at: address, into: &buffer, on: &flash) == .used else { return false }
    return buffer.span.isEqual(to: bytes)
  }

  /// Erases a sector.
  ///
  /// - Returns: Whether the device says that it did.
  @inline(never)
  func erase<F: FlashDevice & ~Copyable>(
    sector: UInt32, on flash: inout F
  ) throws(F.Failure) -> Bool {
    do throws(F.Failure) {
      try flash.erase(at: address(sector: sector, position: 0), count: sectorSize)
    } catch {
      guard isRefusal(error) else { throw error }
      return false
    }
    return true
  }

  /// Whether every byte of the whole positions of some sectors reads as erased.
  ///
  /// Fewer than 64 bytes at the end hold no position, and need no look.
  func isBlank<F: FlashDevice & ~Copyable>(
    sectors: Range<UInt32>, on flash: inout F
  ) throws(F.Failure) -> Bool {
    var storage: [64 of UInt8] = .init(repeating: 0)
    var bytes = storage.mutableSpan
    var place = address(sector: sectors.lowerBound, position: 0)
    while place &+ 64 <= address(sector: sectors.upperBound, position: 0) {
      guard try inspect(at: place, into: &bytes, on: &flash) == .blank else { return false }
      place &+= 64
    }
    return true
  }

  /// Whether a failed program or erase is a property of the place, so that another may do.
  private func isRefusal<Failure: FlashFailure>(_ failure: Failure) -> Bool {
    switch failure.kind {
    case .notWritable, .deviceFault, .unreadable: true
    case .outOfBounds, .misaligned, .powerLost: false
    }
  }
}
