import ArgumentParser
import FirmwareImage
import OpenSSLCrypto

/// `brickproof image extract`: the firmware out of an image.
struct ImageExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Take the payload out of an image, and decrypt it.",
    discussion: """
      The payload is written only if it matches the hash of the image; who
      signed is not checked here. Encryption fills a payload up with as many
      as 15 zeros; they stay at its end.

      Example: brickproof image extract app.img app.bin --decryption-key device.pem
      """)

  @Argument(help: "The image.")
  var image: String

  @Argument(help: "The file to write.")
  var payload: String

  @Option(
    help: ArgumentHelp(
      "The private key or raw AES key that decrypts the image.", valueName: "key.pem|kek.bin"))
  var decryptionKey: String?

  func run() throws {
    try reportingFailures {
      let decryptionKey = try decryptionKey.map { path throws(CommandFailure) in
        try KeyInput.decryptionKey(path)
      }
      _ = try ImageInput.open(image)
      let result: (image: CheckedImage, sink: PayloadCollector)
      do throws(ImageCheckFailure) {
        result = try CheckedImage.check(
          image, keys: [], decryptionKey: decryptionKey,
          requirements: ImageRequirements(signature: .hashOnly, bootability: .notRequired),
          makeSink: PayloadCollector.init)
      } catch {
        throw error.commandFailure(image)
      }
      let header = result.image.summary.header
      let bytes = result.sink.bytes.dropFirst(Int(header.headerSize))
      try OutputFile.writeAtomically(bytes, to: payload)
      print(
        "\(payload): \(bytes.count) bytes, version \(header.version)"
          + (result.image.storedForm == .ciphertext ? ", decrypted" : ""))
      if decryptionKey != nil, result.image.storedForm == .plain {
        StandardError.print("note: \(image): is not encrypted; --decryption-key was not used")
      }
    }
  }
}

/// Keeps header and payload while they are being verified.
private struct PayloadCollector: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ span: Span<UInt8>, at imageOffset: UInt32) throws(PayloadSinkError) {
    unsafe span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }
}
