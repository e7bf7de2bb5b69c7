import FirmwareImage
import Foundation
import OpenSSLCrypto
import Testing

@testable import ImageBuilder

/// A recipe that must be refused, and the exact words.
struct Refusal: Sendable, CustomTestStringConvertible {
  var text: String
  var key: String?
  var payload: [UInt8] = [1, 2, 3]
  var change: @Sendable (inout ImageRecipe) throws -> Void

  var testDescription: String { text }

  init(
    _ text: String, key: String? = nil, payload: [UInt8] = [1, 2, 3],
    change: @escaping @Sendable (inout ImageRecipe) throws -> Void
  ) {
    self.text = text
    self.key = key
    self.payload = payload
    self.change = change
  }

  static let payloads: [Refusal] = [
    Refusal("the payload is empty; an image needs at least one byte to run", payload: []) { _ in },
    Refusal(
      "the payload has 3 bytes and cannot start with 32 bytes of room for the header;"
        + " let the header be added"
    ) { $0.headerRoom = .inPayload },
    Refusal(
      "the payload has no room for the header: its byte 7 is not zero; let the header be added",
      payload: [UInt8](repeating: 0, count: 7) + [UInt8](repeating: 9, count: 60)
    ) { $0.headerRoom = .inPayload },
    Refusal("a header of 31 bytes is not possible; it has 32 to 65535 bytes") {
      $0.headerSize = 31
    },
    Refusal("a header of 65536 bytes is not possible; it has 32 to 65535 bytes") {
      $0.headerSize = 65536
    },
  ]

  static let entries: [Refusal] = [
    Refusal(
      "the class id \"sensor\" is a name, which is made a UUID with the vendor id;"
        + " give a vendor id too, or the class id as a UUID"
    ) { $0.classID = try HardwareIdentifier("sensor") },
    Refusal("\"\" is no hardware id; give a UUID or a printable name") {
      $0.vendorID = try HardwareIdentifier("")
    },
    Refusal("\"ab\" is no hardware id; give a UUID or a printable name") {
      $0.vendorID = try HardwareIdentifier("a\nb")
    },
    Refusal(
      "the boot record type \"thirteen char\" has 13 characters; at most 12 are allowed"
    ) { $0.bootRecordType = "thirteen char" },
    Refusal("the TLV type 0x0050 is not for vendors; its low byte must be 0xa0 to 0xfe") {
      $0.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0x50), value: [])]
    },
    Refusal("the TLV type 0x0100 is not for vendors; its low byte must be 0xa0 to 0xfe") {
      $0.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0x100), value: [])]
    },
    Refusal("the TLV type 0xffff is not for vendors; its low byte must be 0xa0 to 0xfe") {
      $0.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0xFFFF), value: [])]
    },
    Refusal("the TLV type 0x00a5 is given twice; use two types") {
      let entry = VendorTLV(type: TLVType(rawValue: 0xA5), value: [])
      $0.vendorTLVs = [entry, entry]
    },
    Refusal("the TLV 0x00a5 has 65536 bytes; an entry has at most 65535") {
      let value = [UInt8](repeating: 0, count: 65536)
      $0.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0xA5), value: value)]
    },
    Refusal(
      "the protected TLV area would have 65536 bytes; it has at most 65535,"
        + " so leave out or shorten entries"
    ) {
      let value = [UInt8](repeating: 0, count: 65528)
      $0.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0xA5), value: value)]
    },
    Refusal(
      "the image would have 65 TLVs; devices look at 64, so leave out dependencies"
        + " or vendor entries"
    ) {
      let entry = ImageDependency(
        imageID: 1, minimumVersion: ImageVersion(major: 1, minor: 0, revision: 0))
      $0.dependencies = [ImageDependency](repeating: entry, count: 56)
    },
    Refusal(
      "\"1.2.3.4\" is no version; write MAJOR.MINOR.REVISION+BUILD with numbers up to"
        + " 255.255.65535+4294967295, later parts optional, no leading zeros"
    ) { $0.version = try ImageVersion("1.2.3.4") },
  ]

  static let slots: [Refusal] = [
    Refusal(
      "the image of 75 bytes and a trailer of 432 bytes do not fit into the slot of 256 bytes;"
        + " 251 bytes are missing"
    ) { $0.slot = SlotLayout(size: 256) },
    Refusal("a write alignment of 3 is not possible; use 1, 2, 4, 8, 16 or 32") {
      $0.slot = SlotLayout(size: 4096, writeAlignment: 3)
    },
    Refusal("a maximum alignment of 64 is not possible; use 8, 16 or 32") {
      $0.slot = SlotLayout(size: 4096, maximumAlignment: 64)
    },
    Refusal(
      "writes of 32 bytes would touch two trailer fields, which are 8 bytes apart;"
        + " use a maximum alignment of at least 32"
    ) { $0.slot = SlotLayout(size: 4096, writeAlignment: 32, maximumAlignment: 8) },
    Refusal(
      "a slot of 4100 bytes is no multiple of the maximum alignment of 8;"
        + " the loader would look for the trailer elsewhere"
    ) { $0.slot = SlotLayout(size: 4100) },
    Refusal("a slot of 0 sectors is not possible; use 1 to 65536") {
      $0.slot = SlotLayout(size: 4096, maximumSectorCount: 0)
    },
    Refusal("a trailer lies at the end of the slot; give the slot size too") {
      $0.slot = nil
      $0.trailer = .pending
    },
    Refusal(
      "a loader that only overwrites does not know confirmed images;"
        + " pad the image without confirming it"
    ) {
      $0.slot = SlotLayout(size: 4096, upgradeMode: .overwriteOnly)
      $0.trailer = .confirmed
    },
  ]

  static let keys: [Refusal] = [
    Refusal(
      "a key of type x25519 does not sign images; it is for encryption only", key: "x25519"
    ) { _ in },
    Refusal(
      "a key of type ecdsa-p256 does not sign images with sha512; use sha256", key: "ecdsa-p256"
    ) { $0.digest = .sha512 },
    Refusal(
      "a key of type ecdsa-p384 does not sign images with sha256; use sha384", key: "ecdsa-p384"
    ) { $0.digest = .sha256 },
    Refusal(
      "a key of type rsa-3072 does not sign images with sha384; use sha256", key: "rsa-3072"
    ) { $0.digest = .sha384 },
    Refusal(
      "a key of type ed25519 does not sign images with sha384; use sha256 or sha512",
      key: "ed25519"
    ) { $0.digest = .sha384 },
    Refusal(
      "only an ed25519 key signs the image itself (pure), not one of type ecdsa-p256",
      key: "ecdsa-p256"
    ) { $0.signatureForm = .pure },
    Refusal("only an ed25519 key signs the image itself (pure), and there is no key") {
      $0.signatureForm = .pure
    },
    Refusal(
      "a pure signature goes with sha512, not with sha256; leave the hash out", key: "ed25519"
    ) {
      $0.signatureForm = .pure
      $0.digest = .sha256
    },
    Refusal("the public key is embedded for a signature, and there is no key to sign with") {
      $0.publicKeyForm = .full
    },
    Refusal("only ECDSA signatures are padded, and the key is of type ed25519", key: "ed25519") {
      $0.signaturePadding = .zeros
    },
    Refusal("only ECDSA signatures are padded, and there is no key") {
      $0.signaturePadding = .zeros
    },
  ]

  static let encryption: [Refusal] = [
    Refusal(
      "a key-encryption key of 16 bytes cannot wrap an AES-256 key; encrypt with AES-128"
    ) {
      $0.encryption = ImageEncryption(
        to: try Fixtures.encryptionKey("kek128.bin"), cipher: .aes256)
    },
    Refusal(
      "a key-encryption key of 32 bytes cannot wrap an AES-128 key; encrypt with AES-256"
    ) {
      $0.encryption = ImageEncryption(
        to: try Fixtures.encryptionKey("kek256.bin"), cipher: .aes128)
    },
    Refusal(
      "a content key cannot be wrapped with sha512 in the form eciesP256;"
        + " only X25519 has a form with SHA-512"
    ) {
      $0.encryption = ImageEncryption(to: try Fixtures.encryptionKey("enc-ecdsa-p256-pub.pem"))
      $0.encryption?.wrapHash = .sha512
    },
  ]
}

