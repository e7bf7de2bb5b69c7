internal import NORFlash

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
  /// The body, if it is valid.
  var body: LogBody?
}

extension MetadataLog {
  /// Reads bytes; an unreadable unit is an answer, not an error.
  func inspect<F: FlashDevice & ~Copyable>(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> LogBytes {
    do throws(F.Failure) {
      try flash.read(at: address, into: &buffer)
    } catch {
      guard error.kind == .unreadable else { throw .flash(error) }
      return .unreadable
    }
    return buffer.span.isFilled(with: layout.erased.byte) ? .blank : .used
  }

  /// Reads up to 64 bytes only to see whether they are blank.
  func inspect<F: FlashDevice & ~Copyable>(
    at address: UInt32, count: UInt32, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> LogBytes {
    guard count > 0 else { return .blank }
    var storage: [64 of UInt8] = .init(repeating: 0)
    var all = storage.mutableSpan
    var buffer = all._mutatingExtracting(0..<Int(count))
    return try inspect(at: address, into: &buffer, on: &flash)
  }

  /// Reads a position, each part with one read, so that the answer is consistent in itself.
  func position<F: FlashDevice & ~Copyable>(
    _ index: UInt32, ofSector sector: UInt32, as kind: LogBodyKind, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> LogPosition {
    let address = layout.address(sector: sector, position: index)
    let begin = try inspect(at: address, count: layout.beginSize, on: &flash)
    var storage: [64 of UInt8] = .init(repeating: 0)
    var buffer = storage.mutableSpan
    let content = try inspect(at: address + layout.beginSize, into: &buffer, on: &flash)
    let settle = try inspect(
      at: address + layout.beginSize + MetadataLogLayout.bodySize, count: layout.settleSize,
      on: &flash)
    return LogPosition(
      isUsed: begin != .blank || content != .blank || settle != .blank,
      isSettled: settle != .blank,
      isUnreadable: begin == .unreadable || content == .unreadable || settle == .unreadable,
      body: content == .used ? LogBody(buffer.span, as: kind) : nil)
  }

  /// Programs bytes and reads them back.
  ///
  /// - Returns: Whether the flash took them; if not, the place counts as used.
  func program<F: FlashDevice & ~Copyable>(
    at address: UInt32, _ bytes: Span<UInt8>, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> Bool {
    // Writing the erased value counts as a program of the unit where rewriting is limited.
    let step = layout.rewriteRule == .anyBit ? bytes.count : Int(layout.unit)
    var offset = 0
    while offset < bytes.count {
      let unit = bytes.extracting(offset..<offset + step)
      if !unit.isFilled(with: layout.erased.byte) {
        do throws(F.Failure) {
          try flash.program(at: address + UInt32(offset), unit)
        } catch {
          guard Self.allowsAnotherPlace(error) else { throw .flash(error) }
          return false
        }
      }
      offset += step
    }
    var storage: [64 of UInt8] = .init(repeating: 0)
    var all = storage.mutableSpan
    var buffer = all._mutatingExtracting(0..<bytes.count)
    guard try inspect(at: address, into: &buffer, on: &flash) == .used else { return false }
    return buffer.span.isEqual(to: bytes)
  }

  /// Programs `count` bytes, at most 64, to the complement of the erased value, and reads them back.
  func mark<F: FlashDevice & ~Copyable>(
    at address: UInt32, count: UInt32, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> Bool {
    let marker: [64 of UInt8] = .init(repeating: layout.erased.programmedByte)
    return try program(at: address, marker.span.extracting(0..<Int(count)), on: &flash)
  }

  /// Erases a sector.
  ///
  /// - Returns: Whether the device says that it did.
  func erase<F: FlashDevice & ~Copyable>(
    sector: UInt32, on flash: inout F
  ) throws(MetadataLogError<F.Failure>) -> Bool {
    do throws(F.Failure) {
      try flash.erase(at: sector * layout.sectorSize, count: layout.sectorSize)
    } catch {
      guard Self.allowsAnotherPlace(error) else { throw .flash(error) }
      return false
    }
    return true
  }

  /// Whether a failed program or erase is a property of the place, so that another may do.
  private static func allowsAnotherPlace<Failure: FlashFailure>(_ failure: Failure) -> Bool {
    switch failure.kind {
    case .notWritable, .deviceFault, .unreadable: true
    case .outOfBounds, .misaligned, .powerLost: false
    }
  }
}
