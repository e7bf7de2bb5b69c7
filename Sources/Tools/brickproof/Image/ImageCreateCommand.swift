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
      if let list = built.leafList, let path = options.leafList {
        try OutputFile.writeAtomically(list.encoded, to: path)
      }
      try output.commit()
      if case .notSmaller(let compressed, let size) = built.compression {
        StandardError.print(
          "note: \(image): not compressed: of \(size) bytes \(compressed) would be left, which is no"
            + " gain with the TLVs it takes")
      }
      let report = ImageCreateReport(image, built, recipe, key, leafList: options.leafList)
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
  var compression: String?
  var uncompressedSize: Int?
  var digestTree: Tree?

  struct Tree: Encodable {
    var leafSize: UInt32
    var leafCount: UInt32
    var root: String
    /// `behind-image`, or the path of the file.
    var leafList: String
  }

  init(
    _ path: String, _ built: BuiltImage, _ recipe: ImageRecipe, _ key: PrivateKey?,
    leafList: String?
  ) {
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
    switch built.compression {
    case nil: break
    case .compressed(let size): (compression, uncompressedSize) = ("compressed", size)
    case .notSmaller(_, let size): (compression, uncompressedSize) = ("not-smaller", size)
    }
    digestTree = built.leafList.map {
      Tree(
        leafSize: $0.tree.leafSize, leafCount: $0.tree.leafCount,
        root: Hexadecimal.text(of: $0.tree.rootBytes), leafList: leafList ?? "behind-image")
    }
  }

  func printText() {
    let signature = signingKeyType.map { "signed with \($0)" } ?? "not signed"
    print("\(image): version \(version), \(size) bytes, \(signature)")
    print("\(digestAlgorithm) \(digest)")
    if compression == "compressed", let uncompressedSize {
      print("payload compressed from \(uncompressedSize) to \(payloadSize) bytes")
    }
    guard let digestTree else { return }
    let place = digestTree.leafList == "behind-image" ? "behind the image" : digestTree.leafList
    print(
      "digest tree of \(Count.text(Int(digestTree.leafCount), "leaf", "leaves")) of "
        + "\(ByteSize.text(UInt64(digestTree.leafSize))), leaf list \(place)")
  }
}
