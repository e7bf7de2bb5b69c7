import CReference
public import FirmwareImage
import FlashEmulator
import ImageBuilder
import NORFlash
public import OpenSSLCrypto

/// Verification of whole images, and the libcrypto calls that bound it.
public final class ImageWorkloads {
  /// The bytes of the plain image.
  public let image: [UInt8]
  /// The same payload, encrypted.
  public let encryptedImage: [UInt8]
  private let key: PrivateKey
  private var scratch = [UInt8](repeating: 0, count: 1 << 16)

  /// Makes images of `size` bytes, more or less.
  public init(size: Int) throws {
    key = try PrivateKey(generating: .ecdsaP256)
    let wrap = try EncryptionKey(keyEncryptionKey: Material.keyEncryptionKey)
    image = try Material.image("1.0.0", payloadSize: size, key: key)
    encryptedImage = try Material.image("1.0.0", payloadSize: size, key: key) {
      $0.encryption = ImageEncryption(to: wrap)
    }
  }

  // MARK: What C reaches

  /// SHA-256 of the image in memory, in pieces of 64 KiB, straight through EVP.
  public var referenceHash: Workload {
    Workload("libcrypto SHA-256", .bytes(image.count)) { [image] in
      var digest = [UInt8](repeating: 0, count: 32)
      guard unsafe reference_sha256(image, image.count, 1 << 16, &digest) == 1 else {
        throw WrongResult("libcrypto does not hash")
      }
    }
  }

  /// AES-128-CTR over as many bytes, in place, in a buffer of 64 KiB, straight through EVP.
  public var referenceCipher: Workload {
    let count = image.count
    return Workload("libcrypto AES-128-CTR", .bytes(count)) { [self] in
      for offset in stride(from: 0, to: count, by: scratch.count) {
        let size = min(scratch.count, count - offset)
        guard unsafe reference_ctr(&scratch, size, size) == 1 else {
          throw WrongResult("libcrypto does not encrypt")
        }
      }
    }
  }

  /// AES-128-CTR and SHA-256 in turn, in pieces of 64 KiB, straight through EVP.
  public var referenceCipherAndHash: Workload {
    Workload("libcrypto AES-128-CTR and SHA-256 in turn", .bytes(image.count)) { [self] in
      var digest = [UInt8](repeating: 0, count: 32)
      let status = unsafe reference_ctr_then_sha256(
        image, image.count, &scratch, scratch.count, &digest)
      guard status == 1 else { throw WrongResult("libcrypto does not decrypt and hash") }
    }
  }

  /// Reading a file from the page cache, in pieces of 256 KiB.
  public static func referenceRead(_ path: String, size: Int) -> Workload {
    let buffer = Buffer(count: 1 << 18)
    return Workload("pread", .bytes(size)) {
      guard unsafe reference_read(path, &buffer.bytes, buffer.bytes.count) == Int64(size) else {
        throw WrongResult("\(path) cannot be read")
      }
    }
  }

  // MARK: What Brickproof does

  /// Verifies the image in memory, with a buffer of the given size.
  public func verify(bufferSize: Int) throws -> Workload {
    try verification(
      "verify, RAM, \(Self.text(bufferSize)) chunks", image, .plain, bufferSize: bufferSize)
  }

  /// Decrypts and verifies the encrypted image in memory.
  public func decryptAndVerify(bufferSize: Int) throws -> Workload {
    try verification(
      "decrypt and verify, RAM, \(Self.text(bufferSize)) chunks", encryptedImage, .ciphertext,
      bufferSize: bufferSize)
  }

  /// Verifies an image file.
  ///
  /// - Parameter form: How its payload lies in the file.
  public static func verify(
    file path: String, key: PublicKey, form: StoredForm = .plain, bufferSize: Int,
    hashing: HashingPlace = .callingThread
  ) throws -> Workload {
    let size = Int(try FileStorage(path: path).size)
    let verifier = try Verifier(
      FileStorage(path: path), keys: [key], form: form, bufferSize: bufferSize, hashing: hashing)
    let action = form == .plain ? "verify" : "decrypt and verify"
    let threads = hashing == .callingThread ? "" : ", two threads"
    return Workload(
      "\(action), file, \(text(bufferSize)) chunks\(threads)", .bytes(size)
    ) {
      try verifier.verify()
    }
  }

  private func verification(
    _ name: String, _ bytes: [UInt8], _ form: StoredForm, bufferSize: Int
  ) throws -> Workload {
    let verifier = try Verifier(
      MemoryStorage(bytes), keys: [key.publicKey], form: form, bufferSize: bufferSize)
    return Workload(name, .bytes(bytes.count)) { try verifier.verify() }
  }

  /// A size as it stands in names.
  static func text(_ size: Int) -> String { size < 1_024 ? "\(size) B" : "\(size / 1_024) KiB" }
}

/// Bytes that outlive a closure.
final class Buffer {
  var bytes: [UInt8]

  init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }
}

/// A storage with a provider and a buffer of its own.
final class Verifier<Storage: ReadableStorage & ~Copyable> {
  private var storage: Storage
  private var crypto: OpenSSLProvider
  private var buffer: [UInt8]
  private let form: StoredForm

  init(
    _ storage: consuming Storage, keys: [PublicKey], form: StoredForm, bufferSize: Int,
    hashing: HashingPlace = .callingThread
  ) throws {
    self.storage = storage
    crypto = try OpenSSLProvider(
      trustedKeys: keys,
      decryptionKey: try DecryptionKey(keyEncryptionKey: Material.keyEncryptionKey),
      hashing: hashing)
    buffer = [UInt8](repeating: 0, count: bufferSize)
    self.form = form
  }

  func verify() throws {
    // The span of a class's own array would escape: take the array out meanwhile.
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    defer { swap(&bytes, &buffer) }
    var span = bytes.mutableSpan
    _ = try ImageVerifier.verify(&storage, crypto: &crypto, storedForm: form, buffer: &span)
  }
}
