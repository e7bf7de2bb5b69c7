import ArgumentParser
import FirmwareImage
import ImageBuilder
import NORFlash
import OpenSSLCrypto

/// `brickproof image create`: an image from a firmware.
struct ImageCreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a signed image from a firmware.",
    discussion: """
      The result is the one imgtool makes from the same options; a header longer
      than 32 bytes is filled with 0xff. Options that make an image no device
      could use are refused. Numbers are decimal, 0x… or end with K or M.

      Example: brickproof image create app.bin app.img --version 1.2.3+4 \\
                 --key signing.pem --slot-size 256K --security-counter auto
      """)

  @Argument(help: "The firmware, as it is to lie behind the header.")
  var payload: String

  @Argument(help: "The image to write.")
  var image: String

  @OptionGroup var options: ImageCreateOptions

  @Flag(help: "Print the facts of the image as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      guard options.unsigned != (options.key != nil) else {
        throw CommandFailure.usage(
          options.unsigned
            ? "--unsigned and --key contradict each other; give one of them"
            : "there is no key to sign with; give --key, or --unsigned to do without")
      }
      let key = try options.key.map { path throws(CommandFailure) in
        try KeyInput.privateKey(path)
      }
      let recipe = try options.recipe()
      let payload = try ImageInput.bytes(of: payload)
      let bytes: [UInt8]
      do throws(ImageBuilderError) {
        bytes = try recipe.build(payload: payload.span, signingKey: key)
      } catch {
        throw CommandFailure.usage("\(image): not made: \(error)")
      }
      let report = try ImageCreateReport(image, bytes, recipe, key)
      try OutputFile.writeAtomically(bytes, to: image)
      if json { try JSONOutput.print(report) } else { report.printText() }
    }
  }
}

/// What was made.
private struct ImageCreateReport: Encodable {
  var formatVersion = 1
  var image: String
  var version: String
  var size: Int
  var payloadOffset: UInt16
  var payloadSize: UInt32
  var digestAlgorithm: String
  var digest: String
  var securityCounter: UInt32?
  var signingKeyType: String?
  var encrypted: Bool

  init(
    _ path: String, _ bytes: [UInt8], _ recipe: ImageRecipe, _ key: PrivateKey?
  ) throws(CommandFailure) {
    let summary: ImageSummary
    do {
      var storage = MemoryStorage(bytes)
      var crypto = try OpenSSLProvider(trustedKeys: [])
      summary = try ImageVerifier.examine(
        &storage, crypto: &crypto,
        requirements: ImageRequirements(signature: .hashOnly, bootability: .notRequired))
    } catch {
      throw .failure("the image made for \(path) is not a good one: \(error)")
    }
    image = path
    version = recipe.version.description
    size = bytes.count
    payloadOffset = summary.header.headerSize
    payloadSize = summary.header.payloadSize
    digestAlgorithm = "\(summary.digest.algorithm)"
    digest = Hexadecimal.text(of: summary.digest)
    securityCounter = summary.securityCounter
    signingKeyType = key?.kind.rawValue
    encrypted = recipe.encryption != nil
  }

  func printText() {
    let signature = signingKeyType.map { "signed with \($0)" } ?? "not signed"
    print("\(image): version \(version), \(size) bytes, \(signature)")
    print("\(digestAlgorithm) \(digest)")
  }
}
