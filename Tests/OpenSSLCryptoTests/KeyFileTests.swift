import FirmwareImage
import Foundation
import OpenSSLCrypto
import Testing

@Suite("Key files")
struct KeyFileTests {
  @Test(
    "A public key is the same in every form",
    arguments: [
      ("rsa-2048-pub.pem", "rsa-2048-pub.spki.der"), ("rsa-2048-pub.der", "rsa-2048-pub.spki.der"),
      ("rsa-2048-pub.pkcs1.pem", "rsa-2048-pub.spki.der"),
      ("rsa-2048-pub.spki.der", "rsa-2048-pub.spki.der"),
      ("rsa-2048.pkcs1.der", "rsa-2048-pub.spki.der"),
      ("rsa-2048.pkcs1.pem", "rsa-2048-pub.spki.der"),
      ("rsa-2048.pkcs8.pem", "rsa-2048-pub.spki.der"),
      ("rsa-2048.der", "rsa-2048-pub.spki.der"),
      ("ecdsa-p256-pub.pem", "ecdsa-p256-pub.der"), ("ecdsa-p256-pub.der", "ecdsa-p256-pub.der"),
      ("ecdsa-p256-pub.text.pem", "ecdsa-p256-pub.der"),
      ("ecdsa-p256.sec1.pem", "ecdsa-p256-pub.der"),
      ("ecdsa-p256.sec1.der", "ecdsa-p256-pub.der"),
      ("ecdsa-p256.parameters.pem", "ecdsa-p256-pub.der"),
      ("ecdsa-p384-pub.der", "ecdsa-p384-pub.der"), ("ed25519-pub.pem", "ed25519-pub.der"),
      ("ed25519.der", "ed25519-pub.der"), ("enc-x25519-pub.pem", "enc-x25519-pub.der"),
    ])
  func forms(_ file: String, _ expected: String) throws {
    let key = try PublicKey(contentsOf: Fixture.path(file))
    #expect(key.subjectPublicKeyInfo == (try Fixture.bytes(expected)))
    let bytes = try Fixture.bytes(file)
    let again =
      file.hasSuffix(".pem")
      ? try PublicKey(pem: String(decoding: bytes, as: UTF8.self)) : try PublicKey(der: bytes)
    #expect(again.subjectPublicKeyInfo == key.subjectPublicKeyInfo)
  }

  @Test(
    "DER and hash are those of imgtool getpub and getpubhash",
    arguments: [
      ("rsa-2048", SignatureAlgorithm.rsa2048), ("rsa-3072", .rsa3072),
      ("ecdsa-p256", .ecdsaP256), ("ecdsa-p384", .ecdsaP384), ("ed25519", .ed25519),
      ("enc-x25519", nil),
    ] as [(String, SignatureAlgorithm?)])
  func imageTool(_ name: String, _ algorithm: SignatureAlgorithm?) throws {
    let key = try PublicKey(contentsOf: Fixture.path("\(name)-pub.der"))
    #expect(key.imageToolDER == (try Fixture.bytes("\(name)-pub.der")))
    #expect(key.hash(.sha256) == (try Fixture.bytes("\(name)-pubhash.bin")))
    #expect(key.algorithm == algorithm)
    #expect(key.hash(.sha384).count == 48)
    #expect(key.hash(.sha512).count == 64)
  }

