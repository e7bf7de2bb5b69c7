import FirmwareImage
import ImageCompression
import NORFlash
import OpenSSLCrypto

/// Files that the image commands read.
enum ImageInput {
  /// Opens a file; a failure is wrong usage.
  static func open(_ path: String) throws(CommandFailure) -> FileStorage {
    do { return try FileStorage(path: path) } catch { throw .usage(error.description) }
  }

  /// Reads a whole file; a failure is wrong usage.
  static func bytes(of path: String) throws(CommandFailure) -> [UInt8] {
    var storage = try open(path)
    var bytes = [UInt8](repeating: 0, count: Int(storage.size))
    var buffer = bytes.mutableSpan
    do { try storage.read(at: 0, into: &buffer) } catch { throw .usage(error.description) }
    return bytes
  }
}

/// An image that was found good, and how.
struct CheckedImage {
  /// What the verifier found.
  var summary: ImageSummary
  /// How the payload lies in the file.
  var storedForm: StoredForm
  /// What came out of a compressed image; `nil` for another one.
  var unpacked: CompressedImageSummary?

  /// The facts of the image that runs.
  var plain: ImageSummary { unpacked?.plain ?? summary }
}

/// Why an image is not found good.
enum ImageCheckFailure: Error {
  /// The image is refused.
  case refused(ImageRefusal)
  /// The image is whole, but what is compressed in it is refused.
  case unpackedRefused(ImageRefusal)
  /// The stored bytes do not match, and there is no key to decrypt them with.
  case encryptedWithoutKey(KeyWrapAlgorithm?)
  /// The content key cannot be unwrapped.
  case crypto(CryptoError)
  /// The file could not be read.
  case file(FileStorageError)
  /// The payload could not be taken.
  case sink(PayloadSinkError)
  /// The file for the payload could not be made.
  case output(CommandFailure)
  /// The prologue of an image with a digest tree cannot be taken.
  case prologue(ImagePrologueError)
  /// The entries of the digest tree are refused, or who signed it.
  case tree(DigestTreeRefusal)
  /// The image has no digest tree to be verified with.
  case noTree
  /// Nobody signed the digest tree.
  case unsignedTree
  /// The leaf list in the file at `path`, or behind the image, is refused.
  case leafList(path: String?, LeafListError)
  /// The content does not have the root in the image; with a leaf list it is known where.
  case leaves(tree: DigestTree, differing: [UInt32]?)
  /// A file that the check needs cannot be read.
  case input(CommandFailure)

  /// A stable identifier, for machine-readable output.
  var name: String {
    switch self {
    case .refused(let refusal), .unpackedRefused(let refusal): "\(refusal.name)"
    case .encryptedWithoutKey: "decryption-key-missing"
    case .crypto(.keyUnwrapFailed): "content-key-damaged-or-other-key"
    case .crypto(.noDecryptionKey): "decryption-key-of-other-type"
    case .crypto: "crypto-failed"
    case .file: "unreadable"
    case .sink, .output: "output-failed"
    case .prologue: "tlv-areas-too-large"
    case .tree(let refusal): "\(refusal.name)"
    case .noTree: "no-digest-tree"
    case .unsignedTree: "tree-unsigned"
    case .leafList(_, .refused(let refusal)): "\(refusal.name)"
    case .leafList: "not-a-leaf-list"
    case .leaves: "leaf-mismatch"
    case .input: "unreadable"
    }
  }

  /// The reason in one line.
  var message: String {
    switch self {
    case .refused(let refusal): refusal.description
    case .unpackedRefused(.compression(let refusal)): refusal.description
    case .unpackedRefused(let refusal): "the image that is compressed in it: \(refusal)"
    case .encryptedWithoutKey(let wrap):
      "the payload is encrypted, so its hash cannot be checked; give --decryption-key with "
        + Self.keyNames(wrap)
    case .crypto(.keyUnwrapFailed):
      "the content key does not unwrap with this decryption key; it is another key, or damaged"
    case .crypto(.noDecryptionKey(let wrap)):
      "the image is encrypted to another type of key; give \(Self.keyNames(wrap))"
    case .crypto(let error): "libcrypto failed: \(error)"
    case .file(let error): error.description
    case .sink(let error): "the payload cannot be kept: \(error)"
    case .output(let error), .input(let error): error.message
    default: treeMessage
    }
  }

  /// The failure of a command on the file at `path`.
  func commandFailure(_ path: String) -> CommandFailure {
    switch self {
    case .file(let error): .usage(error.description)
    case .output(let error), .input(let error): error
    case .crypto(.engineFailed), .sink: .failure("\(path): \(message)")
    default: .bad("\(path): \(message)")
    }
  }

  private static func keyNames(_ wrap: KeyWrapAlgorithm?) -> String {
    switch wrap {
    case .rsaOAEP: "the RSA-2048 private key of the device"
    case .aesKeyWrap: "the raw AES key of the device"
    case .eciesP256: "the P-256 private key of the device"
    case .eciesX25519, .eciesX25519SHA512: "the X25519 private key of the device"
    case nil: "the key of the device"
    }
  }
}
