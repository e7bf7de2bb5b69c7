internal import FlashEmulator
internal import NORFlash

/// Runs power-ons for a search: loads a state, lets the device live, and tries at every operation
/// what a cut would leave.
final class SearchWorker {
  let scenario: Scenario
  let faults: FaultModel
  let strategy: SearchStrategy
  let graph: SearchGraph
  let determinism: DeterminismCheck
  let identity: CrashPointIdentity
  let undecidedReadLimit: Int
  /// Held exclusively while a life runs: what the life calls back gets the flash handed over.
  var device: PoweredDevice
  let memory: DeviceMemory
  /// The image that the flash holds between runs.
  var loaded: StoredImage = []
  let pristine: PristineFlash
  /// This worker's own, as is what it remembers: to share either costs the processors more than it
  /// saves them.
  private let reduce: CanonicalForm.Reduction?
  /// The digests of reduced forms.
  private var reduced = DigestCache(count: 1 << 16, filledWith: ContentDigest.zero)
  /// The numbers of states that this worker came to lately: nearly every outcome of a cut leads to one,
  /// and then it need not ask what all workers share.
  var familiar = DigestCache(count: 1 << 15, filledWith: UInt32.max)
  /// The crash points that this worker came to lately, of those that are known.
  var familiarPoints = DigestCache(
    count: 1 << 16, filledWith: CrashPointMemo.Standing.new(number: nil))
  /// The outcomes of known crash points that a life came to, until its end.
  var crashPointsFromMemo = 0
  let base: FlashCheckpoint
  /// The chunks that count as a whole, by their reduced form.
  let apart: Set<UInt32>
  /// For each chunk the lines that no life looks at one by one: all or none.
  let settledFromTheStart: [UInt64]
  /// Whether states that look like one that was run are left out.
  let isReducing: Bool

  init(
    scenario: Scenario, faults: FaultModel, strategy: SearchStrategy,
    determinism: DeterminismCheck, graph: SearchGraph, start: FlashSnapshot,
    reduction: SearchReduction = .none, identity: CrashPointIdentity? = nil,
    undecidedReadLimit: Int = 4
  ) {
    self.undecidedReadLimit = undecidedReadLimit
    self.identity = identity ?? scenario.canonicalForm?.crashPoints ?? .everyByte
    isReducing = reduction == .byReads && strategy.depthLimit == nil
    self.scenario = scenario
    self.faults = faults
    self.strategy = strategy
    self.determinism = determinism
    self.graph = graph
    var flash = scenario.makeFlash(under: faults)
    flash.restore(start)
    base = flash.checkpoint()
    flash.trackContent(settingApart: scenario.canonicalForm?.ranges ?? [])
    pristine = PristineFlash(flash)
    var apart = Set<UInt32>()
    for range in scenario.canonicalForm?.ranges ?? [] {
      for lines in flash.lines(at: range.start, count: range.count) { apart.insert(lines.chunk) }
    }
    self.apart = apart
    settledFromTheStart = (0..<UInt32(flash.size) / UInt32(flash.chunkSize)).map {
      apart.contains($0) ? .max : 0
    }
    reduce = scenario.canonicalForm?.makeReduction()
    memory = DeviceMemory()
    device = PoweredDevice(flash: flash, memory: memory)
  }

  /// Works until the search has nothing left.
  func work() {
    while let tasks = graph.take() {
      var done = 0
      while done < tasks.count, !graph.locked(\.isStopped) {
        explore(tasks[done])
        done += 1
      }
      graph.finish(tasks, done: done)
    }
  }

  // MARK: - Loading

  /// Puts the flash into a stored image: writes only the chunks that differ from what it holds.
  ///
  /// Nobody goes back behind it: the records of millions of images would pile up in the undo log, so
  /// recording begins anew, and `base` is no longer valid.
  func load(_ image: StoredImage) {
    guard image != loaded else { return }
    var old = 0
    var new = 0
    while old < loaded.count || new < image.count {
      let oldGroup = old < loaded.count ? loaded[old].group : .max
      let newGroup = new < image.count ? image[new].group : .max
      let group = min(oldGroup, newGroup)
      let from = oldGroup == group ? loaded[old].node : startGroup(group)
      let to = newGroup == group ? image[new].node : startGroup(group)
      if oldGroup == group { old += 1 }
      if newGroup == group { new += 1 }
      if from != to { replace(group, from, by: to) }
    }
    loaded = image
    device.flash.discardCheckpoints()
    _ = device.flash.checkpoint()
  }

