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
      let file = try ImageInput.open(payload)
      var output = try PendingFile(image)
      let built = try Self.build(recipe, file, key, &output, path: image)
      try output.commit()
      let report = ImageCreateReport(image, built, recipe, key)
      if json { try JSONOutput.print(report) } else { report.printText() }
    }
  }
}

extension ImageCreateCommand {
  private static func build(
    _ recipe: ImageRecipe, _ payload: consuming FileStorage, _ key: PrivateKey?,
    _ output: inout PendingFile, path: String
  ) throws(CommandFailure) -> BuiltImage {
    var payload = payload.shown(as: "making \(path)")
    do throws(ImageBuilderError) {
      return try recipe.build(payload: &payload, signingKey: key, into: &output)
    } catch {
      switch error {
      case .outputFailed(let reason): throw .failure(reason)
      default: throw .usage("\(path): not made: \(error)")
      }
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

  init(_ path: String, _ built: BuiltImage, _ recipe: ImageRecipe, _ key: PrivateKey?) {
    image = path
    version = recipe.version.description
    size = built.size
    payloadOffset = built.header.headerSize
    payloadSize = built.header.payloadSize
    digestAlgorithm = "\(built.digest.algorithm)"
    digest = Hexadecimal.text(of: built.digest)
    securityCounter = built.securityCounter
    signingKeyType = key?.kind.rawValue
    encrypted = recipe.encryption != nil
  }

  func printText() {
    let signature = signingKeyType.map { "signed with \($0)" } ?? "not signed"
    print("\(image): version \(version), \(size) bytes, \(signature)")
    print("\(digestAlgorithm) \(digest)")
  }
}
