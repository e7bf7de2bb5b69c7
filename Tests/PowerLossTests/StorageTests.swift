import FlashEmulator
import NORFlash
import Testing

@testable import PowerLoss

/// What a search keeps millions of.
@Suite struct StorageTests {
  /// Agrees with a dictionary, through every growth of its shards.
  @Test func aDigestTableFindsWhatItWasGiven() {
    var table = DigestTable()
    var model: [ContentDigest: UInt32] = [:]
    var random = SplitMix64(seed: 7)
    for number in 0..<UInt32(20_000) {
      let digest = ContentDigest(high: random.next(), low: random.next())
      #expect(table[digest] == nil)
      table.insert(digest, number)
      model[digest] = number
    }
    #expect(table.count == model.count)
    let isSame = model.allSatisfy { table[$0.key] == $0.value }
    #expect(isSame)
  }

  /// Digests that agree in all that chooses their place stay apart.
  @Test func aDigestTableKeepsCollisionsApart() {
    var table = DigestTable()
    for number in 0..<UInt32(300) {
      table.insert(ContentDigest(high: UInt64(number), low: .max), number)
    }
    for number in 0..<UInt32(300) {
      #expect(table[ContentDigest(high: UInt64(number), low: .max)] == number)
    }
    #expect(table[ContentDigest(high: 300, low: .max)] == nil)
  }

  @Test func aSegmentedArrayKeepsItsElements() {
    var array = SegmentedArray<Int>()
    for number in 0..<10_000 { array.append(number) }
    array[4_096] = -1
    array[8_191] += 1
    #expect(array.count == 10_000)
    let isSame = array.indices.allSatisfy {
      array[$0] == ($0 == 4_096 ? -1 : $0 == 8_191 ? 8_192 : $0)
    }
    #expect(isSame)
  }

  @Test func aCrashPointCountsItsOutcomesWithOrWithoutChildren() {
    let operation = FlashOperation(kind: .erase, address: 0, count: 64)
    let digest = ContentDigest(high: 1, low: 2)
    var plain = CrashPointMemo()
    #expect(plain.meet(digest, operation, keeping: .outcomeCount) == .new(number: nil))
    #expect(plain.keep(digest, operation, number: nil, outcomes: 9, children: []) == 0)
    #expect(
      plain.meet(digest, operation, keeping: .outcomeCount) == .known(outcomes: 9, number: nil))
    var linked = CrashPointMemo()
    let child = CrashPoint.Child(node: 5, isErased: true)
    #expect(linked.meet(digest, operation, keeping: .children) == .new(number: 0))
    #expect(linked.keep(digest, operation, number: 0, outcomes: 9, children: [child]) == 0)
    #expect(linked.meet(digest, operation, keeping: .children) == .known(outcomes: 9, number: 0))
    #expect(linked.points[0].children[0].node == 5)
    #expect(linked.points[0].children[0].isErased)
    #expect(linked.counts[operation]?.crashPoints == 9)
  }

  /// Two threads that come to the same point at the same time must not both cut it.
  @Test(arguments: [CrashPointMemo.Detail.outcomeCount, .children])
  func aCrashPointIsCutOnce(keeping detail: CrashPointMemo.Detail) {
    let operation = FlashOperation(kind: .program, address: 8, count: 4)
    let digest = ContentDigest(high: 3, low: 4)
    let number: UInt32? = detail == .children ? 0 : nil
    var memo = CrashPointMemo()
    #expect(memo.meet(digest, operation, keeping: detail) == .new(number: number))
    #expect(memo.meet(digest, operation, keeping: detail) == .underWay(number: number))
    #expect(memo.meet(digest, operation, keeping: detail) == .underWay(number: number))
    #expect(memo.keep(digest, operation, number: number, outcomes: 7, children: []) == 2)
    #expect(
      memo.meet(digest, operation, keeping: detail) == .known(outcomes: 7, number: number))
    #expect(memo.counts[operation]?.situations == 1)
    #expect(memo.counts[operation]?.crashPoints == 7)
  }

  /// Forgetting is allowed, a wrong number is not.
  @Test func aCacheHasTheValueOfADigestOrNone() {
    var random = SplitMix64(seed: 5)
    let keys = (0..<40_000).map { _ in ContentDigest(high: random.next(), low: random.next()) }
    var cache = DigestCache(count: 1 << 15, filledWith: UInt32.max)
    #expect(cache[.zero] == nil)
    for (number, key) in keys.enumerated() { cache.insert(key, UInt32(number)) }
    var remembered = 0
    for (number, key) in keys.enumerated() {
      guard let found = cache[key] else { continue }
      #expect(found == UInt32(number))
      remembered += 1
    }
    #expect(remembered > 10_000 && remembered < 40_000)
    #expect(cache[.zero] == nil)
  }

  /// A worker that is stopped gives back what it has not done: it counts as open.
  @Test func tasksThatWereNotDoneStayOpen() throws {
    let graph = SearchGraph(isGuided: false)
    for number in 0..<100 {
      _ = graph.add(ContentDigest(high: UInt64(number) << 40, low: 1)) { images in
        SearchNode(
          image: images.keep([]), memory: 0, resetCode: .powerOn, parent: 0,
          edge: SearchEdge(kind: .start), nesting: 0)
      }
    }
    let tasks = try #require(graph.take())
    #expect(tasks.map(\.node) == Array(0..<UInt32(tasks.count)))
    #expect(tasks.count > 1)
    #expect(graph.openCount == 100 - tasks.count)
    graph.finish(tasks, done: 1)
    #expect(graph.openCount == 99)
    graph.stop()
    #expect(graph.take()?.count == nil)
  }

  /// A search that goes from image to image must not keep the way between them.
  @Test func loadingImagesLeavesNothingToUndo() throws {
    let scenario = try CopyUpdater(blocks: 2).scenario()
    var flash = EmulatedFlash(part: scenario.part)
    try scenario.prepare(&flash)
    let graph = SearchGraph(isGuided: false)
    let worker = SearchWorker(
      scenario: scenario, faults: .atomic, strategy: .closure, determinism: .never, graph: graph,
      start: flash.snapshot())
    let before = worker.device.flash.bytes(in: FlashRange(start: 0, count: 1_024))
    let blank = [UInt8](repeating: 0xFF, count: 1_024)
    try worker.device.flash.erase(at: 0, count: 1_024)
    let erased = graph.locked { worker.store(&worker.device.flash, in: &$0.images) }
    worker.loaded = erased
    for _ in 0..<100 {
      worker.load([])
      #expect(worker.device.flash.bytes(in: FlashRange(start: 0, count: 1_024)) == before)
      worker.load(erased)
      #expect(worker.device.flash.bytes(in: FlashRange(start: 0, count: 1_024)) == blank)
    }
    #expect(worker.device.flash.undoByteCount == 0)
  }
}
