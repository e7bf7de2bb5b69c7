import FirmwareImage
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
  var signature: String?
  var key: String?
  var securityCounter: UInt32?
  var encrypted: Bool?
  var storedForm: String?
  var decryptionKey: String?
  var bootable: Bool?
  var device: String?
  var size: UInt32?

  /// An image that is not good.
  init(_ path: String, _ failure: ImageCheckFailure) {
    image = path
    verdict = "bad"
    reason = failure.name
    message = failure.message
  }

  /// An image that is good.
  init(_ path: String, _ checked: CheckedImage, keys: [String]) {
    let summary = checked.summary
    image = path
    verdict = "good"
    version = summary.header.version.description
    digestAlgorithm = "\(summary.digest.algorithm)"
    digest = Hexadecimal.text(of: summary.digest)
    key = summary.signingKey.map { keys[$0] }
    signature = key == nil ? "not-checked" : summary.isPureSignature ? "good-pure" : "good"
    securityCounter = summary.securityCounter
    encrypted = summary.header.isEncrypted
    storedForm = checked.storedForm == .plain ? "plain" : "ciphertext"
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
    print("  hash       \(digestAlgorithm ?? "") \(digest ?? ""), matches")
    if let key {
      print("  signature  good\(signature == "good-pure" ? " (pure)" : ""), by \(key)")
    } else {
      print("  signature  not checked, the hash only; give --key to check who signed")
    }
    if let securityCounter { print("  counter    \(securityCounter)") }
    if encrypted == true {
      print("  payload    \(storedForm == "plain" ? "stored plain" : "encrypted, decrypts")")
    }
    if decryptionKey == "not-used" {
      let cause = encrypted == true ? "the payload is stored plain" : "the image is not encrypted"
      print("  note       \(cause); --decryption-key was not used")
    }
    if let device { print("  device     \(device)") }
    if bootable == false { print("  bootable   no") }
  }
}
