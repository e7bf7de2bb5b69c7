import ArgumentParser
import FirmwareImage
import OpenSSLCrypto

/// `brickproof image verify`: whether an image is whole, and who signed it.
struct ImageVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify the hash and the signature of an image.",
    discussion: """
      Without a key only the hash is checked, which says that the image is
      undamaged, not where it comes from. With several keys, one of them must
      have signed. The stored bytes are tried first, then their decryption.
      The exit status is 1 if the image is bad.

      The image alone is looked at, unless options say what a device is: its
      security floor, vendor and class id, other images, the address of the
      slot. Then the image must be one that this device would start.

      Example: brickproof image verify app.img --key signing-public.pem
      """)

  @Argument(help: "The image; a trailer behind it does not matter.")
  var image: String

  @Option(help: ArgumentHelp("A public key to trust; repeatable.", valueName: "pub.pem"))
  var key: [String] = []

  @Option(
    help: ArgumentHelp(
      "The private key or raw AES key that decrypts the image.", valueName: "key.pem|kek.bin"))
  var decryptionKey: String?

  @OptionGroup(title: "Device Options") var device: ImageDeviceOptions

  @Flag(help: "Print the verdict as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      var keys: [PublicKey] = []
      for path in key {
        keys.append(try KeyInput.publicKey(path))
        KeyInput.noteIfPrivate(path)
      }
      guard keys.count <= OpenSSLProvider.maximumKeyCount else {
        throw CommandFailure.usage(
          "\(keys.count) keys; at most \(OpenSSLProvider.maximumKeyCount) are possible")
      }
      let decryptionKey = try decryptionKey.map { path throws(CommandFailure) in
        try KeyInput.decryptionKey(path)
      }
      let requirements = try device.requirements(
        signature: keys.isEmpty ? .hashOnly : .trustedKey)
      _ = try ImageInput.open(image)
      let checked: CheckedImage
      do throws(ImageCheckFailure) {
        checked = try CheckedImage.check(
          image, keys: keys, decryptionKey: decryptionKey, requirements: requirements,
          makeSink: DiscardingSink.init
        ).image
      } catch {
        let failure = error.commandFailure(image)
        if json && failure.status == .bad { try JSONOutput.print(ImageVerifyReport(image, error)) }
        throw failure
      }
      var report = ImageVerifyReport(image, checked, keys: key)
      if device.areGiven { report.device = "accepts" }
      if decryptionKey != nil {
        report.decryptionKey = checked.storedForm == .plain ? "not-used" : "used"
      }
      if json { try JSONOutput.print(report) } else { report.printText() }
    }
  }
}

/// The verdict about an image.
private struct ImageVerifyReport: Encodable {
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

  init(_ path: String, _ failure: ImageCheckFailure) {
    image = path
    verdict = "bad"
    reason = failure.name
    message = failure.message
  }

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
