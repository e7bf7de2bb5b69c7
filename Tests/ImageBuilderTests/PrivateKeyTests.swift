import FirmwareImage
import Foundation
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct PrivateKeyTests {
  @Test(arguments: PrivateKey.Kind.allCases)
  func writesFilesForTheOwnerOnly(_ kind: PrivateKey.Kind) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("key.pem")
    let key = try PrivateKey(generating: kind)
    try key.writePEM(to: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let again = try PrivateKey(contentsOf: path)
    #expect(again.kind == kind)
    #expect(again.publicKey.subjectPublicKeyInfo == key.publicKey.subjectPublicKeyInfo)
    #expect(
      try String(decoding: folder.read("key.pem"), as: UTF8.self).hasPrefix(
        "-----BEGIN PRIVATE KEY-----\n"))
  }

  @Test func neverOverwritesAKey() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], "key.pem")
    let key = try PrivateKey(generating: .ed25519)
    let error = #expect(throws: PrivateKeyError.fileExists(path: path)) {
      try key.writePEM(to: path)
    }
    #expect(
      error?.description == "\(path): exists already; a key is never overwritten, name another file"
    )
    #expect(try folder.read("key.pem") == [1, 2, 3])
  }

  @Test func saysWhyAFileCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("missing/key.pem")
    let key = try PrivateKey(generating: .ed25519)
    let error = #expect(throws: PrivateKeyError.self) { try key.writePEM(to: path) }
    #expect(error?.description == "\(path): cannot write the key: No such file or directory")
  }

  /// The forms that OpenSSL itself writes, PEM and DER, for EC (SEC1) and RSA (PKCS#1).
  @Test(
    .enabled(if: Tool.openssl != nil),
    arguments: [
      ("ecdsa-p256", ["ec"]), ("ecdsa-p256", ["pkcs8", "-topk8", "-nocrypt"]),
      ("ecdsa-p384", ["ec"]), ("rsa-2048", ["rsa", "-traditional"]),
      ("rsa-3072", ["pkcs8", "-topk8", "-nocrypt"]), ("ed25519", ["pkey"]), ("x25519", ["pkey"]),
    ])
  func readsWhatOpenSSLWrites(_ name: String, _ command: [String]) throws {
    let openssl = try #require(Tool.openssl)
    let folder = try TemporaryFolder()
    let original = try Fixtures.privateKey(name)
    for form in ["PEM", "DER"] {
      let path = folder.file("key.\(form)")
      let answer = try openssl.run(
        command + [
          "-inform", "DER", "-in", Fixtures.path("keys/\(name).der"), "-outform", form,
          "-out", path,
        ])
      try #require(answer.status == 0, "\(answer.output)")
      let key = try PrivateKey(contentsOf: path)
      #expect(key.kind == original.kind)
      #expect(key.publicKey.subjectPublicKeyInfo == original.publicKey.subjectPublicKeyInfo)
    }
  }

  @Test(.enabled(if: Tool.openssl != nil), arguments: ["PEM", "DER"])
  func refusesAKeyUnderAPassphrase(_ form: String) throws {
    let openssl = try #require(Tool.openssl)
    let folder = try TemporaryFolder()
    let path = folder.file("key")
    let answer = try openssl.run([
      "pkcs8", "-topk8", "-inform", "DER", "-in", Fixtures.path("keys/ed25519.der"),
      "-passout", "pass:secret", "-outform", form, "-out", path,
    ])
    try #require(answer.status == 0, "\(answer.output)")
    let expected: PrivateKeyError =
      form == "PEM"
      ? .unusable(.passphraseProtected(source: path)) : .unusable(.notAKey(source: path))
    #expect(throws: expected) { try PrivateKey(contentsOf: path) }
  }

  @Test(
    .enabled(if: Tool.openssl != nil),
    arguments: [
      ("EC secp521r1", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
      ("RSA-1024", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]),
      ("ED448", ["-algorithm", "ED448"]),
    ])
  func refusesKeysThatImagesHaveNoUseFor(_ name: String, _ arguments: [String]) throws {
    let openssl = try #require(Tool.openssl)
    let folder = try TemporaryFolder()
    let path = folder.file("key.pem")
    let answer = try openssl.run(["genpkey", "-out", path] + arguments)
    try #require(answer.status == 0, "\(answer.output)")
    #expect(throws: PrivateKeyError.unsupportedKey(source: path, algorithm: name)) {
      try PrivateKey(contentsOf: path)
    }
  }

  @Test(arguments: ["ecdsa-p256-pub.pem", "ecdsa-p256-pub.der"])
  func refusesPublicKeys(_ name: String) {
    let path = Fixtures.path("keys/\(name)")
    #expect(throws: PrivateKeyError.unusable(.isPublicKey(source: path))) {
      try PrivateKey(contentsOf: path)
    }
  }

  @Test func refusesWhatIsNoKey() throws {
    let folder = try TemporaryFolder()
    for bytes: [UInt8] in [[], [0x30], Array("-----BEGIN NONSENSE-----".utf8)] {
      let path = try folder.write(bytes, "key")
      #expect(throws: PrivateKeyError.unusable(.notAKey(source: path))) {
        try PrivateKey(contentsOf: path)
      }
    }
    let missing = folder.file("missing")
    #expect(
      throws: PrivateKeyError.unusable(
        .cannotRead(path: missing, reason: "No such file or directory"))
    ) { try PrivateKey(contentsOf: missing) }
  }

  @Test func takesEncryptionKeysInEveryForm() throws {
    let forms: [(String, KeyWrapAlgorithm)] = [
      ("enc-x25519-pub.pem", .eciesX25519), ("enc-x25519-pub.der", .eciesX25519),
      ("enc-x25519.der", .eciesX25519), ("enc-ecdsa-p256.der", .eciesP256),
      ("enc-rsa-2048-pub.pem", .rsaOAEP), ("kek128.bin", .aesKeyWrap),
    ]
    for (name, algorithm) in forms {
      #expect(try Fixtures.encryptionKey(name).algorithm == algorithm, "\(name)")
    }
    let folder = try TemporaryFolder()
    let path = try folder.write([UInt8](repeating: 7, count: 24), "kek")
    #expect(throws: EncryptionKeyError.notAKey(source: path, size: 24)) {
      try EncryptionKey(contentsOf: path)
    }
    #expect(throws: EncryptionKeyError.wrongSize(source: "the key", size: 24)) {
      try EncryptionKey(keyEncryptionKey: [UInt8](repeating: 7, count: 24))
    }
  }

  @Test func signsOnlyWhatFitsTheKey() throws {
    let digest = ImageDigest(algorithm: .sha512)
    let p256 = try Fixtures.privateKey("ecdsa-p256")
    #expect(throws: PrivateKeyError.digestDoesNotFit(.sha512, kind: .ecdsaP256)) {
      try p256.sign(digest)
    }
    #expect(throws: PrivateKeyError.cannotSign(.ecdsaP256)) { try p256.signPure([1].span) }
    let x25519 = try Fixtures.privateKey("x25519")
    #expect(throws: PrivateKeyError.cannotSign(.x25519)) { try x25519.sign(digest) }
  }
}
