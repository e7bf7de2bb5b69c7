public import FirmwareImage
public import NORFlash

extension LeafList {
  /// Where the leaf list lies behind the TLVs of an image; `nil` if there is none.
  ///
  /// - Parameter imageSize: The size from the header to the end of the TLV areas.
  /// - Throws: `LeafListReadError.storage`, or `.list` if a list begins there and is malformed, or
  ///   ends behind the storage.
  public static func range<S: ReadableStorage & ~Copyable>(
    behind imageSize: UInt32, in storage: inout S
  ) throws(LeafListReadError<S.Failure>) -> Range<UInt32>? {
    let room = UInt64(storage.size) - UInt64(min(imageSize, storage.size))
    guard room >= UInt64(LeafListHeader.encodedSize) else { return nil }
    let start = try read(imageSize..<imageSize + UInt32(LeafListHeader.encodedSize), of: &storage)
    let header: LeafListHeader?
    do throws(DigestTreeRefusal) {
      header = try LeafListHeader(decoding: start.span)
    } catch { throw .list(.refused(error)) }
    guard let header else { return nil }
    guard header.listSize <= room else {
      let headerSize = UInt64(LeafListHeader.encodedSize)
      throw .list(
        .refused(
          .leafListSize(found: room - headerSize, expected: header.listSize - headerSize)))
    }
    return imageSize..<imageSize + UInt32(header.listSize)
  }

  /// Reads the leaf list behind the TLVs of an image, and checks it against the root of its tree.
  ///
  /// - Parameter imageSize: The size from the header to the end of the TLV areas.
  /// - Returns: `nil` if there is no list.
  /// - Throws: `LeafListReadError.storage`, or `.list` as `init(decoding:of:)` does.
  /// - Complexity: O(number of leaves)
  public init?<S: ReadableStorage & ~Copyable>(
    behind imageSize: UInt32, in storage: inout S, of tree: DigestTree
  ) throws(LeafListReadError<S.Failure>) {
    guard let range = try Self.range(behind: imageSize, in: &storage) else { return nil }
    let bytes = try Self.read(range, of: &storage)
    do throws(LeafListError) {
      try self.init(decoding: bytes.span, of: tree)
    } catch { throw .list(error) }
  }

  private static func read<S: ReadableStorage & ~Copyable>(
    _ range: Range<UInt32>, of storage: inout S
  ) throws(LeafListReadError<S.Failure>) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var buffer = bytes.mutableSpan
    do throws(S.Failure) {
      try storage.read(at: range.lowerBound, into: &buffer)
    } catch { throw .storage(error) }
    return bytes
  }
}

/// Why a leaf list cannot be taken from a storage.
public enum LeafListReadError<Failure: Error>: Error {
  /// The storage could not be read.
  case storage(Failure)
  /// What was read is no leaf list of the image.
  case list(LeafListError)
}
