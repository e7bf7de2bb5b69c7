import ArgumentParser
import OpenSSLCrypto

/// A type of key on the command line.
struct KeyType: ExpressibleByArgument {
  var kind: PrivateKey.Kind

  init?(argument: String) {
    guard let kind = PrivateKey.Kind(rawValue: argument) else { return nil }
    self.kind = kind
  }

  static var allValueStrings: [String] { PrivateKey.Kind.allCases.map(\.rawValue) }
}

/// `brickproof key generate`: a new private key.
struct KeyGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Make a new private key.",
    discussion: """
      The file is PKCS#8 PEM and only its owner can read it, from the moment
      it exists. A file that is there already is never overwritten.

      ed25519, ecdsa-p256, ecdsa-p384, rsa-2048 and rsa-3072 sign images;
      x25519, ecdsa-p256 and rsa-2048 are keys to encrypt images to.

      Example: brickproof key generate --type ed25519 --output signing.pem
      """)

  @Option(help: "The type of the key.")
  var type: KeyType

  @Option(help: ArgumentHelp("The file to create.", valueName: "key.pem"))
  var output: String

  func run() throws {
    try reportingFailures {
      do throws(PrivateKeyError) {
        try PrivateKey(generating: type.kind).writePEM(to: output)
      } catch .fileExists(let path) {
        throw CommandFailure.usage(PrivateKeyError.fileExists(path: path).description)
      } catch {
        throw CommandFailure.failure(error.description)
      }
      print(
        "\(output): new private key of type \(type.kind.rawValue); keep it secret and keep a copy")
    }
  }
}
