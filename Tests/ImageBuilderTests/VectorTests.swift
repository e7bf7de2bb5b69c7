import FirmwareImage
import Foundation
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import Testing

/// An image of imgtool and the recipe that must lead to the same bytes.
struct Vector: Sendable, CustomTestStringConvertible {
  var name: String
  var key: String?
  var payload = "payload"
  var change: @Sendable (inout ImageRecipe) throws -> Void = { _ in }

  var testDescription: String { name }

  func build() throws -> [UInt8] {
    var recipe = Fixtures.recipe
    try change(&recipe)
    let payload = try Fixtures.bytes("images/\(self.payload).bin")
    return try recipe.build(payload: payload.span, signingKey: try key.map(Fixtures.privateKey))
  }

  func expected() throws -> [UInt8] { try Fixtures.bytes("images/\(name).bin") }

  /// Vectors without anything random in them.
  static let deterministic: [Vector] = [
    Vector(name: "01-nosig"),
    Vector(name: "02-nosig-sha384") { $0.digest = .sha384 },
    Vector(name: "03-nosig-sha512") { $0.digest = .sha512 },
    Vector(name: "09-ed25519", key: "ed25519"),
    Vector(name: "10-ed25519-sha512", key: "ed25519") { $0.digest = .sha512 },
    Vector(name: "11-ed25519-pure", key: "ed25519") { $0.signatureForm = .pure },
  ]

  /// Vectors that differ from run to run in the signature only.
  static let signed: [Vector] = [
    Vector(name: "04-rsa2048", key: "rsa-2048"),
    Vector(name: "05-rsa3072", key: "rsa-3072"),
    Vector(name: "06-ec256", key: "ecdsa-p256"),
    Vector(name: "07-ec256-padsig", key: "ecdsa-p256") { $0.signaturePadding = .zeros },
    Vector(name: "08-ec384", key: "ecdsa-p384"),
    Vector(name: "12-ec256-fullkey", key: "ecdsa-p256") { $0.publicKeyForm = .full },
    Vector(name: "15-ec256-hdr512", key: "ecdsa-p256", payload: "payload_hdr512") {
      $0.version = ImageVersion(major: 255, minor: 255, revision: 65535, build: .max)
      $0.headerSize = 512
      $0.headerRoom = .inPayload
    },
    Vector(name: "20-seccnt-auto", key: "ecdsa-p256") { $0.securityCounter = .fromVersion },
    Vector(name: "22-deps", key: "ecdsa-p256") {
      $0.dependencies = [
        ImageDependency(imageID: 1, minimumVersion: try ImageVersion("1.2.3+0")),
        ImageDependency(imageID: 2, minimumVersion: try ImageVersion("4.5.6+7")),
      ]
    },
    Vector(name: "24-customtlv", key: "ecdsa-p256") {
      $0.vendorTLVs = [
        VendorTLV(type: TLVType(rawValue: 0xA0), value: [0xDE, 0xAD, 0xBE, 0xEF]),
        VendorTLV(type: TLVType(rawValue: 0x1A1), value: Array("hello".utf8)),
      ]
    },
    Vector(name: "25-vid-cid", key: "ecdsa-p256") {
      $0.vendorID = try HardwareIdentifier("example.com")
      $0.classID = try HardwareIdentifier("sensor-a")
    },
    Vector(name: "26-everything-prot", key: "ecdsa-p256") {
      $0.securityCounter = .value(9)
      $0.dependencies = [ImageDependency(imageID: 1, minimumVersion: try ImageVersion("1.0.0"))]
      $0.bootRecordType = "NSPE"
      $0.vendorID = try HardwareIdentifier("example.com")
      $0.classID = try HardwareIdentifier("sensor-a")
      $0.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0xA0), value: [1, 2])]
    },
    Vector(name: "28-loadaddr", key: "ecdsa-p256") { $0.placement = .loadedToRAM(0x2000_0000) },
    Vector(name: "29-nonbootable", key: "ecdsa-p256") { $0.isBootable = false },
    Vector(name: "32-pad-confirm", key: "ecdsa-p256") {
      $0.slot = SlotLayout(size: 0x20000, writeAlignment: 4)
      $0.trailer = .confirmed
    },
    Vector(name: "35-confirm-align4-max16", key: "ecdsa-p256") {
      $0.slot = SlotLayout(size: 0x20000, writeAlignment: 4, maximumAlignment: 16)
      $0.trailer = .confirmed
    },
  ]

  /// Vectors with a random content key.
  static let encrypted: [EncryptedVector] = [
    EncryptedVector(name: "40-enc-rsa-128", key: "rsa-2048", to: "enc-rsa-2048"),
    EncryptedVector(name: "42-enc-ec256-128", key: "ecdsa-p256", to: "enc-ecdsa-p256"),
    EncryptedVector(name: "44-enc-x25519-128", key: "ed25519", to: "enc-x25519"),
    EncryptedVector(name: "47-enc-x25519-256-hmac512", key: "ed25519", to: "enc-x25519") {
      $0.encryption?.cipher = .aes256
      $0.encryption?.wrapHash = .sha512
    },
    EncryptedVector(name: "48-enc-ec256-clear", key: "ecdsa-p256", to: "enc-ecdsa-p256") {
      $0.encryption?.storedForm = .plain
    },
    EncryptedVector(name: "51-enc-ec256-prot", key: "ecdsa-p256", to: "enc-ecdsa-p256") {
      $0.securityCounter = .value(7)
      $0.dependencies = [ImageDependency(imageID: 1, minimumVersion: try ImageVersion("1.0.0"))]
    },
    EncryptedVector(name: "53-enc-pure-x25519", key: "ed25519", to: "enc-x25519") {
      $0.signatureForm = .pure
    },
    EncryptedVector(name: "56-enc-edsig-ecenc", key: "ed25519", to: "enc-ecdsa-p256"),
  ]
}

