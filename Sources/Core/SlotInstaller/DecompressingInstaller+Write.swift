public import BootState
public import Bootloader
public import FirmwareImage
public import NORFlash

extension DecompressingInstaller where Decompressor: ~Copyable {
  /// Takes the next bytes of the image as it is delivered.
  ///
  /// - Throws: `InstallError.tooManyBytes` before anything is written; `.refused(.compression)` if the
  ///   payload cannot be unpacked: then begin again. `.flash`, `.crypto` or `.bootState` when
  ///   something failed on the way; then go on with the byte at `nextOffset`, or, if it fails again,
  ///   begin again.
  /// - Complexity: O(`bytes.count` + bytes that come out)
  public mutating func write<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    _ bytes: Span<UInt8>, flash: inout F, crypto: inout C, session: inout BootStateSession
  ) throws(InstallError<F.Failure>) {
    guard UInt64(nextOffset) + UInt64(bytes.count) <= UInt64(imageSize) else {
      throw .tooManyBytes(imageSize: imageSize)
    }
    if let failure = unpacking.failure { throw .refused(.compression(failure)) }
    var taken = 0
    repeat {
      do throws(CryptoError) {
        taken += try unpacking.take(bytes.extracting(taken...), crypto: &crypto)
      } catch { throw .crypto(error) }
      try drain(flash: &flash, crypto: &crypto, session: &session)
    } while taken < bytes.count
  }

  /// Programs the rest, reads the plain image back, verifies it, and stages the update.
  ///
  /// As `SlotInstaller.finish`; an image that does not verify is put on record as rejected.
  ///
  /// - Parameter buffer: Memory for verification, at least 64 bytes.
  /// - Returns: The facts of the staged image, which is not compressed.
  /// - Throws: `InstallError.incomplete` if bytes are missing, and as `SlotInstaller.finish`.
  /// - Complexity: O(size of the plain image)
  public mutating func finish<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, S: SecurityCounter & ~Copyable
  >(
    flash: inout F, crypto: inout C, securityCounter: inout S, session: inout BootStateSession,
    configuration: BootConfiguration, buffer: inout MutableSpan<UInt8>
  ) throws(InstallError<F.Failure>) -> ImageSummary {
    if let failure = unpacking.failure { throw .refused(.compression(failure)) }
    guard nextOffset == imageSize else {
      throw .incomplete(written: nextOffset, imageSize: imageSize)
    }
    // Nothing is left, unless the flash failed in the last call of `write`.
    try drain(flash: &flash, crypto: &crypto, session: &session)
    return try installer.finish(
      flash: &flash, crypto: &crypto, securityCounter: &securityCounter, session: &session,
      configuration: configuration, buffer: &buffer)
  }

  /// Unpacks and installs everything that was taken.
  ///
  /// Whatever throws, the state is one from which the next call goes on.
  private mutating func drain<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    flash: inout F, crypto: inout C, session: inout BootStateSession
  ) throws(InstallError<F.Failure>) {
    while true {
      let end = unpacking.outputOffset + UInt32(unpacking.outputCount)
      if installer.nextOffset < end {
        // What lies before was programmed: in a call that failed, or before a loss of power.
        let start = Int(installer.nextOffset - unpacking.outputOffset)
        try installer.write(
          unpacking.output.span.extracting(start..<unpacking.outputCount), flash: &flash,
          crypto: &crypto, session: &session)
      }
      unpacking.outputOffset = end
      unpacking.outputCount = 0
      do throws(CompressionRefusal) {
        guard try unpacking.fill(with: &decompressor) else { return }
      } catch {
        unpacking.failure = error
        // Some of what is programmed may be what a damaged stream gave: the next try starts over.
        try installer.forgetProgress(flash: &flash, session: &session)
        throw .refused(.compression(error))
      }
    }
  }
}

extension Unpacking {
  /// Copies the next delivered bytes, and decrypts them: as many as there is room for.
  ///
  /// - Returns: The number of bytes that were taken; 0 if earlier ones have not been used yet.
  mutating func take<C: CryptoProvider & ~Copyable>(
    _ bytes: Span<UInt8>, crypto: inout C
  ) throws(CryptoError) -> Int {
    guard inputStart == inputEnd else { return 0 }
    let offset = nextOffset
    let count = min(bytes.count, input.count)
    var buffer = input.mutableSpan
    buffer.copy(bytes.extracting(first: count))
    if let plan, plan.incoming == .ciphertext {
      let first = max(offset, plan.payload.start)
      let end = min(offset + UInt32(count), plan.payload.start + plan.payload.count)
      if first < end {
        var part = buffer._mutatingExtracting(Int(first - offset)..<Int(end - offset))
        try crypto.applyCipher(to: &part)
      }
    }
    (inputStart, inputEnd) = (0, count)
    nextOffset += UInt32(count)
    return count
  }

  /// Makes the next bytes of the plain image, from what was taken.
  ///
  /// - Returns: Whether something may still come.
  mutating func fill<D: PayloadDecompressor & ~Copyable>(
    with decompressor: inout D
  ) throws(CompressionRefusal) -> Bool {
    guard let payload = plan?.payload else { return pass(upTo: .max) }
    if outputOffset < payload.start { return pass(upTo: payload.start) }
    if let running = decompression, !running.isComplete {
      guard inputStart < inputEnd || running.needsNoInput else { return false }
      // Behind the payload of what was delivered come its own TLV areas.
      let end = min(UInt32(inputEnd - inputStart), payload.count - running.consumed)
      let bytes = input.span.extracting(inputStart..<inputStart + Int(end))
      var target = output.mutableSpan
      guard let step = try decompression?.step(bytes, into: &target, with: &decompressor) else {
        return false
      }
      inputStart += step.consumed
      outputCount = step.produced
      return true
    }
    return appendAreas()
  }

  /// Passes bytes on as they are, except for a header, which becomes that of the plain image.
  private mutating func pass(upTo end: UInt32) -> Bool {
    let count = Int(min(UInt32(inputEnd - inputStart), end - outputOffset))
    guard count > 0 else { return false }
    var target = output.mutableSpan
    target.copy(input.span.extracting(inputStart..<inputStart + count))
    if let plan {
      var header: [32 of UInt8] = .init(repeating: 0)
      var encoded = header.mutableSpan
      plan.plain.header.encode(into: &encoded)
      for index in 0..<count where Int(outputOffset) + index < header.count {
        target[index] = header[Int(outputOffset) + index]
      }
    }
    inputStart += count
    outputCount = count
    return true
  }

  /// Takes the TLV areas from the plain prologue, and drops those that were delivered.
  private mutating func appendAreas() -> Bool {
    inputStart = inputEnd
    guard var plain = plan?.plain, outputOffset < plain.size else { return false }
    let count = min(output.count, Int(plain.size - outputOffset))
    var buffer = output.mutableSpan
    var target = buffer._mutatingExtracting(first: count)
    do throws(ImagePrologueError) {
      try plain.read(at: outputOffset, into: &target)
    } catch {
      // Everything behind the payload is in a prologue.
      return false
    }
    outputCount = count
    return true
  }
}

extension SlotInstaller {
  /// Puts on record that an interrupted installation has to begin anew.
  mutating func forgetProgress<F: FlashDevice & ~Copyable>(
    flash: inout F, session: inout BootStateSession
  ) throws(InstallError<F.Failure>) {
    guard progress > 0 else { return }
    try change(flash: &flash, session: &session) { (record, slot) throws(TransitionError) in
      try record.noteProgress(of: slot, sixteenths: 0)
    }
    progress = 0
  }
}
