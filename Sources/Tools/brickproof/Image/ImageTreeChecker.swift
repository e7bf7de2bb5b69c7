import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// What was found out about the digest tree of an image.
struct CheckedTree {
  /// Whether the leaves were held against the tree.
  enum Leaves {
    /// All match.
    case match
    /// The tree covers the encrypted payload, and the file holds the plain one.
    case coverCiphertext
  }

  /// Where the leaf list is.
  enum ListPlace {
    case nowhere
    case behindImage
    case file(String)
  }

  var tree: DigestTree
  /// The index of the key that signed the tree; `nil` if nobody did, or no key was given.
  var signingKey: Int?
  var leaves: Leaves
  var listPlace: ListPlace
}

/// Checks the digest tree of an image in a file: entries, signature, leaf list and leaves.
struct ImageTreeChecker {
  var keys: [PublicKey]
  /// The file with the leaf list; `nil` to look for one behind the image.
  var leafListPath: String?
  /// The number of threads, or `nil` for one on each processor.
  var threads: Int?

  /// The prologue of the image, and its tree if it has one.
  ///
  /// - Throws: `ImageCheckFailure.tree` if the entries are malformed, `.prologue` if the TLV areas of
  ///   an image with a tree are too large for a prologue, `.refused` or `.file`.
  func tree(
    of storage: inout FileStorage
  ) throws(ImageCheckFailure) -> (prologue: ImagePrologue, tree: DigestTree)? {
    var prologue: ImagePrologue
    do throws(ImagePrologueReadError<FileStorageError>) {
      prologue = try ImagePrologue(reading: &storage)
    } catch {
      switch error {
      case .storage(let failure): throw .file(failure)
      case .prologue(.refused(let refusal)): throw .refused(refusal)
      case .prologue(let cause):
        guard try hasTree(&storage) else { return nil }
        throw .prologue(cause)
      }
    }
    do throws(DigestTreeRefusal) {
      guard let tree = try DigestTree(of: &prologue) else { return nil }
      return (prologue, tree)
    } catch { throw .tree(error) }
  }

  /// Checks the tree of an image; `nil` if it has none.
  ///
  /// - Parameter image: What is known of the image from its hash, or `nil` if that was not computed.
  func check(
    _ path: String, image: CheckedImage?
  ) throws(ImageCheckFailure) -> CheckedTree? {
    var storage = try Self.open(path)
    guard let found = try tree(of: &storage) else { return nil }
    let tree = found.tree
    var prologue = found.prologue
    let signer = try signer(of: &prologue)
    let (list, place) = try leafList(of: tree, behind: prologue.size, in: &storage)
    let watched = WatchedSharedStorage(storage, "verifying \(path)")
    let computed: LeafList
    do {
      computed = try LeafList(
        over: watched, coveredSize: tree.coveredSize, leafSizeExponent: tree.leafSizeExponent,
        threads: threads)
    } catch {
      switch error {
      case .storage(let failure): throw .file(failure)
      case .engine: throw .crypto(.engineFailed(code: 0))
      }
    }
    var checked = CheckedTree(
      tree: tree, signingKey: signer, leaves: .match, listPlace: place)
    guard computed.tree != tree else { return checked }
    if let image, image.storedForm == .plain, image.summary.header.isEncrypted {
      checked.leaves = .coverCiphertext
      return checked
    }
    throw .leaves(tree: tree, differing: list.map { $0.leaves(differingFrom: computed) })
  }

  /// What the prologue of an image says, with everything checked that needs no payload.
  func summary(
    of path: String, requirements: ImageRequirements
  ) throws(ImageCheckFailure) -> ImageSummary {
    var storage = try Self.open(path)
    guard var prologue = try tree(of: &storage)?.prologue else { throw .noTree }
    var crypto = try provider()
    do throws(ImageCheckError<ImagePrologueError>) {
      return try ImageVerifier.examine(&prologue, crypto: &crypto, requirements: requirements)
    } catch {
      switch error {
      case .refused(let refusal): throw .refused(refusal)
      case .crypto(let failure): throw .crypto(failure)
      case .storage(let failure): throw .prologue(failure)
      case .sink(let failure): throw .sink(failure)
      }
    }
  }

  private func provider() throws(ImageCheckFailure) -> OpenSSLProvider {
    do { return try OpenSSLProvider(trustedKeys: keys) } catch {
      throw .crypto(.engineFailed(code: 0))
    }
  }

  private func signer(of prologue: inout ImagePrologue) throws(ImageCheckFailure) -> Int? {
    guard !keys.isEmpty else { return nil }
    var crypto = try provider()
    do throws(DigestTreeError) {
      return try DigestTree.signer(of: &prologue, crypto: &crypto)
    } catch {
      switch error {
      case .refused(let refusal): throw .tree(refusal)
      case .crypto(let failure): throw .crypto(failure)
      }
    }
  }

  /// The leaf list from its file, or from behind the image.
  private func leafList(
    of tree: DigestTree, behind imageSize: UInt32, in storage: inout FileStorage
  ) throws(ImageCheckFailure) -> (LeafList?, CheckedTree.ListPlace) {
    if let leafListPath {
      let bytes: [UInt8]
      do throws(CommandFailure) {
        bytes = try ImageInput.bytes(of: leafListPath)
      } catch { throw .input(error) }
      do throws(LeafListError) {
        return (try LeafList(decoding: bytes.span, of: tree), .file(leafListPath))
      } catch { throw .leafList(path: leafListPath, error) }
    }
    do throws(LeafListReadError<FileStorageError>) {
      let list = try LeafList(behind: imageSize, in: &storage, of: tree)
      return (list, list == nil ? .nowhere : .behindImage)
    } catch {
      switch error {
      case .storage(let failure): throw .file(failure)
      case .list(let failure): throw .leafList(path: nil, failure)
      }
    }
  }

  /// Whether one of the entries is that of a tree.
  private func hasTree(_ storage: inout FileStorage) throws(ImageCheckFailure) -> Bool {
    do throws(ImageCheckError<FileStorageError>) {
      let header = try ImageVerifier.header(of: &storage)
      var cursor: TLVCursor
      do throws(ImageRefusal) {
        cursor = try TLVCursor(header: header, storageSize: storage.size)
      } catch { throw .refused(error) }
      while let entry = try cursor.next(in: &storage) {
        if entry.type == .digestTree { return true }
      }
      return false
    } catch {
      switch error {
      case .refused(let refusal): throw .refused(refusal)
      case .storage(let failure): throw .file(failure)
      case .crypto(let failure): throw .crypto(failure)
      case .sink(let failure): throw .sink(failure)
      }
    }
  }

  private static func open(_ path: String) throws(ImageCheckFailure) -> FileStorage {
    do { return try FileStorage(path: path) } catch { throw .file(error) }
  }
}
