public import BootState
public import FirmwareImage
public import NORFlash

extension SlotInstaller {
  /// Takes the next bytes of the image.
  ///
  /// - Throws: `InstallError.tooManyBytes` before anything is written; `.flash`, `.crypto` or
  ///   `.bootState` when something failed on the way. Then go on with the byte at `nextOffset`, or,
  ///   if it fails again, begin again.
  /// - Complexity: O(`bytes.count`)
  public mutating func write<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    _ bytes: Span<UInt8>, flash: inout F, crypto: inout C, session: inout BootStateSession
  ) throws(InstallError<F.Failure>) {
    guard UInt64(nextOffset) + UInt64(bytes.count) <= UInt64(imageSize) else {
      throw .tooManyBytes(imageSize: imageSize)
    }
    var taken = 0
    while taken < bytes.count {
      let count = min(Self.pageSize - pageCount, bytes.count - taken)
      let waiting = pageCount
      var buffer = page.mutableSpan
      buffer.copy(bytes.extracting(taken..<taken + count), at: waiting)
      nextOffset += UInt32(count)
      taken += count
      if pageCount == Self.pageSize {
        try flushPage(flash: &flash, crypto: &crypto)
        try recordProgress(flash: &flash, session: &session)
      }
    }
  }

  /// Decrypts, erases ahead and programs what waits in the page.
  mutating func flushPage<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    flash: inout F, crypto: inout C
  ) throws(InstallError<F.Failure>) {
    let count = pageCount
    guard count > 0 else { return }
    if !isPageDecrypted {
      do throws(CryptoError) {
        try decryptPage(count: count, crypto: &crypto)
      } catch {
        throw .crypto(error)
      }
      // A second attempt after a fault of the flash must not decrypt it again.
      isPageDecrypted = true
    }
    let start = range.start + pageOffset
    let unit = Int(flash.geometry.programUnit(at: start))
    let padded = (count + unit - 1) / unit * unit
    var buffer = page.mutableSpan
    for index in count..<padded { buffer[index] = flash.geometry.erased.byte }
    do throws(F.Failure) {
      try eraseAhead(to: pageOffset + UInt32(padded), flash: &flash)
      try flash.program(at: start, page.span.extracting(first: padded))
    } catch {
      throw .flash(error)
    }
    pageOffset = nextOffset
    isPageDecrypted = false
  }

  private mutating func decryptPage<C: CryptoProvider & ~Copyable>(
    count: Int, crypto: inout C
  ) throws(CryptoError) {
    guard let payload = decryptedPayload else { return }
    let first = max(pageOffset, payload.start)
    let end = min(pageOffset + UInt32(count), payload.start + payload.count)
    guard first < end else { return }
    var buffer = page.mutableSpan
    var part = buffer._mutatingExtracting(Int(first - pageOffset)..<Int(end - pageOffset))
    try crypto.applyCipher(to: &part)
  }

  /// Erases the blocks that the next page reaches into.
  ///
  /// They are erased whatever they look like: blank cells may be weak after a cut.
  private mutating func eraseAhead<F: FlashDevice & ~Copyable>(
    to end: UInt32, flash: inout F
  ) throws(F.Failure) {
    while erasedEnd < end {
      guard let block = flash.geometry.eraseBlock(containing: range.start + erasedEnd) else {
        throw F.Failure(.outOfBounds(address: range.start + erasedEnd, count: 1))
      }
      try flash.erase(at: block.start, count: block.count)
      erasedEnd = block.start + block.count - range.start
    }
  }

  /// Puts each further sixteenth of the slot on record.
  private mutating func recordProgress<F: FlashDevice & ~Copyable>(
    flash: inout F, session: inout BootStateSession
  ) throws(InstallError<F.Failure>) {
    let sixteenths = UInt8(truncatingIfNeeded: min(16, pageOffset / (range.count / 16)))
    guard announcement == .prologue, sixteenths > progress else { return }
    let slot = slot
    do throws(BootStateError<F.Failure>) {
      try session.update(on: &flash) { (record) throws(TransitionError) in
        try record.noteProgress(of: slot, sixteenths: sixteenths)
      }
    } catch {
      throw .bootState(error)
    }
    progress = sixteenths
  }
}
