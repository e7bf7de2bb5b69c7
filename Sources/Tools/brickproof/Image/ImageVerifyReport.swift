import FirmwareImage
import ImageCompression
import OpenSSLCrypto

/// The verdict about an image.
struct ImageVerifyReport: Encodable {
  var formatVersion = 1
  var image: String
  var verdict: String
  var reason: String?
  var message: String?
  var version: String?
  var digestAlgorithm: String?
  var digest: String?
  /// `matches`, or `not-computed` if the leaves of the digest tree were checked instead.
  var digestCheck: String?
  var digestTree: ImageTreeReport?
  var signature: String?
  var key: String?
  var securityCounter: UInt32?
  var encrypted: Bool?
  var storedForm: String?
  var decryptionKey: String?
  var compression: Compression?
  var bootable: Bool?
  var device: String?
  var size: UInt32?

  /// What comes out of a compressed image.
  struct Compression: Encodable {
    var algorithm: String
    var payloadSize: UInt32
    var digest: String
    var signature: String
    var imageSize: UInt32
  }

  /// An image that is not good.
  init(_ path: String, _ failure: ImageCheckFailure) {
    image = path
    verdict = "bad"
    reason = failure.name
    message = failure.message
  }

  /// An image that is good by its hash.
  init(_ path: String, _ checked: CheckedImage, keys: [String]) {
    self.init(path, checked.summary, keys: keys)
    digestCheck = "matches"
    storedForm = checked.storedForm == .plain ? "plain" : "ciphertext"
    if let unpacked = checked.unpacked {
      compression = Compression(
        algorithm: unpacked.payload.algorithm.words, payloadSize: unpacked.payload.decompressedSize,
        digest: Hexadecimal.text(of: unpacked.plain.digest),
        signature: unpacked.plain.signingKey == nil ? "not-checked" : "good",
        imageSize: unpacked.plain.imageSize)
    }
    bootable = !checked.plain.header.flags.contains(.nonBootable)
  }

  /// An image that is good as far as its prologue goes.
  init(_ path: String, _ summary: ImageSummary, keys: [String]) {
    image = path
    verdict = "good"
    version = summary.header.version.description
    digestAlgorithm = "\(summary.digest.algorithm)"
    digest = Hexadecimal.text(of: summary.digest)
    key = summary.signingKey.map { keys[$0] }
    signature = key == nil ? "not-checked" : summary.isPureSignature ? "good-pure" : "good"
    securityCounter = summary.securityCounter
    encrypted = summary.header.isEncrypted
    bootable = !summary.header.flags.contains(.nonBootable)
    size = summary.imageSize
  }

  /// The verdict in one line, among those on other images.
  var line: String {
    guard verdict == "good" else { return "\(image): bad: \(message ?? "")" }
    let signer = key.map { "signed by \($0)" } ?? "signature not checked"
    return "\(image): good, version \(version ?? ""), \(signer)"
  }

  /// Prints the verdict and what was found.
  func printText() {
    print("\(image): good")
    print("  version    \(version ?? "")")
    if digestCheck == "matches" {
      print("  hash       \(digestAlgorithm ?? "") \(digest ?? ""), matches")
    } else {
      print("  hash       \(digestAlgorithm ?? "") \(digest ?? ""), not computed")
    }
    printSignature()
    digestTree?.printText()
    if let securityCounter { print("  counter    \(securityCounter)") }
    if encrypted == true {
      let forms = ["plain": "stored plain", "ciphertext": "encrypted, decrypts"]
      print(
        "  payload    \(forms[storedForm ?? ""] ?? "encrypted; checked as it is, not decrypted")")
    }
    if let compression {
      print(
        "  compressed \(compression.algorithm); \(compression.payloadSize) bytes come out, hash"
          + (compression.signature == "good" ? " and signature match" : " matches"))
    }
    if decryptionKey == "not-used", digestCheck == "not-computed" {
      print("  note       the tree covers what is stored; --decryption-key was not used")
    } else if decryptionKey == "not-used" {
      let cause = encrypted == true ? "the payload is stored plain" : "the image is not encrypted"
      print("  note       \(cause); --decryption-key was not used")
    }
    if let device { print("  device     \(device)") }
    if bootable == false { print("  bootable   no") }
  }

  private func printSignature() {
    switch (key, signature) {
    case (let key?, "good-pure"): print("  signature  good (pure), by \(key)")
    case (let key?, "not-checked"):
      print("  signature  of the image itself (pure), by \(key): not checked")
    case (let key?, _): print("  signature  good, by \(key)")
    case (nil, _):
      let what = digestCheck == "matches" ? "the hash only" : "the digest tree only"
      print("  signature  not checked, \(what); give --key to check who signed")
    }
  }
}
