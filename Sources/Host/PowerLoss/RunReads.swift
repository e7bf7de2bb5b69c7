internal import FlashEmulator

/// Which content of the start of a life the life has looked at, in the order in which it did.
///
/// A life is a function of what it looks at: another state that agrees on all of that leads to the
/// same operations and the same end. Programming counts as looking, for its effect and the rules of
/// the part depend on the old content; erasing does not, and ends the interest in a block.
struct RunReads {
  /// One call that looked at something new.
  struct Step {
    var lines: [ChunkLines]
    var digest: ContentDigest
  }

  /// An erase that was complete.
  struct Erase {
    var address: UInt32
    var count: UInt32
  }

  private(set) var steps: [Step] = []
  private(set) var erases: [Erase] = []
  /// For each chunk the lines that are no longer of interest: looked at, erased, or counted elsewhere.
  private var settled: [UInt64]
  /// For each chunk the lines that were looked at.
  private var seen: [UInt64]
  private var chunks: [UInt32] = []

  /// - Parameter settled: For each chunk the lines that count elsewhere.
  init(settled: [UInt64]) {
    self.settled = settled
    seen = [UInt64](repeating: 0, count: settled.count)
  }

  /// All that was looked at.
  var footprint: [ChunkLines] {
    chunks.map { ChunkLines(chunk: $0, mask: seen[Int($0)]) }
  }

  /// The life looks at a range, whose content is still what it was wherever it was not looked at or
  /// erased before.
  mutating func look(at address: UInt32, count: UInt32, in flash: inout EmulatedFlash) {
    var new: [ChunkLines] = []
    var digest = ContentDigest.zero
    for lines in flash.lines(at: address, count: count) {
      let chunk = Int(lines.chunk)
      let part = ChunkLines(chunk: lines.chunk, mask: lines.mask & ~settled[chunk])
      guard part.mask != 0 else { continue }
      new.append(part)
      digest = digest.combined(with: flash.digest(of: part))
      settled[chunk] |= part.mask
      if seen[chunk] == 0 { chunks.append(lines.chunk) }
      seen[chunk] |= part.mask
    }
    if !new.isEmpty { steps.append(Step(lines: new, digest: digest)) }
  }

  /// The life erases a block.
  mutating func erase(at address: UInt32, count: UInt32, in flash: borrowing EmulatedFlash) {
    erases.append(Erase(address: address, count: count))
    for lines in flash.lines(at: address, count: count) {
      settled[Int(lines.chunk)] |= lines.mask
    }
  }
}

/// The lives that were run, as a tree of what they looked at.
///
/// From a state that was not run yet, the tree tells which run it would repeat, step by step: what
/// a run looks at next depends only on what it found so far.
struct RunTree {
  private enum Entry {
    case step([ChunkLines])
    case end(leaf: Int)
  }

  private var entries: [ContentDigest: Entry] = [:]
  /// The states that were run to each end of the tree.
  private(set) var leaves: [[UInt32]] = []

  /// The end of the tree that a state leads to, or `nil` if it would look at something new.
  func leaf(from root: ContentDigest, _ digest: ([ChunkLines]) -> ContentDigest) -> Int? {
    var place = root
    while let entry = entries[place] {
      switch entry {
      case .step(let lines): place = place.combined(with: digest(lines))
      case .end(let leaf): return leaf
      }
    }
    return nil
  }

  /// Adds a run.
  mutating func insert(_ node: UInt32, from root: ContentDigest, _ steps: [RunReads.Step]) {
    var place = root
    for step in steps {
      if entries[place] == nil { entries[place] = .step(step.lines) }
      place = place.combined(with: step.digest)
    }
    if case .end(let leaf) = entries[place] {
      leaves[leaf].append(node)
    } else {
      entries[place] = .end(leaf: leaves.count)
      leaves.append([node])
    }
  }
}