  private func replace(_ group: UInt32, _ from: UInt32, by to: UInt32) {
    graph.locked { graph in
      let old = graph.images[group: from]
      let new = graph.images[group: to]
      for lane in 0..<16 where old[lane] != new[lane] {
        graph.images.withChunk(new[lane]) {
          device.flash.setChunk(Int(group) * 16 + lane, to: $0)
        }
      }
    }
  }

  private func startGroup(_ group: UInt32) -> UInt32 {
    graph.locked { $0.images.startGroup(group, pristine.chunk) }
  }

  // MARK: - Keeping

  /// The image in the flash, stored; to be called with the lock held.
  func store(_ flash: inout EmulatedFlash, in images: inout ImageStore) -> StoredImage {
    _ = flash.contentDigest()
    var touched = Set<UInt32>()
    for chunk in flash.touchedChunks { touched.insert(chunk >> 4) }
    var image: StoredImage = []
    var position = 0
    for group in touched.sorted() {
      while position < loaded.count, loaded[position].group < group {
        image.append(loaded[position])
        position += 1
      }
      let start = images.startGroup(group, pristine.chunk)
      var before = start
      if position < loaded.count, loaded[position].group == group {
        before = loaded[position].node
        position += 1
      }
      var chunks = images[group: before]
      for lane in 0..<16 {
        let index = Int(group) * 16 + lane
        guard chunks[lane] != .max else { break }
        let digest = flash.chunkDigest(index)
        chunks[lane] = images.number(of: digest) ?? images.keep(index, digest, flash.chunk(index))
      }
      let node = images.intern(chunks)
      if node != start { image.append(ImageEntry(group: group, node: node)) }
    }
    image.append(contentsOf: loaded[position...])
    return image
  }

  /// What outlives a reset beside the cells.
  func content(with flash: borrowing EmulatedFlash) -> MemoryContent {
    var content = memory.content
    content.weakReadCounts = flash.packedWeakReadCounts
    return content
  }

  /// The digest of the content of the flash, with equal reduced forms counted as equal.
  func canonicalDigest(_ flash: inout EmulatedFlash) -> ContentDigest {
    let digest = flash.contentDigest()
    guard reduce != nil else { return digest }
    return digest.combined(with: reducedDigest(&flash))
  }

  /// The digest of the reduced form of the ranges that have one.
  func reducedDigest(_ flash: inout EmulatedFlash) -> ContentDigest {
    guard let reduce else { return .zero }
    let apart = flash.digestSetApart()
    if let known = reduced[apart] { return known }
    let digest = ContentDigest(of: reduce(flash).span, seed: 21)
    reduced.insert(apart, digest)
    return digest
  }

  /// What tells one state from another.
  func key(
    _ flash: inout EmulatedFlash, _ memory: MemoryContent, _ code: ResetCode
  ) -> ContentDigest {
    key(&flash, memoryDigest: memory.digest, code)
  }

  /// What tells one state from another, with what outlives a reset beside the flash by its digest.
  func key(
    _ flash: inout EmulatedFlash, memoryDigest: ContentDigest, _ code: ResetCode
  ) -> ContentDigest {
    canonicalDigest(&flash).combined(with: memoryDigest)
      .combined(with: ContentDigest(high: 0, low: UInt64(code.rawValue)))
  }
}

/// The start image, chunk by chunk.
final class PristineFlash {
  private let flash: EmulatedFlash

  init(_ other: borrowing EmulatedFlash) {
    var copy = EmulatedFlash(part: other.part)
    copy.restore(other.snapshot())
    _ = copy.checkpoint()
    copy.trackContent()
    flash = copy
  }

  /// A chunk and its digest, or `nil` behind the end.
  func chunk(_ index: Int) -> (digest: ContentDigest, content: [UInt8])? {
    guard index * flash.chunkSize < Int(flash.size) else { return nil }
    return (flash.chunkDigest(index), flash.chunk(index))
  }
}

extension Scenario {
  /// An erased flash of the part, read and judged as the fault model says.
  func makeFlash(under faults: FaultModel) -> EmulatedFlash {
    var flash = EmulatedFlash(part: part, operationGranularity: operationGranularity)
    for partition in partitions { flash.register(partition.name, range: partition.range) }
    flash.adoptReadings(of: faults)
    return flash
  }
}
