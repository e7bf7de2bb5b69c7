import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

/// A signed image and how to verify it.
struct SignedImage: Sendable, CustomStringConvertible {
  var file: String
  var key: String
  var decryptionKey: String?

  var description: String { file }

  static let small: [SignedImage] =
    ["rsa-2048", "rsa-3072", "ecdsa-p256", "ecdsa-p384", "ed25519"].map {
      SignedImage(file: "small/\($0).bin", key: $0)
    } + [
      SignedImage(file: "small/ed25519-sha512.bin", key: "ed25519"),
      SignedImage(file: "small/ed25519-pure.bin", key: "ed25519"),
      SignedImage(
        file: "small/enc-rsa-256.bin", key: "rsa-2048", decryptionKey: "enc-rsa-2048.der"),
      SignedImage(
        file: "small/enc-p256-256.bin", key: "ecdsa-p256", decryptionKey: "enc-ecdsa-p256.der"),
      SignedImage(
        file: "small/enc-x25519-128-hmac512.bin", key: "ed25519", decryptionKey: "enc-x25519.der"),
    ]

  static let large: [SignedImage] = Vector.accepted.filter {
    $0.signingKey != nil && !$0.file.contains("nonbootable") && !$0.file.contains("confirm")
  }.map { SignedImage(file: $0.file, key: $0.keyNames[0]) }

  /// What becomes of `bytes`.
  func isRefused(_ bytes: [UInt8], _ crypto: inout OpenSSLProvider) -> Bool {
    let form: StoredForm = decryptionKey == nil ? .plain : .ciphertext
    do throws(CheckError) {
      return try refusal(of: bytes, &crypto, storedForm: form) != nil
    } catch {
      // A damaged content key does not unwrap; a failing read would be no refusal.
      if case .crypto(.keyUnwrapFailed) = error { return true }
      return false
    }
  }

  func provider() throws -> OpenSSLProvider {
    try Fixture.provider(trusting: [key], decryptingWith: decryptionKey)
  }
}

@Suite("Damaged images")
struct DamageTests {
  @Test("Every single-byte corruption is refused", arguments: SignedImage.small)
  func corruption(_ image: SignedImage) throws {
    let bytes = try Fixture.bytes(image.file)
    var crypto = try image.provider()
    #expect(!image.isRefused(bytes, &crypto))
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0xFF
      #expect(image.isRefused(damaged, &crypto), "byte \(index)")
      damaged[index] = bytes[index] ^ (1 << UInt8(index % 8))
      #expect(image.isRefused(damaged, &crypto), "byte \(index), bit \(index % 8)")
    }
  }

  @Test("Every truncation is refused", arguments: SignedImage.small)
  func truncation(_ image: SignedImage) throws {
    let bytes = try Fixture.bytes(image.file)
    var crypto = try image.provider()
    for count in bytes.indices {
      #expect(image.isRefused(Array(bytes.prefix(count)), &crypto), "\(count) bytes")
    }
  }
}

/// The same for images of five kilobytes, every byte with every single bit and every value in header
/// and TLV areas; takes long in a debug build.
@Suite("Damaged images, all of them")
struct ExhaustiveDamageTests {
  @Test("Every corruption of one byte is refused", arguments: SignedImage.large)
  func corruption(_ image: SignedImage) throws {
    var bytes = try Fixture.bytes(image.file)
    let header = try ImageHeader(decoding: bytes.span)
    // `--clear` and encrypted images alike are verified in the form they are stored in.
    let form = try #require(Vector.all.first { $0.file == image.file })
    var verified = image
    if !form.isStoredClear {
      verified.decryptionKey = form.decryptionKeyName
    }
    var crypto = try verified.provider()
    #expect(!verified.isRefused(bytes, &crypto))
    let payload = 32..<Int(header.tlvOffset)
    // A wrapped key is not signed: an X25519 key has a bit without meaning, and nobody reads the key of
    // an image that is stored in clear. A wrong one gives a wrong payload, which is.
    var storage = MemoryStorage(bytes)
    let wrapped = try wrappedKey(in: &storage, header)
    for index in bytes.indices where !wrapped.contains(index) {
      let original = bytes[index]
      if payload.contains(index) {
        for bit in 0..<8 {
          bytes[index] = original ^ (1 << UInt8(bit))
          if !verified.isRefused(bytes, &crypto) { Issue.record("byte \(index), bit \(bit)") }
        }
      } else {
        for value in UInt8.min...UInt8.max where value != original {
          bytes[index] = value
          if !verified.isRefused(bytes, &crypto) { Issue.record("byte \(index) = \(value)") }
        }
      }
      bytes[index] = original
    }
  }

  private func wrappedKey(
    in storage: inout MemoryStorage, _ header: ImageHeader
  ) throws -> Range<Int> {
    var cursor = try TLVCursor(header: header, storageSize: storage.size)
    while let entry = try cursor.next(in: &storage) {
      guard (0x30...0x34).contains(entry.type.rawValue) else { continue }
      let start = Int(entry.dataOffset)
      return start..<start + Int(entry.length)
    }
    return 0..<0
  }

  @Test("Every truncation is refused", arguments: SignedImage.large)
  func truncation(_ image: SignedImage) throws {
    let bytes = try Fixture.bytes(image.file)
    var crypto = try image.provider()
    for count in bytes.indices {
      if !image.isRefused(Array(bytes.prefix(count)), &crypto) { Issue.record("\(count) bytes") }
    }
  }
}
