import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import ImageBuilder
import ImageCompression
import NORFlash
import OpenSSLCrypto
import SlotInstaller
import TestSupport
import Testing

/// What a delivered compressed image leaves in the slot, and what is refused on the way.
@Suite struct CompressedInstallTests {
  @Test(arguments: CompressedFixture.methods, [1, 7, 256, 5_000])
  func thePlainImageEndsUpInTheSlot(_ method: CompressionMethod, chunk: Int) throws {
    let (image, plain) = try CompressedFixture(CompressedFixture.payload(9_000), method).build()
    #expect(image.count < plain.count)
    var bench = try BootBench.runningFactory()
    var session = try bench.bootedSession()
    let summary = try bench.unpack(image, chunk: chunk, &session)
    #expect(!summary.header.flags.contains(.nonBootable))
    #expect(summary.imageSize == UInt32(plain.count))
    #expect(bench.content(of: .slotA, count: plain.count) == plain)
    let handover = try bench.powerUp()
    #expect(handover.slot == .slotA)
    #expect(handover.image?.version.major == 2)
  }

  @Test func aPlainImageIsInstalledAsEver() throws {
    let keys = WrapKeys.simple
    let image = try ImageFixture.image(2, payloadSize: 9_001) {
      $0.encryption = keys.encryption
      $0.headerSize = 33
    }
    var bench = try BootBench.runningFactory(decryptionKey: keys.decryption)
    var session = try bench.bootedSession()
    var installer = try bench.beginUnpacking(image, &session)
    try bench.deliver(image, chunk: 777, upTo: 8_900, to: &installer, &session)
    session = try bench.bootedSession()
    installer = try bench.beginUnpacking(image, &session)
    #expect(installer.nextOffset == 8_192)
    try bench.deliver(image, chunk: 777, to: &installer, &session)
    _ = try bench.finish(&installer, &session)
    #expect(try bench.powerUp().slot == .slotA)
  }

