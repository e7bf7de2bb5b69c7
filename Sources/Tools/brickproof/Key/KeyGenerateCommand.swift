import ArgumentParser
import OpenSSLCrypto

/// A type of key on the command line.
enum KeyType: ExpressibleByArgument {
  /// A key pair.
  case pair(PrivateKey.Kind)
  /// A raw AES key of so many bytes, which wraps content keys.
  case keyEncryptionKey(size: Int)

  init?(argument: String) {
    switch argument {
    case "aes-128": self = .keyEncryptionKey(size: 16)
    case "aes-256": self = .keyEncryptionKey(size: 32)
    default:
      guard let kind = PrivateKey.Kind(rawValue: argument) else { return nil }
      self = .pair(kind)
    }
  }

  static var allValueStrings: [String] {
    PrivateKey.Kind.allCases.map(\.rawValue) + ["aes-128", "aes-256"]
  }

  /// Makes a key of this type in a new file.
  func generate(at path: String) throws(PrivateKeyError) {
    switch self {
    case .pair(let kind): try PrivateKey(generating: kind).writePEM(to: path)
    case .keyEncryptionKey(let size):
      try KeyEncryptionKeyFile.create(size: size, at: path)
    }
  }

  /// What was made, in words.
  var phrase: String {
    switch self {
    case .pair(let kind): "new private key of type \(kind.rawValue)"
    case .keyEncryptionKey(let size): "new AES key of \(size * 8) bits"
    }
  }
}

/// `brickproof key generate`: a new private key.
struct KeyGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Make a new private key, or an AES key.",
    discussion: """
      The file is PKCS#8 PEM and only its owner can read it, from the moment
      it exists. A file that is there already is never overwritten.

      ed25519, ecdsa-p256, ecdsa-p384, rsa-2048 and rsa-3072 sign images;
      x25519, ecdsa-p256 and rsa-2048 are keys to encrypt images to. aes-128 and
      aes-256 are raw keys that the device and the maker of images share; the
      file holds their 16 or 32 bytes.

      Example: brickproof key generate --type ed25519 --output signing.pem
      """)

  @Option(help: "The type of the key.")
  var type: KeyType

  @Option(help: ArgumentHelp("The file to create.", valueName: "key.pem"))
  var output: String

  func run() throws {
    try reportingFailures {
      do throws(PrivateKeyError) {
        try type.generate(at: output)
      } catch .fileExists(let path) {
        throw CommandFailure.usage(PrivateKeyError.fileExists(path: path).description)
      } catch {
        throw CommandFailure.failure(error.description)
      }
      print("\(output): \(type.phrase); keep it secret and keep a copy")
    }
  }
}
