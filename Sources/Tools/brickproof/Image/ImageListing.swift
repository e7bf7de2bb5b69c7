import FirmwareImage
import NORFlash
import OpenSSLCrypto

/// The parts of an image, as far as they can be read.
struct ImageListing: Encodable {
  struct Header: Encodable {
    var version: String
    var headerSize: UInt16
    var payloadSize: UInt32
    var protectedSize: UInt16
    var loadAddress: UInt32
    var flags: UInt32
    var flagNames: [String]
  }

  struct Entry: Encodable {
    var area: String
    var offset: UInt32
    var type: UInt16
    var name: String
    var length: UInt16
    var meaning: String
    var value: String
  }

  struct Trailer: Encodable {
    var magic: String
    var alignment: UInt8
    var imageOK: String
    var copyDone: String
    var swapKind: UInt8?
    var imageNumber: UInt8?
  }

  struct LeafListing: Encodable {
    var offset: UInt32
    var size: Int
    var leafCount: Int
    /// Whether its root is the one in the image, or why it is refused.
    var verdict: String
  }

  var formatVersion = 1
  var image: String
  var fileSize: UInt32
  var header: Header?
  var entries: [Entry] = []
  var imageSize: UInt32?
  var leafList: LeafListing?
  var trailer: Trailer?
  /// Why the rest could not be read, as the verifier would put it.
  var refusal: String?
}

extension ImageListing {
  /// Reads what can be read; what cannot is the refusal.
  static func read(
    _ storage: inout FileStorage, path: String
  ) throws(CommandFailure) -> (ImageListing, ImageRefusal?) {
    var listing = ImageListing(image: path, fileSize: storage.size)
    do throws(ImageCheckError<FileStorageError>) {
      let header = try ImageVerifier.header(of: &storage)
      listing.header = Header(header)
      try listing.readEntries(header, &storage)
      try listing.readLeafList(&storage)
      try listing.readTrailer(&storage)
      return (listing, nil)
    } catch {
      switch error {
      case .refused(let refusal):
        listing.refusal = "\(refusal.name)"
        return (listing, refusal)
      case .storage(let error): throw .usage(error.description)
      case .crypto, .sink: throw .failure("\(path): unexpected: \(error)")
      }
    }
  }

  private mutating func readEntries(
    _ header: ImageHeader, _ storage: inout FileStorage
  ) throws(ImageCheckError<FileStorageError>) {
    var cursor: TLVCursor
    do throws(ImageRefusal) {
      cursor = try TLVCursor(header: header, storageSize: storage.size)
    } catch {
      throw .refused(error)
    }
    while let entry = try cursor.next(in: &storage) {
      var value = [UInt8](repeating: 0, count: Int(entry.length))
      var buffer = value.mutableSpan
      do throws(FileStorageError) {
        try storage.read(at: entry.dataOffset, into: &buffer)
      } catch {
        throw .storage(error)
      }
      entries.append(
        Entry(
          area: "\(entry.area)", offset: entry.offset, type: entry.type.rawValue,
          name: entry.type.name, length: entry.length,
          meaning: TLVMeaning.text(entry.type, value), value: Hexadecimal.text(of: value)))
    }
    imageSize = cursor.imageSize
  }

  private mutating func readLeafList(
    _ storage: inout FileStorage
  ) throws(ImageCheckError<FileStorageError>) {
    guard let imageSize else { return }
    do throws(LeafListReadError<FileStorageError>) {
      guard let range = try LeafList.range(behind: imageSize, in: &storage) else { return }
      let leaves = (range.count - LeafListHeader.encodedSize) / DigestTree.digestSize
      leafList = LeafListing(
        offset: range.lowerBound, size: range.count, leafCount: leaves, verdict: "not-checked")
      let trees = ImageTreeChecker(keys: [])
      guard let tree = try? trees.tree(of: &storage)?.tree else {
        leafList?.verdict = "there is no digest tree for it"
        return
      }
      _ = try LeafList(behind: imageSize, in: &storage, of: tree)
      leafList?.verdict = "matches"
    } catch {
      switch error {
      case .storage(let failure): throw .storage(failure)
      case .list(let failure):
        if leafList == nil {
          leafList = LeafListing(offset: imageSize, size: 0, leafCount: 0, verdict: "")
        }
        leafList?.verdict = failure.description
      }
    }
  }

  private mutating func readTrailer(
    _ storage: inout FileStorage
  ) throws(ImageCheckError<FileStorageError>) {
    guard let imageSize else { return }
    let end = UInt64(imageSize) + UInt64(leafList?.size ?? 0)
    guard UInt64(storage.size) > end else { return }
    do throws(FileStorageError) {
      trailer = try ImageTrailer(reading: &storage).map(Trailer.init)
    } catch {
      throw .storage(error)
    }
  }
}

extension ImageListing.Header {
  init(_ header: ImageHeader) {
    version = header.version.description
    headerSize = header.headerSize
    payloadSize = header.payloadSize
    protectedSize = header.protectedSize
    loadAddress = header.loadAddress
    flags = header.flags.rawValue
    let names: [(ImageFlags, String)] = [
      (.positionIndependent, "position-independent"), (.encryptedAES128, "encrypted-aes-128"),
      (.encryptedAES256, "encrypted-aes-256"), (.nonBootable, "non-bootable"),
      (.loadsToRAM, "loads-to-ram"), (.fixedAddress, "fixed-address"),
      (.compressedLZMA1, "compressed-lzma1"), (.compressedLZMA2, "compressed-lzma2"),
      (.armThumbFilter, "arm-thumb-filter"),
    ]
    flagNames = names.filter { header.flags.contains($0.0) }.map(\.1)
    let unknown = names.reduce(header.flags) { $0.subtracting($1.0) }
    if !unknown.isEmpty { flagNames.append("unknown-\(Hexadecimal.number(unknown.rawValue))") }
  }
}

extension ImageListing.Trailer {
  init(_ trailer: ImageTrailer) {
    magic = "\(trailer.magic)"
    alignment = trailer.alignment
    imageOK = "\(trailer.imageOK)"
    copyDone = "\(trailer.copyDone)"
    swapKind = trailer.swapKind
    imageNumber = trailer.imageNumber
  }
}

extension TLVType {
  /// The name of a known type, `vendor` or `unknown`.
  var name: String {
    if !description.hasPrefix("0x") { return description }
    return (0xA0...0xFE).contains(rawValue & 0xFF) ? "vendor" : "unknown"
  }
}
