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
    _ slot: BootSlot, flash: inout F, crypto: inout C, platform: inout P,
    buffer: inout MutableSpan<UInt8>
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
    loadedSlot = nil
    do throws(ImageCheckError<F.Failure>) {
      let summary = try flash.withPartition(
        range, access: .readOnly, mapFailure: { ImageCheckError.storage($0) }
      ) { (view) throws(ImageCheckError<F.Failure>) in
        try verify(slot, in: &view, crypto: &crypto, platform: &platform, buffer: &buffer)
      }
      handover.situation.verdicts[slot] = .bootable(
        BootableImage(
          version: summary.header.version, imageTag: summary.digest.tag,
          securityCounter: summary.securityCounter ?? 0,
          signingKey: summary.signingKey.map { UInt8(truncatingIfNeeded: $0) }))
    } catch {
      try note(error, about: slot)
    }
    platform.endLoad()
  }

  /// Verifies the image in `view`, in the form in which it is stored.
  private mutating func verify<
    S: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    _ slot: BootSlot, in view: inout S, crypto: inout C, platform: inout P,
    buffer: inout MutableSpan<UInt8>
  ) throws(ImageCheckError<S.Failure>) -> ImageSummary {
    let header = try ImageVerifier.header(of: &view)
    let form = storedForm(of: slot)
    do throws(ImageCheckError<S.Failure>) {
      return try verify(
        slot, as: form ?? .plain, header: header, in: &view, crypto: &crypto, platform: &platform,
        buffer: &buffer)
    } catch {
      // Without a log nothing says how the payload is stored: try the other form.
      guard form == nil, case .refused(.hashMismatch) = error,
        !header.flags.isDisjoint(with: .encrypted)
      else { throw error }
    }
    return try verify(
      slot, as: .ciphertext, header: header, in: &view, crypto: &crypto, platform: &platform,
      buffer: &buffer)
  }

  private mutating func verify<
    S: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    _ slot: BootSlot, as form: StoredForm, header: ImageHeader, in view: inout S,
    crypto: inout C, platform: inout P, buffer: inout MutableSpan<UInt8>
  ) throws(ImageCheckError<S.Failure>) -> ImageSummary {
    let entry: EntryPoint
    if form == .ciphertext || header.flags.contains(.loadsToRAM) {
      guard let address = configuration.loadAddress(of: header) else {
        throw .sink(.outOfSpace(imageOffset: 0))
      }
      platform.beginLoad(at: address)
      entry = .memory(address: address &+ UInt32(header.headerSize))
    } else {
      let start = configuration.layout.range(of: slot)?.start ?? 0
      entry = .flash(address: configuration.flashBase &+ start &+ UInt32(header.headerSize))
    }
    let requirements = configuration.requirements(
      for: slot, header: header, securityFloor: handover.situation.securityFloor,
      revokedKeys: handover.situation.record?.revokedKeys ?? log.inheritedRevocations)
    // Header and payload are all that was judged to fit.
    let summary = try withBoundedSink(&platform, limit: header.tlvOffset) {
      (sink) throws(ImageCheckError<S.Failure>) in
      try ImageVerifier.verify(
        &view, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &buffer,
        sink: &sink)
    }
    guard summary.header == header else { throw .refused(.headerChanged) }
    handover.findings[Int(slot.rawValue)] = CandidateFinding(refusal: nil, entry: entry)
    if case .memory = entry { loadedSlot = slot }
    return summary
  }

  /// How the payload in a slot is stored; `nil` if only trying can tell.
  private func storedForm(of slot: BootSlot) -> StoredForm? {
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
    switch error {
    case .storage(let failure):
      if failure.kind == .powerLost { throw .powerLost(failure) }
      handover.situation.verdicts[slot] = .unreadable
    case .refused(.headerChanged):
      // Two reads that differ say something about the flash, not about the image.
      handover.findings[Int(slot.rawValue)].refusal = .headerChanged
      handover.situation.verdicts[slot] = .unreadable
    case .refused(let refusal):
      handover.findings[Int(slot.rawValue)].refusal = refusal
      handover.situation.verdicts[slot] = .refused(RejectionCause(refusal))
    case .crypto(let failure):
      handover.situation.verdicts[slot] =
        RejectionCause(failure).map { .refused($0) } ?? .unreadable
    case .sink(.outOfSpace):
      handover.situation.verdicts[slot] = .refused(.placement)
    case .sink(.failed):
      handover.situation.verdicts[slot] = .unreadable
    }
  }
}
