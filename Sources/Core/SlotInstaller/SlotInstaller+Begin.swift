public import BootState
public import Bootloader
public import FirmwareImage
public import NORFlash

extension SlotInstaller {
  /// Begins an update whose header and TLV areas are known, or goes on with one.
  ///
  /// Everything that can be judged without the payload is judged here: signature, hardware ids,
  /// security floor, dependencies, size, keys, and whether the boot state allows an update. The
  /// record `writing` is durable when this returns, and no block has been erased. Only a pure
  /// signature has to wait for `finish`, because it covers the payload too.
  ///
  /// From here to `finish` nobody else may use the provider's cipher.
  ///
  /// - Parameters:
  ///   - prologue: Header and TLV areas of the image.
  ///   - incoming: How the payload will arrive; `nil` for what the header says.
  ///   - slot: The slot to write, or `nil` for the one that suits best.
  /// - Throws: `InstallError`, with no block of the slot erased.
  public static func begin<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, S: SecurityCounter & ~Copyable
  >(
    _ prologue: inout ImagePrologue, incoming: StoredForm? = nil, into slot: UpdateSlot? = nil,
    resumption: Resumption = .whenPossible, flash: inout F, crypto: inout C,
    securityCounter: inout S, session: inout BootStateSession,
    configuration: BootConfiguration
  ) throws(InstallError<F.Failure>) -> SlotInstaller {
    let slot = slot ?? preferredSlot(session)
    let range = try suitableRange(of: slot, flash: flash, configuration: configuration)
    let record = try InstallCheck<F.Failure>.checkTransition(
      to: slot, session: session, configuration: configuration)
    let summary = try InstallCheck<F.Failure>.examine(
      &prologue, for: slot, crypto: &crypto, securityCounter: &securityCounter, record: record,
      configuration: configuration)

    let isEncrypted = !summary.header.flags.isDisjoint(with: .encrypted)
    let incoming = incoming ?? (isEncrypted ? .ciphertext : .plain)
    let form: StoredForm =
      incoming == .ciphertext && configuration.decryption == .atBoot ? .ciphertext : .plain
    if form == .ciphertext || summary.header.flags.contains(.loadsToRAM) {
      try InstallCheck<F.Failure>.checkMemory(for: summary.header, configuration: configuration)
    }
    let payload = FlashRange(
      start: UInt32(summary.header.headerSize), count: summary.header.payloadSize)
    let resumed = resumePoint(
      in: record[slot], range: range, geometry: flash.geometry, imageTag: summary.digest.tag,
      form: form, resumption: resumption, imageSize: summary.imageSize)
    let installer = SlotInstaller(
      slot: slot, range: range, storedForm: form, imageSize: summary.imageSize,
      imageTag: summary.digest.tag,
      decryptedPayload: incoming == .ciphertext && form == .plain ? payload : nil,
      resumedAt: resumed.offset, progress: resumed.progress, announcement: .prologue)
    if incoming == .ciphertext {
      let key = try InstallCheck<F.Failure>.contentKey(
        of: summary, in: &prologue, crypto: &crypto)
      if form == .plain {
        try InstallCheck<F.Failure>.startCipher(
          with: key, for: payload, at: resumed.offset, crypto: &crypto)
      }
    }
    if resumed.progress == 0 {
      try installer.recordWriting(
        flash: &flash, session: &session, configuration: configuration)
    }
    return installer
  }

  /// Begins an update of which nothing is known yet, to be stored as it comes.
  ///
  /// For sources that only run forward. It cannot be resumed, and an encrypted image is refused at
  /// the end if this device decrypts on installation.
  ///
  /// - Throws: `InstallError`, with nothing changed.
  public static func beginWithoutPrologue<F: FlashDevice & ~Copyable>(
    into slot: UpdateSlot? = nil, flash: inout F, session: inout BootStateSession,
    configuration: BootConfiguration
  ) throws(InstallError<F.Failure>) -> SlotInstaller {
    let slot = slot ?? preferredSlot(session)
    let range = try suitableRange(of: slot, flash: flash, configuration: configuration)
    let installer = SlotInstaller(
      slot: slot, range: range, storedForm: .plain, imageSize: range.count, imageTag: 0,
      decryptedPayload: nil, resumedAt: 0, progress: 0, announcement: .none)
    try installer.recordWriting(flash: &flash, session: &session, configuration: configuration)
    return installer
  }

  static func preferredSlot(_ session: BootStateSession) -> UpdateSlot {
    (session.record ?? BootRecord()).preferredUpdateSlot(running: session.running.slot)
  }

  private static func suitableRange<F: FlashDevice & ~Copyable>(
    of slot: UpdateSlot, flash: borrowing F, configuration: BootConfiguration
  ) throws(InstallError<F.Failure>) -> FlashRange {
    guard let range = configuration.layout.range(of: BootSlot(slot)), range.count >= 16,
      flash.geometry.largestProgramUnit <= UInt32(Self.pageSize)
    else { throw .unsuitableSlot(slot) }
    // Whole blocks are erased: a slot that ends inside one would take its neighbour along.
    do throws(FlashError) {
      try flash.geometry.checkErase(at: range.start, count: range.count)
    } catch { throw .unsuitableSlot(slot) }
    return range
  }

  /// Where an interrupted installation goes on.
  private static func resumePoint(
    in record: SlotRecord, range: FlashRange, geometry: borrowing FlashGeometry,
    imageTag: UInt64, form: StoredForm, resumption: Resumption, imageSize: UInt32
  ) -> (offset: UInt32, progress: UInt8) {
    guard resumption == .whenPossible, record.state == .writing, record.imageTag == imageTag,
      record.storedForm == form, record.progress > 0, record.progress <= 16
    else { return (0, 0) }
    let programmed = UInt32(record.progress) * (range.count / 16)
    guard programmed <= imageSize,
      let block = geometry.eraseBlock(containing: range.start + programmed),
      block.start > range.start
    else { return (0, 0) }
    return (block.start - range.start, record.progress)
  }

  private func recordWriting<F: FlashDevice & ~Copyable>(
    flash: inout F, session: inout BootStateSession, configuration: BootConfiguration
  ) throws(InstallError<F.Failure>) {
    let factory = configuration.factoryPresence
    let running = session.running.slot
    do throws(BootStateError<F.Failure>) {
      try session.update(on: &flash) { (record) throws(TransitionError) in
        try record.beginUpdate(
          of: slot, imageTag: imageTag, storedForm: storedForm, running: running,
          factory: factory)
      }
    } catch {
      throw .bootState(error)
    }
  }
}

extension BootConfiguration {
  /// Whether the device has a factory partition.
  var factoryPresence: FactoryPresence { layout.factory == nil ? .absent : .present }
}

extension InstallError {
  /// Classifies what the check of a prologue throws; reading a prologue cannot fail by itself.
  init(prologueError error: ImageCheckError<ImagePrologueError>) {
    switch error {
    case .storage(.refused(let refusal)), .refused(let refusal): self = .refused(refusal)
    case .storage: self = .refused(.headerChanged)
    case .crypto(let failure): self = .crypto(failure)
    case .sink(.outOfSpace(let offset)): self = .memoryTooSmall(needed: UInt64(offset))
    case .sink(.failed(let code)): self = .crypto(.engineFailed(code: code))
    }
  }
}
