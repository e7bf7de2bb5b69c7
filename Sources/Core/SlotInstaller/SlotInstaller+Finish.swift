public import BootState
public import Bootloader
public import FirmwareImage
public import NORFlash

extension SlotInstaller {
  /// Programs the rest, reads the slot back, verifies it, and stages the update.
  ///
  /// What counts is what the flash returns, not what was sent to it. An image that does not verify
  /// is put on record as rejected; after a resumption it may be begun once more from the start.
  ///
  /// - Parameter buffer: Memory for verification, at least 64 bytes.
  /// - Returns: The facts of the staged image.
  /// - Throws: `InstallError.incomplete` if bytes are missing, `.refused` or `.otherImage` if the
  ///   slot does not hold what was announced, `.prologueNeeded`, `.flash` if it cannot be read,
  ///   `.bootState`.
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
    let floor = try InstallCheck<F.Failure>.securityFloor(of: &securityCounter)
    let readBack = ReadBack(
      slot: slot, form: announcement == .none ? nil : storedForm, configuration: configuration,
      securityFloor: floor, revokedKeys: session.record?.revokedKeys ?? 0)
    let verified: ReadBack.Result
    do throws(InstallError<F.Failure>) {
      verified = try verify(readBack, flash: &flash, crypto: &crypto, buffer: &buffer)
      try InstallCheck<F.Failure>.checkFloor(
        floor, follows: verified.summary, securityCounter: securityCounter)
    } catch {
      if resumedAt > 0, case .refused(.hashMismatch) = error {
        // The two parts may be of two encryptions of the same image: the next try starts over.
        try change(flash: &flash, session: &session) { (record, slot) throws(TransitionError) in
          try record.noteProgress(of: slot, sixteenths: 0)
        }
      } else if let cause = error.rejectionCause {
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

  /// Verifies what the slot holds now, and that it is what was announced.
  private func verify<F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    _ readBack: ReadBack, flash: inout F, crypto: inout C, buffer: inout MutableSpan<UInt8>
  ) throws(InstallError<F.Failure>) -> ReadBack.Result {
    let result: ReadBack.Result
    do throws(ImageCheckError<F.Failure>) {
      result = try flash.withPartition(
        range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
      ) { (view) throws(ImageCheckError<F.Failure>) in
        try readBack.verify(in: &view, crypto: &crypto, buffer: &buffer)
      }
    } catch {
      throw InstallError(error)
    }
    guard announcement == .prologue else {
      let isUsable = result.form == .plain || readBack.configuration.decryption == .atBoot
      guard isUsable else { throw .prologueNeeded }
      // The rest of it was in the slot before.
      guard result.summary.imageSize <= nextOffset else {
        throw .incomplete(written: nextOffset, imageSize: result.summary.imageSize)
      }
      if result.form == .ciphertext || result.summary.header.flags.contains(.loadsToRAM) {
        try InstallCheck<F.Failure>.checkMemory(
          for: result.summary.header, configuration: readBack.configuration)
      }
      return result
    }
    guard result.summary.digest.tag == imageTag else {
      throw .otherImage(expected: imageTag, found: result.summary.digest.tag)
    }
    return result
  }

  func change<F: FlashDevice & ~Copyable>(
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

/// The verification of a slot that was just written.
struct ReadBack {
  typealias Result = (summary: ImageSummary, form: StoredForm)

  let slot: UpdateSlot
  /// How the payload is stored; `nil` to try plain first, then ciphertext.
  let form: StoredForm?
  let configuration: BootConfiguration
  let securityFloor: UInt32
  let revokedKeys: UInt32

  func verify<S: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable>(
    in view: inout S, crypto: inout C, buffer: inout MutableSpan<UInt8>
  ) throws(ImageCheckError<S.Failure>) -> Result {
    var examination = ImageExamination<EveryImageFeature>(requirements: ImageRequirements())
    var sink = DiscardingSink()
    var tried = form ?? .plain
    while true {
      do throws(ImageCheckError<S.Failure>) {
        try examination.readHeader(of: &view)
        examination.requirements = configuration.requirements(
          for: BootSlot(slot), header: examination.summary.header, securityFloor: securityFloor,
          revokedKeys: revokedKeys)
        try examination.examine(&view, crypto: &crypto)
        try examination.checkContent(
          of: &view, crypto: &crypto, storedForm: tried, buffer: &buffer, sink: &sink)
        return (examination.summary, tried)
      } catch {
        guard form == nil, tried == .plain, case .refused(.hashMismatch) = error,
          !examination.summary.header.flags.isDisjoint(with: .encrypted)
        else { throw error }
        tried = .ciphertext
      }
    }
  }
}

extension InstallError {
  /// What the boot record says about an image that this error refuses for good.
  ///
  /// A failure that may pass, of the flash or of the engine, is no reason: the slot stays in writing.
  var rejectionCause: RejectionCause? {
    switch self {
    case .refused(.headerChanged): nil
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
