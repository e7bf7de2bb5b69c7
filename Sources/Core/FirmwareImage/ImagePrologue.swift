public import NORFlash

/// The header and the TLV areas of an image without its payload: what `ImageVerifier.examine` reads.
///
/// An updater fetches it first (from the end of a file, or from a manifest), so that an image that
/// cannot be accepted is refused before the first erase.
public struct ImagePrologue: ReadableStorage {
  /// The largest size of both TLV areas together, in bytes.
  public static var capacity: Int { 2048 }

  /// The header.
  public let header: ImageHeader
  /// The size of the image from the header to the end of the TLV areas, in bytes.
  public let size: UInt32
  private var headerBytes: [32 of UInt8]
  private var areas: [2048 of UInt8]

  /// Makes a prologue of areas that are known to fit.
  init(header: ImageHeader, areas: [2048 of UInt8], count: Int) {
    self.header = header
    size = UInt32(truncatingIfNeeded: header.tlvOffset) + UInt32(count)
    headerBytes = .init(repeating: 0)
    self.areas = areas
    var first = headerBytes.mutableSpan
    header.encode(into: &first)
  }

  /// Copies the first 32 bytes of an image and its TLV areas.
  ///
  /// - Parameters:
  ///   - header: The start of the image, at least 32 bytes.
  ///   - areas: Both TLV areas, from the end of the payload.
  /// - Throws: `ImagePrologueError.refused` if the header is not one, or `.tooLarge`.
  public init(header: Span<UInt8>, areas: Span<UInt8>) throws(ImagePrologueError) {
    let decoded: ImageHeader
    do throws(ImageRefusal) {
      decoded = try ImageHeader(decoding: header)
    } catch { throw .refused(error) }
    guard areas.count <= Self.capacity else {
      throw .tooLarge(size: areas.count, capacity: Self.capacity)
    }
    let size = decoded.tlvOffset + UInt64(areas.count)
    guard let size = UInt32(exactly: size) else {
      throw .refused(.truncated(needed: size, available: .max))
    }
    self.header = decoded
    self.size = size
    self.headerBytes = .init(repeating: 0)
    self.areas = .init(repeating: 0)
    var first = headerBytes.mutableSpan
    first.copy(header.extracting(first: ImageHeader.encodedSize))
    var rest = self.areas.mutableSpan
    rest.copy(areas)
  }

  /// Copies header and TLV areas out of a storage that holds the image.
  ///
  /// - Throws: `ImagePrologueReadError.storage`, or `.prologue` if the storage holds no image of
  ///   this format, is too small for it, or the TLV areas are too large.
  public init<S: ReadableStorage & ~Copyable>(
    reading storage: inout S
  ) throws(ImagePrologueReadError<S.Failure>) {
    var first: [32 of UInt8] = .init(repeating: 0)
    var areas: [2048 of UInt8] = .init(repeating: 0)
    var used = 0
    do throws(ImageCheckError<S.Failure>) {
      let header = try ImageVerifier.header(of: &storage)
      var buffer = first.mutableSpan
      try storage.readImage(at: 0, into: &buffer)
      var cursor: TLVCursor
      do throws(ImageRefusal) {
        cursor = try TLVCursor(header: header, storageSize: storage.size)
      } catch { throw .refused(error) }
      while try cursor.next(in: &storage) != nil {}
      let start = UInt32(truncatingIfNeeded: header.tlvOffset)
      used = Int(cursor.imageSize - start)
      if used <= Self.capacity {
        var buffer = areas.mutableSpan
        var target = buffer._mutatingExtracting(first: used)
        try storage.readImage(at: start, into: &target)
      }
    } catch {
      switch error {
      case .storage(let failure): throw .storage(failure)
      case .refused(let refusal): throw .prologue(.refused(refusal))
      case .crypto, .sink: throw .prologue(.refused(.headerChanged))
      }
    }
    guard used <= Self.capacity else {
      throw .prologue(.tooLarge(size: used, capacity: Self.capacity))
    }
    do throws(ImagePrologueError) {
      try self.init(header: first.span, areas: areas.span.extracting(first: used))
    } catch { throw .prologue(error) }
  }

  /// Reads from the header's 32 bytes or from the TLV areas.
  ///
  /// - Throws: `ImagePrologueError.notInPrologue` for anything else.
  public mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(ImagePrologueError) {
    let end = UInt64(address) + UInt64(buffer.count)
    let start = header.tlvOffset
    if end <= UInt64(ImageHeader.encodedSize) {
      buffer.copy(headerBytes.span.extracting(Int(address)..<Int(end)))
    } else if UInt64(address) >= start, end <= UInt64(size) {
      buffer.copy(areas.span.extracting(Int(UInt64(address) - start)..<Int(end - start)))
    } else {
      throw .notInPrologue(address: address, count: UInt32(buffer.count))
    }
  }
}

/// Why a prologue cannot be made or read.
public enum ImagePrologueError: Error, Equatable, Sendable {
  /// The header is not that of an image.
  case refused(ImageRefusal)
  /// The TLV areas have `size` bytes; a prologue holds `capacity`.
  case tooLarge(size: Int, capacity: Int)
  /// The bytes are part of the payload, or of the header behind its first 32 bytes.
  case notInPrologue(address: UInt32, count: UInt32)
}

/// Why a prologue cannot be taken from a storage.
public enum ImagePrologueReadError<Failure: Error>: Error {
  /// The storage could not be read.
  case storage(Failure)
  /// What was read is not a prologue.
  case prologue(ImagePrologueError)
}
