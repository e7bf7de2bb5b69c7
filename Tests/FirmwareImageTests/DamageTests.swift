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

/// The same for images of five kilobytes; takes long in a debug build.
///
/// In the payload one bit and all bits of every byte; in the TLV areas every bit as well; in the
/// header every other value.
@Suite("Damaged images of each kind, whole")
struct ExhaustiveDamageTests {
  static let files = [
    "04-rsa2048", "05-rsa3072", "06-ec256", "07-ec256-padsig", "08-ec384", "09-ed25519",
    "11-ed25519-pure", "26-everything-prot", "40-enc-rsa-128", "42-enc-ec256-128",
    "47-enc-x25519-256-hmac512", "48-enc-ec256-clear", "95-handmade-enc-kw128",
  ].map { "images/\($0).bin" }

  static let images: [SignedImage] = Vector.all.filter { files.contains($0.file) }.map {
    SignedImage(
      file: $0.file, key: $0.keyNames[0],
      decryptionKey: $0.isStoredClear ? nil : $0.decryptionKeyName)
  }

  @Test("Every corruption of one byte is refused", arguments: images)
  func corruption(_ image: SignedImage) throws {
    var bytes = try Fixture.bytes(image.file)
    var crypto = try image.provider()
    #expect(!image.isRefused(bytes, &crypto))
    // A wrapped key is not signed: an X25519 key has a bit without meaning, and nobody reads the key
    // of an image that is stored in clear. A wrong key gives a wrong payload, and that is signed.
    let wrapped = try wrappedKey(in: bytes)
    let payload = 32..<Int(try ImageHeader(decoding: bytes.span).tlvOffset)
    for index in bytes.indices where !wrapped.contains(index) {
      let original = bytes[index]
      let masks: [UInt8] =
        index < 32
        ? Array(1...255)
        : payload.contains(index)
          ? [1 << UInt8(index % 8), 255] : [1, 2, 4, 8, 16, 32, 64, 128, 255]
      for mask in masks {
        bytes[index] = original ^ mask
        if !image.isRefused(bytes, &crypto) { Issue.record("byte \(index), mask \(mask)") }
      }
      bytes[index] = original
    }
  }

  @Test("Every truncation is refused", arguments: images)
  func truncation(_ image: SignedImage) throws {
    let bytes = try Fixture.bytes(image.file)
    var crypto = try image.provider()
    for count in bytes.indices {
      if !image.isRefused(Array(bytes.prefix(count)), &crypto) { Issue.record("\(count) bytes") }
    }
  }

  @Test("The kinds are all there")
  func kinds() { #expect(Self.images.count == Self.files.count) }

  private func wrappedKey(in bytes: [UInt8]) throws -> Range<Int> {
    var storage = MemoryStorage(bytes)
    let header = try ImageVerifier.header(of: &storage)
    var cursor = try TLVCursor(header: header, storageSize: storage.size)
    while let entry = try cursor.next(in: &storage) {
      guard (0x30...0x34).contains(entry.type.rawValue) else { continue }
      let start = Int(entry.dataOffset)
      return start..<start + Int(entry.length)
    }
    return 0..<0
  }
}
