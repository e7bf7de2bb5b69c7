import FirmwareImage
import Foundation
import ImageBuilder
import OpenSSLCrypto
import TestSupport
import Testing

/// Real firmware of more than 100 KB, to imgtool and back; `Scripts/setup --tests` fetches it.
@Suite struct RealFirmwareTests {
  /// OpenSBI for the generic RISC-V platform.
  static let firmware: [UInt8]? = {
    let path = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(
        ".build-tools/opensbi/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin")
    return (try? Data(contentsOf: path)).map { [UInt8]($0) }
  }()

  private static var isPossible: Bool { firmware != nil && Tool.imgtool != nil }

  /// imgtool wraps a content key with a key of the signature's kind only.
  @Test(
    .enabled(if: isPossible),
    arguments: [
      ("ed25519", PrivateKey.Kind.x25519), ("ecdsa-p256", .ecdsaP256), ("rsa-2048", .rsa2048),
    ])
  func weVerifyAndDecryptWhatImgtoolMakes(_ keyName: String, _ kind: PrivateKey.Kind) throws {
    let firmware = try #require(Self.firmware)
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let signer = try Fixtures.privateKey(keyName)
    let device = try PrivateKey(generating: kind)
    try signer.writePEM(to: folder.file("key.pem"))
    try device.writePEM(to: folder.file("device.pem"))
    _ = try folder.write(Array(device.publicPEM.utf8), "device-public.pem")
    let payload = try folder.write(firmware, "firmware.bin")
    let sign = [
      "sign", "-k", folder.file("key.pem"), "-v", "1.2.3+4", "-H", "512", "--pad-header", "-S",
      "0x100000", "--align", "8", "--security-counter", "auto",
    ]
    let encrypt = ["-E", folder.file("device-public.pem"), "--encrypt-keylen", "256"]
    for (options, form) in [([], StoredForm.plain), (encrypt, .ciphertext)] {
      let answer = try imgtool.run(sign + options + [payload, folder.file("image.bin")])
      #expect(answer.status == 0, "\(answer.output)")
      var image = MemoryStorage(try folder.read("image.bin"))
      var crypto = try OpenSSLProvider(
        trustedKeys: [signer.publicKey],
        decryptionKey: DecryptionKey(contentsOf: folder.file("device.pem")))
      var memory = [UInt8](repeating: 0, count: 4096)
      var buffer = memory.mutableSpan
      var content = FirmwareSink()
      let summary = try ImageVerifier.verify(
        &image, crypto: &crypto, requirements: ImageRequirements(), storedForm: form,
        buffer: &buffer, sink: &content)
      #expect(summary.signingKey == 0)
      #expect(summary.header.isEncrypted == (form == .ciphertext))
      #expect(content.bytes.dropFirst(512).starts(with: firmware))
      // Encryption fills the last block up with zeros.
      #expect(content.bytes.dropFirst(512 + firmware.count).allSatisfy { $0 == 0 })
      #expect(content.bytes.count - 512 - firmware.count < 16)
    }
  }

  @Test(.enabled(if: isPossible), arguments: ["ed25519", "ecdsa-p256", "ecdsa-p384", "rsa-3072"])
  func imgtoolVerifiesWhatWeMake(_ keyName: String) throws {
    let firmware = try #require(Self.firmware)
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let signer = try Fixtures.privateKey(keyName)
    try signer.writePEM(to: folder.file("key.pem"))
    var recipe = ImageRecipe(version: try ImageVersion("1.2.3+4"))
    recipe.headerSize = 512
    recipe.securityCounter = .fromVersion
    recipe.slot = SlotLayout(size: 0x100000, writeAlignment: 8)
    var bytes = try recipe.build(payload: firmware.span, signingKey: signer)
    let good = try imgtool.run([
      "verify", "-k", folder.file("key.pem"), folder.write(bytes, "image.bin"),
    ])
    #expect(good.status == 0, "\(good.output)")
    #expect(good.output.contains("Image was correctly validated"))
    bytes[100_000] ^= 1
    let bad = try imgtool.run([
      "verify", "-k", folder.file("key.pem"), folder.write(bytes, "image.bin"),
    ])
    #expect(!bad.output.contains("Image was correctly validated"))
  }
}

/// Keeps header and payload as the verifier hands them out.
private struct FirmwareSink: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ span: Span<UInt8>, at imageOffset: UInt32) {
    for index in span.indices { bytes.append(span[index]) }
  }
}
