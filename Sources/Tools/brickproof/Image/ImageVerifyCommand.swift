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
      way; if it does not match then, it is tried as it is stored. A compressed
      image is unpacked, and the image that comes out verified too. Several
      images are verified on all processors, one line each. The exit status is
      1 if an image is bad.

      If the image has a digest tree, that is checked too. With --parallel only
      the tree is: header, protected TLVs and root by their signature, then each
      leaf on all processors. That vouches for the same bytes in less time, needs
      no decryption key, and names what is damaged if there is a leaf list; but
      the hash, which a boot loader goes by, is not computed.

      The image alone is looked at, unless options say what a device is: its
      security floor, vendor and class id, other images, the address of the
      slot. Then the image must be one that this device would start.

      Example: brickproof image verify app.img --key signing-public.pem
      Example: brickproof image verify release/*.img --key signing-public.pem
      Example: brickproof image verify app.img --key signing-public.pem --parallel
      """)

  @Argument(help: "The images; a trailer behind one does not matter.")
  var images: [String]

  @Option(help: ArgumentHelp("A public key to trust; repeatable.", valueName: "pub.pem"))
  var key: [String] = []

  @Option(
    help: ArgumentHelp(
      "The private key or raw AES key that decrypts the image.", valueName: "key.pem|kek.bin"))
  var decryptionKey: String?

  @Flag(help: "Verify by the digest tree, on all processors, without computing the hash.")
  var parallel = false

  @Option(
    help: ArgumentHelp(
      "The leaf list of the digest tree, if it is not behind the image.", valueName: "file"))
  var leafList: String?

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
      guard leafList == nil || images.count == 1 else {
        throw CommandFailure.usage("--leaf-list is that of one image; give one image")
      }
      let decryptionKey = try decryptionKey.map { path throws(CommandFailure) in
        try KeyInput.decryptionKey(path)
      }
      let requirements = try device.requirements(
        signature: keys.isEmpty ? .hashOnly : .trustedKey)
      let batch = ImageVerifyBatch(
        keys: keys, keyNames: key, decryptionKey: decryptionKey, requirements: requirements,
        device: device.areGiven ? .given : .none, leafListPath: leafList)
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
      if parallel {
        report = try batch.treeReport(on: image)
      } else {
        var checker = try batch.checker(hashing: .automatic)
        report = try batch.report(on: image, with: &checker, treeThreads: nil)
      }
    } catch {
      let failure = error.commandFailure(image)
      if json && failure.status == .bad { try JSONOutput.print(ImageVerifyReport(image, error)) }
      throw failure
    }
    if json { try JSONOutput.print(report) } else { report.printText() }
  }

  private func verifyAll(_ batch: ImageVerifyBatch) throws(CommandFailure) {
    let json = json
    let show: @Sendable (ImageVerifyBatch.Result) -> Void = { if !json { print($0.report.line) } }
    let results =
      parallel ? batch.verifyTrees(images, show: show) : batch.verify(images, show: show)
    if json { try JSONOutput.print(ImageVerifyReports(images: results.map(\.report))) }
    let bad = results.filter { $0.failure != nil }
    guard let worst = bad.compactMap(\.failure).max(by: { $0.status.rawValue < $1.status.rawValue })
    else { return }
    throw CommandFailure(
      "\(bad.count) of \(results.count) images cannot be trusted", status: worst.status)
  }
}
