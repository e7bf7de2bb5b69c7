import ArgumentParser
import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// `brickproof image extract`: the firmware out of an image.
struct ImageExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Take the payload out of an image, decrypt and decompress it.",
    discussion: """
      The payload is written only if it matches the hash of the image; who
      signed is not checked here. Encryption fills a payload up with as many
      as 15 zeros; they stay at its end. A compressed payload is unpacked, and
      must match the hash of the plain image too.

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
      let headerSize = try Self.headerSize(of: image)
      let path = payload
      var latest: PayloadFile?
      let result: (image: CheckedImage, sink: PayloadFile)
      do throws(ImageCheckFailure) {
        var checker = try ImageChecker(
          keys: [], decryptionKey: decryptionKey,
          requirements: ImageRequirements(signature: .hashOnly, bootability: .notRequired))
        result = try checker.check(image) { () throws(ImageCheckFailure) in
          do throws(CommandFailure) {
            let file = PayloadFile(try PendingFile(path), behind: headerSize)
            latest = file
            return file
          } catch { throw .output(error) }
        }
      } catch {
        throw latest?.failure ?? error.commandFailure(image)
      }
      try result.sink.file.commit()
      let header = result.image.plain.header
      print(
        "\(payload): \(header.payloadSize) bytes, version \(header.version)"
          + (result.image.storedForm == .ciphertext ? ", decrypted" : "")
          + (result.image.unpacked == nil ? "" : ", decompressed"))
      if decryptionKey != nil, result.image.storedForm == .plain {
        StandardError.print("note: \(image): is not encrypted; --decryption-key was not used")
      }
    }
  }
}

extension ImageExtractCommand {
  private static func headerSize(of path: String) throws(CommandFailure) -> UInt32 {
    var storage = try ImageInput.open(path)
    do throws(ImageCheckError<FileStorageError>) {
      return UInt32(try ImageVerifier.header(of: &storage).headerSize)
    } catch {
      switch error {
      case .refused(let refusal): throw .bad("\(path): \(refusal)")
      case .storage(let failure): throw .usage(failure.description)
      case .crypto, .sink: throw .failure("\(path): the header cannot be read")
      }
    }
  }
}

/// Writes the payload to a file while it is being verified.
private final class PayloadFile: PayloadSink {
  let file: PendingFile
  private let headerSize: UInt32
  /// Why the payload could not be written.
  private(set) var failure: CommandFailure?

  init(_ file: PendingFile, behind headerSize: UInt32) {
    self.file = file
    self.headerSize = headerSize
  }

  func receive(_ bytes: Span<UInt8>, at imageOffset: UInt32) throws(PayloadSinkError) {
    guard imageOffset >= headerSize else { return }
    do throws(CommandFailure) {
      try file.append(bytes)
    } catch {
      failure = error
      throw .failed(code: 1)
    }
  }
}