  @Test(
    "Decryption keys load in every form",
    arguments: [
      ("rsa-2048.der", KeyWrapAlgorithm.rsaOAEP), ("rsa-2048.pkcs1.pem", .rsaOAEP),
      ("rsa-2048.pkcs1.der", .rsaOAEP), ("rsa-2048.pkcs8.pem", .rsaOAEP),
      ("ecdsa-p256.der", .eciesP256), ("ecdsa-p256.sec1.pem", .eciesP256),
      ("ecdsa-p256.sec1.der", .eciesP256), ("ecdsa-p256.parameters.pem", .eciesP256),
      ("enc-x25519.der", .eciesX25519), ("enc-x25519.pkcs8.pem", .eciesX25519),
      ("kek128.bin", .aesKeyWrap), ("kek256.bin", .aesKeyWrap),
    ])
  func decryptionKeys(_ file: String, _ algorithm: KeyWrapAlgorithm) throws {
    let key = try DecryptionKey(contentsOf: Fixture.path(file))
    #expect(key.algorithm == algorithm)
    #expect(key.unwraps(algorithm))
    #expect(key.unwraps(.eciesX25519SHA512) == (algorithm == .eciesX25519))
  }

  @Test("What cannot be used is refused with the reason")
  func errors() throws {
    func failure(_ file: String, publicKey: Void) -> KeyError? {
      do throws(KeyError) {
        _ = try PublicKey(contentsOf: Fixture.path(file))
        return nil
      } catch { return error }
    }
    func failure(_ file: String) -> KeyError? {
      do throws(KeyError) {
        _ = try DecryptionKey(contentsOf: Fixture.path(file))
        return nil
      } catch { return error }
    }
    for file in ["rsa-2048.pkcs1.locked.pem", "ecdsa-p256.locked.pem"] {
      #expect(failure(file, publicKey: ()) == .passphraseProtected(source: Fixture.path(file)))
      #expect(failure(file) == .passphraseProtected(source: Fixture.path(file)))
    }
    for file in ["ecdsa-p256-pub.pem", "rsa-2048-pub.der"] {
      #expect(failure(file) == .isPublicKey(source: Fixture.path(file)))
    }
    for (file, name) in [
      ("ed25519.der", "ED25519"), ("rsa-3072.der", "RSA-3072"), ("ecdsa-p384.der", "EC secp384r1"),
      ("ecdsa-p521.pem", "EC secp521r1"),
    ] {
      #expect(failure(file) == .unsupportedKey(source: Fixture.path(file), algorithm: name))
    }
    for file in ["make.sh", "ecdsa-p256-pubhash.bin"] {
      #expect(failure(file, publicKey: ()) == .notAKey(source: Fixture.path(file)))
    }
    #expect(
      failure("missing.pem")
        == .cannotRead(path: Fixture.path("missing.pem"), reason: "No such file or directory"))
  }

  @Test("DER with bytes behind it, or cut off anywhere, is no key")
  func derBounds() throws {
    for file in ["ecdsa-p256-pub.der", "rsa-2048-pub.der", "ed25519.der", "ecdsa-p256.sec1.der"] {
      let bytes = try Fixture.bytes(file)
      #expect(throws: KeyError.notAKey(source: "the key")) { try PublicKey(der: bytes + [0]) }
      for count in bytes.indices {
        #expect(throws: KeyError.notAKey(source: "the key"), "\(file) cut to \(count)") {
          try PublicKey(der: Array(bytes.prefix(count)))
        }
      }
    }
  }

  @Test("A provider takes 32 keys that can sign")
  func providerLimits() throws {
    let key = try PublicKey(contentsOf: Fixture.path("ed25519-pub.pem"))
    let full = try OpenSSLProvider(trustedKeys: Array(repeating: key, count: 32))
    #expect(full.trustedKeyCount == 32)
    #expect(throws: KeyError.tooManyKeys(count: 33, limit: 32)) {
      _ = try OpenSSLProvider(trustedKeys: Array(repeating: key, count: 33))
    }
    for (file, name) in [
      ("enc-x25519-pub.pem", "X25519"), ("ecdsa-p521.pem", "EC secp521r1"),
      ("rsa-1024.pem", "RSA-1024"),
    ] {
      let unfit = try PublicKey(contentsOf: Fixture.path(file))
      #expect(throws: KeyError.unsupportedKey(source: "trusted key 1", algorithm: name)) {
        _ = try OpenSSLProvider(trustedKeys: [key, unfit])
      }
    }
  }
}
