import BootState
import Bootloader
import FirmwareImage
import NORFlash

/// What is judged before anything is written; a type only to name the failure of the flash once.
enum InstallCheck<Failure: FlashFailure> {
  /// Judges the boot state.
  ///
  /// - Returns: The state from which the update starts.
  static func checkTransition(
    to slot: UpdateSlot, session: BootStateSession,
    configuration: BootConfiguration
  ) throws(InstallError<Failure>) -> BootRecord {
    do throws(TransitionError) {
      let record = try session.baseRecord()
      try record.checkUpdate(
        of: slot, running: session.running.slot, factory: configuration.factoryPresence)
      return record
    } catch {
      throw .bootState(.transition(error))
    }
  }

  /// Judges the image by its prologue.
  static func examine<C: CryptoProvider & ~Copyable, S: SecurityCounter & ~Copyable>(
    _ prologue: inout ImagePrologue, for slot: UpdateSlot, crypto: inout C,
    securityCounter: inout S, record: BootRecord, configuration: BootConfiguration
  ) throws(InstallError<Failure>) -> ImageSummary {
    let floor = try securityFloor(of: &securityCounter)
    let requirements = configuration.requirements(
      for: BootSlot(slot), header: prologue.header, securityFloor: floor,
      revokedKeys: record.revokedKeys)
    let summary: ImageSummary
    do throws(ImageCheckError<ImagePrologueError>) {
      summary = try ImageVerifier.examine(&prologue, crypto: &crypto, requirements: requirements)
    } catch {
      throw InstallError(prologueError: error)
    }
    try checkFloor(floor, follows: summary, securityCounter: securityCounter)
    let end = UInt32(truncatingIfNeeded: summary.header.hashedEnd)
    guard !summary.isPureSignature || end <= configuration.pureSignatureLimit else {
      throw .refused(
        .pureSignatureNeedsMemory(
          needed: end, available: Int(configuration.pureSignatureLimit)))
    }
    return summary
  }

  @inline(never)
  static func securityFloor<S: SecurityCounter & ~Copyable>(
    of securityCounter: inout S
  ) throws(InstallError<Failure>) -> UInt32 {
    do throws(SecurityCounterError) {
      return try securityCounter.securityFloor()
    } catch {
      throw .bootState(.securityCounter(error))
    }
  }

  /// Whether the floor could be raised to the counter of an image.
  static func checkFloor<S: SecurityCounter & ~Copyable>(
    _ floor: UInt32, follows image: ImageSummary, securityCounter: borrowing S
  ) throws(InstallError<Failure>) {
    let counter = image.securityCounter ?? 0
    guard counter <= floor || securityCounter.canRaiseSecurityFloor(to: counter) else {
      throw .floorExhausted(counter: counter)
    }
  }

  /// Whether an image that runs from RAM can do so.
  @inline(never)
  static func checkMemory(
    for header: ImageHeader, configuration: BootConfiguration
  ) throws(InstallError<Failure>) {
    guard configuration.loadAddress(of: header) == nil else { return }
    if !header.flags.isDisjoint(with: .fixedAddress), let memory = configuration.memory {
      throw .refused(.loadAddress(found: header.loadAddress, expected: memory.start))
    }
    throw .memoryTooSmall(needed: header.tlvOffset)
  }

  static func contentKey<C: CryptoProvider & ~Copyable>(
    of summary: ImageSummary, in prologue: inout ImagePrologue, crypto: inout C
  ) throws(InstallError<Failure>) -> ContentKey {
    do throws(ImageCheckError<ImagePrologueError>) {
      return try ImageVerifier.contentKey(of: summary, in: &prologue, crypto: &crypto)
    } catch {
      throw InstallError(prologueError: error)
    }
  }

  /// Starts the cipher at the first byte of the payload that is still to come.
  static func startCipher<C: CryptoProvider & ~Copyable>(
    with key: ContentKey, for payload: FlashRange, at imageOffset: UInt32, crypto: inout C
  ) throws(InstallError<Failure>) {
    let offset = imageOffset > payload.start ? imageOffset - payload.start : 0
    do throws(CryptoError) {
      try crypto.startCipher(key: key, payloadOffset: offset & ~15)
      // The counter moves in blocks of 16 bytes; a header of odd size leaves a rest to skip.
      var skipped: [16 of UInt8] = .init(repeating: 0)
      var span = skipped.mutableSpan
      var rest = span._mutatingExtracting(first: Int(offset & 15))
      if !rest.isEmpty { try crypto.applyCipher(to: &rest) }
    } catch {
      throw .crypto(error)
    }
  }
}