  /// Without a decompressor, the reason is given, and the flash left alone.
  @Test(arguments: CompressedFixture.methods)
  func aDeviceWithoutADecompressorRefuses(_ method: CompressionMethod) throws {
    let (image, _) = try CompressedFixture(CompressedFixture.payload(3_000), method).build()
    var bench = try BootBench.runningFactory()
    guard
      case .refused(.compression(.algorithmUnavailable)) = try bench.unpackingRefusal(
        of: image, window: 0)
    else {
      Issue.record("a device without a window accepts \(method)")
      return
    }
    var session = try bench.bootedSession()
    var storage = MemoryStorage(image)
    var prologue = try ImagePrologue(reading: &storage)
    #expect(throws: Failure.self) {
      _ = try DecompressingInstaller.begin(
        &prologue, decompressor: NoDecompressor(), flash: &bench.flash, crypto: &bench.crypto,
        securityCounter: &bench.platform, session: &session, configuration: bench.configuration)
    }
    // The installer of plain images does not take it either.
    let refusal = try bench.refusal(of: image, &session)
    if case .zlib = method {
      #expect(refusal == .refused(.notBootable))
    } else {
      #expect(refusal?.isCompressedRefusal == true)
    }
  }

  @Test func aWindowThatIsTooLargeIsRefused() throws {
    let payload = CompressedFixture.payload(3_000)
    var bench = try BootBench.runningFactory()
    let (zlib, _) = try CompressedFixture(payload, .zlib(windowBits: 12)).build()
    #expect(
      try bench.unpackingRefusal(of: zlib, window: 4_095)
        == .refused(.compression(.windowTooLarge(4_096, largest: 4_095))))
    #expect(try bench.unpackingRefusal(of: zlib, window: 4_096) == nil)

    // The dictionary of LZMA2 is known with the first bytes of the payload.
    let (lzma2, _) = try CompressedFixture(payload, .lzma2(.imageTool, .none)).build()
    var session = try bench.bootedSession()
    var installer = try bench.beginUnpacking(lzma2, window: 131_071, &session)
    bench.flash.trace = []
    do throws(Failure) {
      try bench.deliver(lzma2, to: &installer, &session)
      Issue.record("a dictionary that is too large is served")
    } catch {
      #expect(
        error == .refused(.compression(.windowTooLarge(131_072, largest: 131_071))))
    }
    #expect(bench.flash.trace.isEmpty)
  }

  @Test func whatTheSlotCannotHoldIsRefusedBeforehand() throws {
    // 300 KiB of nearly nothing for a slot of 16 KiB.
    let payload = [UInt8](repeating: 0, count: 300_000)
    let (image, plain) = try CompressedFixture(payload, .zlib(windowBits: 15)).build()
    #expect(image.count < 1_000)
    var bench = try BootBench.runningFactory()
    #expect(
      try bench.unpackingRefusal(of: image)
        == .refused(.tooLarge(size: UInt32(plain.count), maximum: 16_384)))
  }

  @Test func theSignatureOfThePlainImageIsCheckedBeforehand() throws {
    var fixture = CompressedFixture(CompressedFixture.payload(3_000), .zlib(windowBits: 15))
    fixture.innerKey = ImageFixture.otherKey
    var bench = try BootBench.runningFactory()
    guard
      case .refused(.signatureMismatch) = try bench.unpackingRefusal(of: fixture.build().image)
    else {
      Issue.record("the signature of the plain image is not checked")
      return
    }
    fixture.innerKey = nil
    fixture.missing = [.decompressedSignature]
    #expect(try bench.unpackingRefusal(of: fixture.build().image) == .refused(.unsigned))
    #expect(
      try bench.unpackingRefusal(of: fixture.build(signedBy: ImageFixture.otherKey).image)
        == .refused(.unknownKey))
  }

  @Test func aRevokedKeyIsRefused() throws {
    let (image, _) = try CompressedFixture(
      CompressedFixture.payload(3_000), .lzma2(.imageTool, .none)
    ).build(signedBy: ImageFixture.otherKey)
    var bench = try BootBench.runningFactory(
      trustedKeys: [ImageFixture.key.publicKey, ImageFixture.otherKey.publicKey])
    var record = BootRecord()
    record.revokedKeys = 2
    try bench.write(record)
    #expect(try bench.unpackingRefusal(of: image) == .refused(.revokedKey(index: 1)))
  }

  @Test func theFloorIsChecked() throws {
    let (image, _) = try CompressedFixture(
      CompressedFixture.payload(3_000), .zlib(windowBits: 15)
    ).build()
    var bench = try BootBench.runningFactory()
    try bench.platform.raiseSecurityFloor(to: 3)
    #expect(
      try bench.unpackingRefusal(of: image)
        == .refused(.securityCounter(found: 0, minimum: 3)))
  }

  /// Compressed, then encrypted, in every way a key can be wrapped.
  @Test(
    arguments: WrapKeys.all, [CompressionMethod.zlib(windowBits: 15), .lzma2(.imageTool, .none)])
  func anEncryptedOneIsDecryptedFirst(_ keys: WrapKeys, _ method: CompressionMethod) throws {
    let payload = CompressedFixture.payload(9_001)
    let image = try Self.encrypted(payload, method, keys)
    var bench = try BootBench.runningFactory(decryptionKey: keys.decryption)
    var session = try bench.bootedSession()
    let summary = try bench.unpack(image, &session)
    #expect(summary.contentKeyWrap != nil)
    #expect(bench.content(of: .slotA, count: 33 + 9_001).dropFirst(33).elementsEqual(payload))
    #expect(try bench.powerUp().slot == .slotA)

    var stranger = try BootBench.runningFactory()
    guard case .crypto(.noDecryptionKey) = try stranger.unpackingRefusal(of: image) else {
      Issue.record("a device without the key begins")
      return
    }
  }

  /// A pure signature covers the plain image, which is there at the end only.
  @Test(arguments: [CompressionMethod.zlib(windowBits: 15), .lzma2(.imageTool, .none)])
  func aPureSignatureIsCheckedAtTheEnd(_ method: CompressionMethod) throws {
    let key = ImageFixture.makeKey(.ed25519)
    let payload = CompressedFixture.payload(3_000)
    var recipe = ImageRecipe(version: ImageVersion(major: 2, minor: 0, revision: 0))
    recipe.signatureForm = .pure
    let plain = try recipe.build(payload: payload.span, signingKey: key)
    recipe.compression = method
    let image = try recipe.build(payload: payload.span, signingKey: key)
    let keys = [ImageFixture.key.publicKey, key.publicKey]
    var bench = try BootBench.runningFactory(trustedKeys: keys) { $0.pureSignatureLimit = 4_096 }
    var session = try bench.bootedSession()
    try bench.unpack(image, &session)
    #expect(bench.content(of: .slotA, count: plain.count) == plain)
    #expect(try bench.powerUp().slot == .slotA)

    var small = try BootBench.runningFactory(trustedKeys: keys) { $0.pureSignatureLimit = 3_000 }
    guard case .refused(.pureSignatureNeedsMemory) = try small.unpackingRefusal(of: image) else {
      Issue.record("a device without the memory begins")
      return
    }
  }

  /// A device that keeps ciphertext would have to encrypt other bytes with the same key stream.
  @Test func encryptedInFlashAndCompressedIsRefused() throws {
    let keys = WrapKeys.simple
    let payload = CompressedFixture.payload(3_000)
    var bench = try BootBench.runningFactory(decryptionKey: keys.decryption) {
      $0.decryption = .atBoot
    }
    #expect(
      try bench.unpackingRefusal(of: Self.encrypted(payload, .zlib(windowBits: 15), keys))
        == .refused(.compression(.ciphertextAtRest)))
    // What is not encrypted gives nothing away.
    let (image, plain) = try CompressedFixture(payload, .zlib(windowBits: 15)).build()
    var session = try bench.bootedSession()
    try bench.unpack(image, &session)
    #expect(bench.content(of: .slotA, count: plain.count) == plain)
    #expect(try bench.powerUp().slot == .slotA)
  }

  /// A compressed image that lies in a slot as it is never runs, and the reason is on record.
  @Test(arguments: CompressedFixture.methods)
  func itNeverRunsAsItIs(_ method: CompressionMethod) throws {
    let (image, _) = try CompressedFixture(CompressedFixture.payload(3_000), method).build()
    var bench = try BootBench.runningFactory()
    bench.place(image, in: .slotA)
    var record = BootRecord()
    record.slotA = SlotRecord(.staged, imageTag: try ImageFixture.tag(of: image))
    try bench.write(record)
    let handover = try bench.powerUp()
    #expect(handover.slot == .factory)
    #expect(handover.situation.verdicts[.slotA] == .refused(.notBootable))

    // Nor does an installer that takes what comes stage it.
    var session = try bench.session(of: #require(handover.running))
    var installer = try bench.beginWithoutPrologue(&session)
    try bench.send(image, upTo: image.count, to: &installer, &session)
    #expect(throws: Failure.self) { try bench.finish(&installer, &session) }
    #expect(try bench.record()?[installer.slot].state == .rejected)
  }

  static func encrypted(
    _ payload: [UInt8], _ method: CompressionMethod, _ keys: WrapKeys
  ) throws -> [UInt8] {
    var recipe = ImageRecipe(version: ImageVersion(major: 2, minor: 0, revision: 0))
    recipe.compression = method
    recipe.encryption = keys.encryption
    recipe.headerSize = 33
    return try recipe.build(payload: payload.span, signingKey: ImageFixture.key)
  }
}

extension Failure {
  fileprivate var isCompressedRefusal: Bool {
    if case .refused(.compressed) = self { true } else { false }
  }
}
