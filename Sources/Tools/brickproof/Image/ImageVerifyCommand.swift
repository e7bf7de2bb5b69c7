import ArgumentParser
import FirmwareImage
import OpenSSLCrypto

/// `brickproof image verify`: whether an image is whole, and who signed it.
struct ImageVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify the hash and the signature of images.",
    discussion: """
      Without a key only the hash is checked, which says that the image is
      undamaged, not where it comes from. With several keys, one of them must
      have signed. With --decryption-key an encrypted image is decrypted on the
      way; if it does not match then, it is tried as it is stored. Several
      images are verified on all processors, one line each. The exit status is
      1 if an image is bad.

      The image alone is looked at, unless options say what a device is: its
      security floor, vendor and class id, other images, the address of the
      slot. Then the image must be one that this device would start.

      Example: brickproof image verify app.img --key signing-public.pem
      Example: brickproof image verify release/*.img --key signing-public.pem
      """)

  @Argument(help: "The images; a trailer behind one does not matter.")
  var images: [String]

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
      let batch = ImageVerifyBatch(
        keys: keys, keyNames: key, decryptionKey: decryptionKey, requirements: requirements,
        device: device.areGiven ? .given : .none)
      if images.count == 1 {
        try verify(images[0], batch)
      } else {
        try verifyAll(batch)
      }
    }
  }

  private func verify(_ image: String, _ batch: ImageVerifyBatch) throws(CommandFailure) {
    _ = try ImageInput.open(image)
    let report: ImageVerifyReport
    do throws(ImageCheckFailure) {
      var checker = try batch.checker(hashing: .automatic)
      report = try batch.report(on: image, with: &checker)
    } catch {
      let failure = error.commandFailure(image)
      if json && failure.status == .bad { try JSONOutput.print(ImageVerifyReport(image, error)) }
      throw failure
    }
    if json { try JSONOutput.print(report) } else { report.printText() }
  }

  private func verifyAll(_ batch: ImageVerifyBatch) throws(CommandFailure) {
    let json = json
    let results = batch.verify(images) { if !json { print($0.report.line) } }
    if json { try JSONOutput.print(ImageVerifyReports(images: results.map(\.report))) }
    let bad = results.filter { $0.failure != nil }
    guard let worst = bad.compactMap(\.failure).max(by: { $0.status.rawValue < $1.status.rawValue })
    else { return }
    throw CommandFailure(
      "\(bad.count) of \(results.count) images cannot be trusted", status: worst.status)
  }
}
