internal import FlashEmulator

/// Sixteen chunks by their numbers.
typealias ChunkGroup = SIMD16<UInt32>

/// One group of an image that differs from the start image.
struct ImageEntry: Equatable {
  var group: UInt32
  var node: UInt32
}

/// The groups in which an image differs from the start image, in ascending order.
typealias StoredImage = [ImageEntry]

/// Where the entries of a stored image lie.
struct ImageReference {
  var start: UInt32
  var count: UInt32
}

/// Keeps images so that equal parts are stored once: chunks of at most 256 bytes, and groups of
/// sixteen of them.
///
/// An image of a search differs from its neighbours in a page or a block, so that a new one costs
/// some hundred bytes.
struct ImageStore: ~Copyable {
  private var chunkNumbers = DigestTable()
  private var groupNumbers = DigestTable()
  private var groups = SegmentedArray<ChunkGroup>()
  private var entries = SegmentedArray<ImageEntry>()
  private var startGroups: [UInt32: UInt32] = [:]
  private var bytes = ByteArena()
  /// How many different contents each chunk of the flash had: what grows shows here.
  private(set) var variants: [UInt32: UInt32] = [:]

  /// The number of a group of the start image.
  ///
  /// - Parameter start: Reads a chunk of the start image, and its digest.
  mutating func startGroup(
    _ group: UInt32, _ start: (Int) -> (digest: ContentDigest, content: [UInt8])?
  ) -> UInt32 {
    if let known = startGroups[group] { return known }
    var chunks = ChunkGroup(repeating: .max)
    for lane in 0..<16 {
      let index = Int(group) * 16 + lane
      guard let chunk = start(index) else { break }
      chunks[lane] = number(of: chunk.digest) ?? keep(index, chunk.digest, chunk.content)
    }
    let number = intern(chunks)
    startGroups[group] = number
    return number
  }

  /// The number of a group of the start image that some image differs in.
  func knownStartGroup(_ group: UInt32) -> UInt32 {
    guard let number = startGroups[group] else {
      preconditionFailure("an image has group \(group), and nobody asked what it was at the start")
    }
    return number
  }

  /// The lines of four bytes in which two chunks differ, in cells, weak bits or states of units.
  func differingLines(
    _ left: UInt32, _ right: UInt32, _ chunkSize: Int, _ unitShift: Int, hasUnits: Bool
  ) -> UInt64 {
    var lines: UInt64 = 0
    let units = hasUnits ? chunkSize >> unitShift : 0
    withChunk(left) { left in
      withChunk(right) { right in
        for offset in 0..<chunkSize {
          let leftWeak = left.count > chunkSize + units ? left[chunkSize + units + offset] : 0
          let rightWeak = right.count > chunkSize + units ? right[chunkSize + units + offset] : 0
          if left[offset] != right[offset] || leftWeak != rightWeak {
            lines |= 1 << UInt64(offset >> 2)
          }
        }
        for unit in 0..<units where left[chunkSize + unit] != right[chunkSize + unit] {
          let first = unit << unitShift
          for line in first >> 2...(first + (1 << unitShift) - 1) >> 2 {
            lines |= 1 << UInt64(line)
          }
        }
      }
    }
    return lines
  }

  subscript(group number: UInt32) -> ChunkGroup { groups[Int(number)] }

  mutating func intern(_ chunks: ChunkGroup) -> UInt32 {
    let digest = unsafe withUnsafeBytes(of: chunks) { unsafe ContentDigest(of: $0, seed: 0) }
    if let known = groupNumbers[digest] { return known }
    let number = UInt32(groups.count)
    groups.append(chunks)
    groupNumbers.insert(digest, number)
    return number
  }

  /// Stores an image.
  mutating func keep(_ image: StoredImage) -> ImageReference {
    let reference = ImageReference(start: UInt32(entries.count), count: UInt32(image.count))
    for entry in image { entries.append(entry) }
    return reference
  }

  /// A stored image.
  subscript(reference: ImageReference) -> StoredImage {
    (reference.start..<reference.start + reference.count).map { entries[Int($0)] }
  }

  /// The number of a chunk that is stored.
  func number(of chunk: ContentDigest) -> UInt32? { chunkNumbers[chunk] }

  /// Stores a chunk that is not.
  mutating func keep(_ index: Int, _ digest: ContentDigest, _ content: [UInt8]) -> UInt32 {
    let number = bytes.append(content)
    chunkNumbers.insert(digest, number)
    variants[UInt32(index), default: 0] += 1
    return number
  }

  /// Lends out the content of a chunk.
  func withChunk(_ number: UInt32, _ body: (Span<UInt8>) -> Void) {
    bytes.withEntry(number, body)
  }
}

/// Byte strings, one behind the other in large slabs that never move.
struct ByteArena: ~Copyable {
  private struct Entry {
    var slab: UInt32
    var offset: UInt32
    var count: UInt32
  }

  private static let slabSize = 1 << 20
  private var slabs: [[UInt8]] = []
  private var entries = SegmentedArray<Entry>()

  mutating func append(_ bytes: [UInt8]) -> UInt32 {
    if slabs.isEmpty || slabs[slabs.count - 1].count + bytes.count > Self.slabSize {
      slabs.append([])
      slabs[slabs.count - 1].reserveCapacity(max(Self.slabSize, bytes.count))
    }
    let slab = slabs.count - 1
    entries.append(
      Entry(slab: UInt32(slab), offset: UInt32(slabs[slab].count), count: UInt32(bytes.count)))
    slabs[slab].append(contentsOf: bytes)
    return UInt32(entries.count - 1)
  }

  func withEntry(_ number: UInt32, _ body: (Span<UInt8>) -> Void) {
    let entry = entries[Int(number)]
    let slab = slabs[Int(entry.slab)]
    body(slab.span.extracting(Int(entry.offset)..<Int(entry.offset + entry.count)))
  }
}
