public import BootState
public import Bootloader
public import FirmwareImage
public import NORFlash

extension DecompressingInstaller where Decompressor: ~Copyable {
  /// Begins an update whose header and TLV areas are known, or goes on with one.
  ///
  /// Of a compressed image both signatures are checked here, by keys that are trusted and not
  /// revoked, and everything that the device asks for is held against the plain image, as
  /// `SlotInstaller.begin` does. Only pure signatures cover payloads: that of the plain image waits
  /// for `finish`, and that of the compressed one is not checked. Whether the device can unpack it is known here as well, except for
  /// the dictionary of an LZMA2 payload, which its first two bytes tell.
  ///
  /// From here to `finish` nobody else may use the provider's cipher.
  ///
  /// - Parameters:
  ///   - prologue: Header and TLV areas of the image, as it is delivered.
  ///   - incoming: How the payload will arrive; `nil` for what the header says.
  ///   - slot: The slot to write, or `nil` for the one that suits best.
  ///   - decompressor: Unpacks the payload; `NoDecompressor()` refuses every compressed image.
  /// - Throws: `InstallError`, with no block of the slot erased; `.refused(.compression)` if the image
  ///   cannot be unpacked, or is encrypted and the device stores payloads encrypted.
  public static func begin<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, S: SecurityCounter & ~Copyable
  >(
    _ prologue: inout ImagePrologue, incoming: StoredForm? = nil, into slot: UpdateSlot? = nil,
    resumption: Resumption = .whenPossible, decompressor: consuming Decompressor,
    flash: inout F, crypto: inout C, securityCounter: inout S, session: inout BootStateSession,
    configuration: BootConfiguration
  ) throws(InstallError<F.Failure>) -> DecompressingInstaller {
    let slot = slot ?? SlotInstaller.preferredSlot(session)
    let image: CompressedImage?
    do throws(ImageRefusal) {
      image = try CompressedImage(&prologue)
    } catch { throw .refused(error) }
    guard let image else {
      let installer = try SlotInstaller.begin(
        &prologue, incoming: incoming, into: slot, resumption: resumption, flash: &flash,
        crypto: &crypto, securityCounter: &securityCounter, session: &session,
        configuration: configuration)
      return DecompressingInstaller(
        imageSize: installer.imageSize, installer: installer, decompressor: decompressor,
        unpacking: Unpacking(plainFrom: installer.nextOffset))
    }
    let incoming = incoming ?? (prologue.header.isEncrypted ? .ciphertext : .plain)
    let summary = try InstallCheck<F.Failure>.examine(
      image, &prologue, incoming: incoming, for: slot, decompressor: decompressor, crypto: &crypto,
      securityCounter: &securityCounter, session: session, configuration: configuration)
    var plain = image.plainPrologue
    let installer = try SlotInstaller.begin(
      &plain, incoming: .plain, into: slot, resumption: resumption, flash: &flash,
      crypto: &crypto, securityCounter: &securityCounter, session: &session,
      configuration: configuration)
    let payload = FlashRange(
      start: UInt32(summary.header.headerSize), count: summary.header.payloadSize)
    return DecompressingInstaller(
      imageSize: summary.imageSize, installer: installer, decompressor: decompressor,
      unpacking: Unpacking(image, payload: payload, incoming: incoming))
  }
}

extension InstallCheck {
  /// Judges a compressed image as it is delivered, and starts the cipher.
  static func examine<
    D: PayloadDecompressor & ~Copyable, C: CryptoProvider & ~Copyable,
    S: SecurityCounter & ~Copyable
  >(
    _ image: CompressedImage, _ prologue: inout ImagePrologue, incoming: StoredForm,
    for slot: UpdateSlot, decompressor: borrowing D, crypto: inout C,
    securityCounter: inout S, session: BootStateSession, configuration: BootConfiguration
  ) throws(InstallError<Failure>) -> ImageSummary {
    let record = try checkTransition(to: slot, session: session, configuration: configuration)
    do throws(CompressionRefusal) {
      if incoming == .ciphertext, configuration.decryption == .atBoot { throw .ciphertextAtRest }
      try image.payload.check(for: decompressor)
    } catch { throw .refused(.compression(error)) }
    let floor = try securityFloor(of: &securityCounter)
    var requirements = configuration.requirements(
      for: BootSlot(slot), header: prologue.header, securityFloor: floor,
      revokedKeys: record.revokedKeys)
    // This one is neither stored nor run; the plain one has to fit and to boot.
    requirements.maximumSize = .max
    requirements.bootability = .notRequired
    requirements.compression = .accepted
    let summary: ImageSummary
    do throws(ImageCheckError<ImagePrologueError>) {
      summary = try ImageVerifier.examine(&prologue, crypto: &crypto, requirements: requirements)
    } catch { throw InstallError(prologueError: error) }
    if incoming == .ciphertext {
      let key = try contentKey(of: summary, in: &prologue, crypto: &crypto)
      let payload = FlashRange(
        start: UInt32(summary.header.headerSize), count: summary.header.payloadSize)
      try startCipher(with: key, for: payload, at: 0, crypto: &crypto)
    }
    return summary
  }
}
