import BootState
import FirmwareImage
import NORFlash

// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

extension BootRun {
  /// Verifies the image in a slot and notes the verdict; loads it into RAM in the same pass if it
  /// does not execute in place.
  ///
  /// - Throws: `BootError.powerLost`.
  @inline(never)
  mutating func examine<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    _ slot: BootSlot, flash: inout F, configuration: BootConfiguration, crypto: inout C,
    platform: inout P, buffer: inout MutableSpan<UInt8>
  ) throws(BootError<F.Failure>) {
    guard let range = configuration.layout.range(of: slot) else {
      handover.situation.verdicts[slot] = .absent
      return
    }
    guard handover.isFloorKnown || slot == .factory else {
      // Not a refusal: the floor may be readable the next time.
      handover.situation.verdicts[slot] = .unreadable
      return
    }
    if Features.loadedImages { loadedSlot = nil }
    do throws(ImageCheckError<F.Failure>) {
      try flash.withPartition(
        range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
      ) { (view) throws(ImageCheckError<F.Failure>) in
        try verify(
          slot, range, in: &view, configuration: configuration, crypto: &crypto,
          platform: &platform, buffer: &buffer)
      }
      handover.situation.verdicts[slot] = .bootable(
        BootableImage(
          version: examination.summary.header.version, imageTag: examination.summary.digest.tag,
          securityCounter: examination.summary.securityCounter ?? 0,
          signingKey: examination.summary.signingKey.map { UInt8(truncatingIfNeeded: $0) }))
    } catch {
      try note(error, about: slot)
    }
    if Features.loadedImages { platform.endLoad() }
  }

  /// Verifies the image in `view`, in the form in which it is stored.
  private mutating func verify<
    S: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    _ slot: BootSlot, _ range: FlashRange, in view: inout S, configuration: BootConfiguration,
    crypto: inout C, platform: inout P, buffer: inout MutableSpan<UInt8>
  ) throws(ImageCheckError<S.Failure>) {
    guard Features.loadedImages else {
      return try verify(
        slot, range, as: .plain, in: &view, configuration: configuration, crypto: &crypto,
        platform: &platform, buffer: &buffer)
    }
    var form = storedForm(of: slot, configuration: configuration)
    while true {
      do throws(ImageCheckError<S.Failure>) {
        return try verify(
          slot, range, as: form ?? .plain, in: &view, configuration: configuration, crypto: &crypto,
          platform: &platform, buffer: &buffer)
      } catch {
        // Without a log nothing says how the payload is stored: try the other form.
        guard form == nil, case .refused(.hashMismatch) = error,
          !examination.summary.header.flags.isDisjoint(with: .encrypted)
        else { throw error }
        form = .ciphertext
      }
    }
  }

  private mutating func verify<
    S: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    _ slot: BootSlot, _ range: FlashRange, as form: StoredForm, in view: inout S,
    configuration: BootConfiguration, crypto: inout C, platform: inout P,
    buffer: inout MutableSpan<UInt8>
  ) throws(ImageCheckError<S.Failure>) {
    try examination.readHeader(of: &view)
    let headerSize = UInt32(examination.summary.header.headerSize)
    let entry: EntryPoint
    if form == .ciphertext || examination.summary.header.flags.contains(.loadsToRAM) {
      guard Features.loadedImages,
        let address = configuration.loadAddress(of: examination.summary.header)
      else {
        throw .sink(.outOfSpace(imageOffset: 0))
      }
      platform.beginLoad(at: address)
      entry = .memory(address: address &+ headerSize)
    } else {
      entry = .flash(address: configuration.flashBase &+ range.start &+ headerSize)
    }
    examination.requirements.adapt(
      to: slot, range: range, flashBase: configuration.flashBase,
      securityFloor: handover.situation.securityFloor,
      revokedKeys: handover.situation.record?.revokedKeys ?? log.inheritedRevocations)
    if Features.dependencies {
      examination.requirements.provide(examination.summary.header.version)
    }
    try examination.examine(&view, crypto: &crypto)
    try examination.checkContent(
      of: &view, crypto: &crypto, storedForm: form, buffer: &buffer, sink: &platform)
    handover.entries[Int(slot.rawValue)] = entry
    handover.refusals[Int(slot.rawValue)] = nil
    if Features.loadedImages, case .memory = entry { loadedSlot = slot }
  }

  /// How the payload in a slot is stored; `nil` if only trying can tell.
  private func storedForm(of slot: BootSlot, configuration: BootConfiguration) -> StoredForm? {
    guard let updateSlot = slot.updateSlot else { return configuration.factoryForm }
    if let record = handover.situation.record {
      let form = record[updateSlot].storedForm
      if form == .ciphertext || !record.isReconstructed { return form }
    }
    // Who found the state again from the images alone did not know the form.
    return configuration.decryption == .atInstall ? .plain : nil
  }

  /// Turns the failure of a verification into a verdict.
  ///
  /// - Throws: `BootError.powerLost`.
  private mutating func note<Failure: FlashFailure>(
    _ error: ImageCheckError<Failure>, about slot: BootSlot
  ) throws(BootError<Failure>) {
    let verdict: CandidateVerdict
    switch error {
    case .storage(let failure):
      if failure.kind == .powerLost { throw .powerLost(failure) }
      verdict = .unreadable
    case .refused(let refusal):
      handover.refusals[Int(slot.rawValue)] = refusal
      // Two reads that differ say something about the flash, not about the image.
      verdict = refusal.isHeaderChanged ? .unreadable : .refused(RejectionCause(refusal))
    case .crypto(let failure):
      verdict = RejectionCause(failure).map { .refused($0) } ?? .unreadable
    case .sink(.outOfSpace):
      verdict = .refused(.placement)
    case .sink(.failed):
      verdict = .unreadable
    }
    handover.situation.verdicts[slot] = verdict
  }
}

extension ImageRefusal {
  fileprivate var isHeaderChanged: Bool {
    if case .headerChanged = self { true } else { false }
  }
}
