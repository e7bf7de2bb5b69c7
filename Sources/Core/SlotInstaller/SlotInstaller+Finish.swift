public import BootState
public import Bootloader
public import FirmwareImage
public import NORFlash

extension SlotInstaller {
  /// Programs the rest, reads the slot back, verifies it, and stages the update.
  ///
  /// What counts is what the flash returns, not what was sent to it. An image that does not verify
  /// is put on record as rejected.
  ///
  /// - Parameter buffer: Memory for verification, at least 64 bytes.
  /// - Returns: The facts of the staged image.
  /// - Throws: `InstallError.incomplete` if bytes are missing, `.refused` or `.otherImage` if the
  ///   slot does not hold what was announced, `.flash` if it cannot be read, `.bootState`.
  /// - Complexity: O(`imageSize`)
  public mutating func finish<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, S: SecurityCounter & ~Copyable
  >(
    flash: inout F, crypto: inout C, securityCounter: inout S, session: inout BootStateSession,
    configuration: BootConfiguration, buffer: inout MutableSpan<UInt8>
  ) throws(InstallError<F.Failure>) -> ImageSummary {
    guard announcement == .none || nextOffset == imageSize else {
      throw .incomplete(written: nextOffset, imageSize: imageSize)
    }
    try flushPage(flash: &flash, crypto: &crypto)
    let floor: UInt32
    do throws(SecurityCounterError) {
      floor = try securityCounter.securityFloor()
    } catch {
      throw .bootState(.securityCounter(error))
    }
    let requirements = configuration.requirements(
      for: BootSlot(slot), securityFloor: floor, revokedKeys: session.record?.revokedKeys ?? 0)
    let verified: (summary: ImageSummary, form: StoredForm)
    do throws(InstallError<F.Failure>) {
      verified = try readBack(
        flash: &flash, crypto: &crypto, requirements: requirements,
        decryption: configuration.decryption, buffer: &buffer)
      let counter = verified.summary.securityCounter ?? 0
      guard counter <= floor || securityCounter.canRaiseSecurityFloor(to: counter) else {
        throw InstallError.floorExhausted(counter: counter)
      }
    } catch {
      if let cause = error.rejectionCause {
        try change(flash: &flash, session: &session) { (record, slot) in
          record.rejectUpdate(in: slot, cause: cause)
        }
      }
      throw error
    }
    let policy = configuration.policy
    try change(flash: &flash, session: &session) { (record, slot) throws(TransitionError) in
      try record.stage(slot, imageTag: verified.summary.digest.tag, policy: policy)
      record[slot].storedForm = verified.form
    }
    return verified.summary
  }

  /// Verifies what the slot holds now.
  private func readBack<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    flash: inout F, crypto: inout C, requirements: ImageRequirements,
    decryption: DecryptionTime, buffer: inout MutableSpan<UInt8>
  ) throws(InstallError<F.Failure>) -> (summary: ImageSummary, form: StoredForm) {
    if announcement == .none {
      return try readBackUnannounced(
        flash: &flash, crypto: &crypto, requirements: requirements, decryption: decryption,
        buffer: &buffer)
    }
    let summary = try verify(
      as: storedForm, flash: &flash, crypto: &crypto, requirements: requirements, buffer: &buffer)
    guard summary.digest.tag == imageTag else {
      throw .otherImage(expected: imageTag, found: summary.digest.tag)
    }
    return (summary, storedForm)
  }

  /// Verifies an image that was stored as it came: plain, or else as ciphertext.
  private func readBackUnannounced<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    flash: inout F, crypto: inout C, requirements: ImageRequirements,
    decryption: DecryptionTime, buffer: inout MutableSpan<UInt8>
  ) throws(InstallError<F.Failure>) -> (summary: ImageSummary, form: StoredForm) {
    do throws(InstallError<F.Failure>) {
      let summary = try verify(
        as: .plain, flash: &flash, crypto: &crypto, requirements: requirements, buffer: &buffer)
      return (summary, .plain)
    } catch {
      guard case .refused(.hashMismatch) = error else { throw error }
      let header: ImageHeader
      do throws(ImageCheckError<F.Failure>) {
        header = try flash.withPartition(
          range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
        ) { (view) throws(ImageCheckError<F.Failure>) in try ImageVerifier.header(of: &view) }
      } catch let headerError {
        throw InstallError(headerError)
      }
      guard !header.flags.isDisjoint(with: .encrypted) else { throw error }
      guard decryption == .atBoot else { throw .prologueNeeded }
    }
    let summary = try verify(
      as: .ciphertext, flash: &flash, crypto: &crypto, requirements: requirements,
      buffer: &buffer)
    return (summary, .ciphertext)
  }

  private func verify<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    as form: StoredForm, flash: inout F, crypto: inout C, requirements: ImageRequirements,
    buffer: inout MutableSpan<UInt8>
  ) throws(InstallError<F.Failure>) -> ImageSummary {
    do throws(ImageCheckError<F.Failure>) {
      return try flash.withPartition(
        range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
      ) { (view) throws(ImageCheckError<F.Failure>) in
        try ImageVerifier.verify(
          &view, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &buffer)
      }
    } catch {
      throw InstallError(error)
    }
  }

  private func change<F: FlashDevice & ~Copyable>(
    flash: inout F, session: inout BootStateSession,
    _ body: (inout BootRecord, UpdateSlot) throws(TransitionError) -> Void
  ) throws(InstallError<F.Failure>) {
    do throws(BootStateError<F.Failure>) {
      try session.update(on: &flash) { (record) throws(TransitionError) in
        try body(&record, slot)
      }
    } catch {
      throw .bootState(error)
    }
  }
}

extension InstallError {
  /// What the boot record says about an image that this error refuses for good.
  ///
  /// A failure that may pass, of the flash or of the engine, is no reason: the slot stays in writing.
  var rejectionCause: RejectionCause? {
    switch self {
    case .refused(let refusal): RejectionCause(refusal)
    case .crypto(let failure): RejectionCause(failure)
    case .otherImage: .identity
    case .prologueNeeded: .decryption
    case .floorExhausted: .securityCounter
    case .memoryTooSmall: .placement
    case .bootState, .unsuitableSlot, .flash, .tooManyBytes, .incomplete: nil
    }
  }
}