/// An encrypted image of imgtool.
struct EncryptedVector: Sendable, CustomTestStringConvertible {
  var name: String
  var key: String
  var to: String
  var change: @Sendable (inout ImageRecipe) throws -> Void = { _ in }

  var testDescription: String { name }

  func build() throws -> [UInt8] {
    var recipe = Fixtures.recipe
    recipe.encryption = ImageEncryption(to: try Fixtures.encryptionKey("\(to)-pub.pem"))
    try change(&recipe)
    let payload = try Fixtures.bytes("images/payload.bin")
    return try recipe.build(payload: payload.span, signingKey: Fixtures.privateKey(key))
  }
}

/// One entry of the last TLV area, taken apart by the test itself.
struct Entry: Equatable {
  var type: UInt16
  var value: [UInt8]

  /// The entries of the area that starts at `offset`, which must have the unprotected magic.
  static func unprotected(of image: [UInt8], at offset: Int) throws -> (entries: [Entry], end: Int)
  {
    func number(_ at: Int) -> Int { Int(image[at]) | Int(image[at + 1]) << 8 }
    try #require(number(offset) == 0x6907)
    let end = offset + number(offset + 2)
    var position = offset + 4
    var entries: [Entry] = []
    while position < end {
      let next = position + 4 + number(position + 2)
      entries.append(
        Entry(type: UInt16(number(position)), value: Array(image[position + 4..<next])))
      position = next
    }
    try #require(position == end)
    return (entries, end)
  }

  /// Where the unprotected area starts.
  static func areaOffset(of image: [UInt8]) -> Int {
    let span = image.span
    return Int(span.littleEndianUInt16(at: 8)) + Int(span.littleEndianUInt16(at: 10))
      + Int(span.littleEndianUInt32(at: 12))
  }
}

@Suite struct VectorTests {
  @Test(arguments: Vector.deterministic)
  func isTheSameByteForByte(_ vector: Vector) throws {
    #expect(try vector.build() == vector.expected())
  }

  @Test(arguments: Vector.signed)
  func isTheSameButForTheSignature(_ vector: Vector) throws {
    let built = try vector.build()
    let expected = try vector.expected()
    let offset = Entry.areaOffset(of: expected)
    try #require(Entry.areaOffset(of: built) == offset)
    #expect(built[..<offset] == expected[..<offset])

    let (ours, ourEnd) = try Entry.unprotected(of: built, at: offset)
    let (theirs, theirEnd) = try Entry.unprotected(of: expected, at: offset)
    #expect(ours.map(\.type) == theirs.map(\.type))
    #expect(ours.dropLast() == theirs.dropLast())
    if vector.name.contains("rsa") || vector.name.contains("padsig") {
      #expect(ours.last?.value.count == theirs.last?.value.count)
    }
    // A trailer ends at the same place, whatever the length of the signature.
    if expected.count > theirEnd {
      try #require(built.count == expected.count)
      let from = max(ourEnd, theirEnd)
      #expect(built[from...] == expected[from...])
      #expect(built[ourEnd..<from].allSatisfy { $0 == 0xFF })
    } else {
      #expect(built.count == ourEnd)
    }
  }

  @Test(arguments: Vector.encrypted)
  func hasTheSameFormWhenEncrypted(_ vector: EncryptedVector) throws {
    let built = try vector.build()
    let expected = try Fixtures.bytes("images/\(vector.name).bin")
    let header = 32
    #expect(built[..<header] == expected[..<header])
    let offset = Entry.areaOffset(of: expected)
    let protectedSize = Int(expected.span.littleEndianUInt16(at: 10))
    #expect(built[offset - protectedSize..<offset] == expected[offset - protectedSize..<offset])

    let (ours, _) = try Entry.unprotected(of: built, at: offset)
    let (theirs, _) = try Entry.unprotected(of: expected, at: offset)
    #expect(ours.map(\.type) == theirs.map(\.type))
    // The hash is over the plain payload, so it does not depend on the random key.
    #expect(ours.first == theirs.first)
    #expect(ours.last?.value.count == theirs.last?.value.count)
    #expect(ours.last?.value != theirs.last?.value)
  }

  @Test func encryptsWithANewKeyEachTime() throws {
    let vector = Vector.encrypted[2]
    let first = try vector.build()
    let second = try vector.build()
    #expect(first[32..<5000] != second[32..<5000])
  }
}