@Suite struct RefusalTests {
  @Test(
    arguments: Refusal.payloads + Refusal.entries + Refusal.slots + Refusal.keys
      + Refusal.encryption)
  func saysWhatIsWrong(_ refusal: Refusal) throws {
    let key = try refusal.key.map(Fixtures.privateKey)
    let error = #expect(throws: ImageBuilderError.self) {
      var recipe = Fixtures.recipe
      try refusal.change(&recipe)
      _ = try recipe.build(payload: refusal.payload.span, signingKey: key)
    }
    #expect(error?.description == refusal.text)
  }

  /// imgtool 2.5.0 makes an image here that nothing can ever decrypt.
  @Test(arguments: ["ecdsa-p384-pub.pem", "rsa-3072-pub.pem", "ed25519-pub.pem"])
  func refusesKeysWithoutAKeyWrap(_ name: String) throws {
    let algorithm =
      name.hasPrefix("ecdsa")
      ? "EC secp384r1" : name.hasPrefix("rsa") ? "RSA-3072" : "ED25519"
    let path = Fixtures.path("keys/\(name)")
    let error = #expect(throws: EncryptionKeyError.self) {
      _ = try EncryptionKey(contentsOf: path)
    }
    #expect(
      error?.description
        == "\(path): is a key of type \(algorithm), for which images have no key wrap;"
        + " use RSA-2048, EC P-256, X25519 or a raw AES key")
  }

  /// Sizes are judged before anything is copied, so this needs no gigabytes.
  @Test func refusesMoreThan32BitsCount() throws {
    var recipe = Fixtures.recipe
    recipe.slot = nil
    #expect(throws: ImageBuilderError.imageTooLarge(size: 4_294_967_296)) {
      try ImagePlan(recipe, payloadSize: 4_294_967_296 - 32, signingKey: nil)
    }
    let plan = try ImagePlan(recipe, payloadSize: 4_294_967_296 - 33, signingKey: nil)
    #expect(throws: ImageBuilderError.imageTooLarge(size: 4_294_967_335)) {
      try plan.checkSlot(imageSize: 4_294_967_335)
    }
  }

  @Test func describesSizesAndForeignErrors() {
    #expect(
      ImageBuilderError.imageTooLarge(size: 4_294_967_296).description
        == "the image would have 4294967296 bytes; the format ends at 4294967295")
    #expect(
      ImageBuilderError.signing(.cannotSign(.x25519)).description
        == "a key of type x25519 cannot make this signature")
    #expect(
      ImageBuilderError.crypto(.engineFailed(code: 7)).description
        == "libcrypto failed: engineFailed(code: 7)")
  }
}
