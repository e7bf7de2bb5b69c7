import FirmwareImage
import Foundation
import ImageBuilder
import OpenSSLCrypto
import TestSupport
import Testing

/// What imgtool and an independent decoder think of our images, and we of imgtool's.
@Suite struct ImgtoolTests {
  static var decoder: String {
    Fixtures.path("decode.py")
  }

  @Test(
    .enabled(if: Tool.imgtool != nil),
    arguments: Vector.signed + Vector.deterministic.filter { $0.key != nil })
  func imgtoolVerifiesOurs(_ vector: Vector) throws {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let image = try folder.write(vector.build(), "image.bin")
    let key = folder.file("key.pem")
    try Fixtures.privateKey(try #require(vector.key)).writePEM(to: key)
    let answer = try imgtool.run(["verify", "-k", key, image])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(answer.output.contains("Image was correctly validated"))
    guard vector.name.hasPrefix("26") || vector.name.hasPrefix("35") else { return }
    let listing = try imgtool.run(["dumpinfo", image])
    #expect(listing.status == 0, "\(listing.output)")
    #expect(listing.output.contains("#### End of Image"))
  }

  @Test(.enabled(if: Tool.imgtool != nil), arguments: PrivateKey.Kind.allCases)
  func imgtoolReadsOurKeys(_ kind: PrivateKey.Kind) throws {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let key = try PrivateKey(generating: kind)
    try key.writePEM(to: folder.file("key.pem"))
    let answer = try imgtool.run([
      "getpub", "-k", folder.file("key.pem"), "-e", "pem", "-o", folder.file("public.pem"),
    ])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(try folder.read("public.pem") == Array(key.publicPEM.utf8))
    let raw = try imgtool.run([
      "getpub", "-k", folder.file("key.pem"), "-e", "raw", "-o", folder.file("public.der"),
    ])
    #expect(raw.status == 0, "\(raw.output)")
    #expect(try folder.read("public.der") == key.publicKey.imageToolDER)
  }

  @Test(.enabled(if: Tool.imgtool != nil), arguments: PrivateKey.Kind.allCases)
  func weReadKeysOfImgtool(_ kind: PrivateKey.Kind) throws {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let path = folder.file("key.pem")
    let answer = try imgtool.run(["keygen", "-k", path, "-t", kind.rawValue])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(try PrivateKey(contentsOf: path).kind == kind)
  }

  @Test(.enabled(if: Tool.python != nil), arguments: Vector.encrypted)
  func decoderDecryptsOurs(_ vector: EncryptedVector) throws {
    let answer = try decode(
      vector.build(), signingKey: vector.key, ["--enc-key", Fixtures.path("keys/\(vector.to).der")])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(answer.output.contains("payload matches original: True"), "\(answer.output)")
    #expect(answer.output.contains("signature OK"), "\(answer.output)")
    #expect(!answer.output.contains("FAIL"), "\(answer.output)")
  }

  @Test(.enabled(if: Tool.python != nil), arguments: ["kek128", "kek256"])
  func decoderUnwrapsAESKeys(_ name: String) throws {
    var recipe = Fixtures.recipe
    recipe.encryption = ImageEncryption(to: try Fixtures.encryptionKey("\(name).bin"))
    let payload = try Fixtures.bytes("images/payload.bin")
    let image = try recipe.build(
      payload: payload.span, signingKey: Fixtures.privateKey("ecdsa-p256"))
    let answer = try decode(
      image, signingKey: "ecdsa-p256", ["--kw-key", Fixtures.path("keys/\(name).bin")])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(answer.output.contains("AES-KW"))
    #expect(answer.output.contains("payload matches original: True"), "\(answer.output)")
    #expect(answer.output.contains("signature OK"), "\(answer.output)")
  }

  @Test(
    .enabled(if: Tool.python != nil),
    arguments: [("rsa-2048", "enc-rsa-2048"), ("ecdsa-p384", "enc-ecdsa-p256")])
  func decoderDecryptsOtherPairs(_ signingKey: String, _ to: String) throws {
    var recipe = Fixtures.recipe
    recipe.headerSize = 512
    recipe.erasedValue = 0
    recipe.encryption = ImageEncryption(
      to: try Fixtures.encryptionKey("\(to)-pub.der"), cipher: .aes256)
    recipe.publicKeyForm = .full
    let payload = try Fixtures.bytes("images/payload.bin")
    let image = try recipe.build(payload: payload.span, signingKey: Fixtures.privateKey(signingKey))
    let answer = try decode(
      image, signingKey: signingKey, ["--enc-key", Fixtures.path("keys/\(to).der")])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(answer.output.contains("payload matches original: True"), "\(answer.output)")
    #expect(answer.output.contains("signature OK"), "\(answer.output)")
    #expect(answer.output.contains("PUBKEY == pubkey DER"), "\(answer.output)")
  }

  /// Elsewhere the tools may be missing, and what needs them is skipped.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CI"] != nil))
  func continuousIntegrationHasTheTools() {
    let cure = "run Scripts/setup --tests, and put .build-tools/python/bin on the PATH"
    #expect(Tool.imgtool != nil, "imgtool is missing: \(cure)")
    #expect(Tool.python != nil, "python3 with cryptography is missing: \(cure)")
  }

  private func decode(
    _ image: [UInt8], signingKey: String, _ arguments: [String]
  ) throws -> Tool.Answer {
    let python = try #require(Tool.python)
    let folder = try TemporaryFolder()
    let file = try folder.write(image, "image.bin")
    return try python.run(
      [
        Self.decoder, file, "--sign-key", Fixtures.path("keys/\(signingKey).der"), "--plain",
        Fixtures.path("images/payload.bin"),
      ] + arguments)
  }
}
