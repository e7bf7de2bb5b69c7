internal import FlashEmulator
internal import NORFlash

/// How a state was reached from the one before.
struct SearchEdge {
  enum Kind: UInt8 {
    /// The start of the search.
    case start
    /// The power was cut in an operation.
    case cut
    /// The power was cut when the life had ended.
    case cutAtRest
    /// The life ended with a reset.
    case reset
  }

  var kind: Kind
  /// The number of the operation since the reset.
  var index: UInt32 = 0
  var operation = FlashOperation(kind: .program, address: 0, count: 0)
  var outcome: CutOutcome?
  /// What reads of unstable bits gave, as numbers of options.
  var choices: [UInt8] = []
}

/// One state of the device at a power-on.
struct SearchNode {
  var image: ImageReference
  /// The number of what outlives a reset beside the flash.
  var memory: UInt32
  var resetCode: ResetCode
  var parent: UInt32
  var edge: SearchEdge
  var nesting: UInt16
  var isExpanded = false
  /// The states that follow without a cut; more than one only where reads are undecided.
  var successors: [UInt32] = []
  /// Whether a life from here settles.
  var settles = false
  /// The number of its run, or `.max`.
  var run: UInt32 = .max
  /// The state that was run in its stead, or `.max`.
  var likeness: UInt32 = .max
  /// Where in the tree of runs it ends, if it was not run.
  var leaf: UInt32 = 0
}

/// A power-on that is to be run.
struct SearchTask {
  var node: UInt32
  var choices: [UInt8] = []
  /// The operation at which a supply that fades drops operations, and how many.
  var fading: (index: UInt32, count: UInt32, outcome: CutOutcome)?
  /// Whether it is run although another state looked the same.
  var isForced = false
}

/// The states found so far, shared by the workers.
///
/// Everything inside is guarded by `condition`.
final class SearchGraph: @unchecked Sendable {
  let condition = Condition()
  var images = ImageStore()
  var nodes = SegmentedArray<SearchNode>()
  private var numbers = DigestTable()
  private var memories: [MemoryContent] = []
  private var memoryNumbers: [MemoryContent: UInt32] = [:]
  /// Operations at images whose outcomes are all known.
  var memo = CrashPointMemo()
  var runs: [RunRecord] = []
  var tree = RunTree()
  /// The states that were not run because they look like one that was.
  var deferred: [UInt32] = []
  var counts = SearchCounts()
  var failure: SearchFailure?
  /// Tasks of the nesting level that is worked on, and of the next.
  private var current: [SearchTask] = []
  private var currentHead = 0
  private var next: [SearchTask] = []
  private var running = 0
  private var level: UInt16 = 0
  private(set) var isStopped = false
  /// Whether nothing is left to run, and no state that was left out has to be run after all.
  private var isExhausted = false
  /// Whether all workers have ended.
  var isDone = false
  /// Where novel states go first: the features seen so far.
  var features: Set<UInt64> = []
  let isGuided: Bool
  /// The bytes of a chunk of an image.
  var chunkSize = 256
  /// The program units of the part, and whether they have states.
  var unitShift = 0
  var hasUnits = false

  init(isGuided: Bool) { self.isGuided = isGuided }

  /// The states that are known but not run.
  var openCount: Int { current.count - currentHead + next.count }

  func locked<Result>(_ body: (SearchGraph) throws -> Result) rethrows -> Result {
    condition.lock()
    defer { condition.unlock() }
    return try body(self)
  }

  /// Adds a state, unless it is known; `image` is asked only for a new one.
  ///
  /// To be called with the lock held.
  ///
  /// - Returns: Its number.
  func add(
    _ key: ContentDigest, _ node: (inout ImageStore) -> SearchNode, isNovel: Bool = false
  ) -> UInt32 {
    if let known = numbers[key] { return known }
    let number = UInt32(nodes.count)
    let new = node(&images)
    numbers.insert(key, number)
    nodes.append(new)
    counts.images += 1
    counts.deepestNesting = max(counts.deepestNesting, Int(new.nesting))
    schedule(SearchTask(node: number), nesting: new.nesting, isNovel: isNovel)
    return number
  }

  /// The number of what outlives a reset beside the flash; to be called with the lock held.
  func number(of memory: MemoryContent) -> UInt32 {
    if let known = memoryNumbers[memory] { return known }
    let number = UInt32(memories.count)
    memories.append(memory)
    memoryNumbers[memory] = number
    return number
  }

  /// What a state begins with; to be called with the lock held.
  func start(of number: UInt32) -> (image: StoredImage, memory: MemoryContent, code: ResetCode) {
    let node = nodes[Int(number)]
    return (images[node.image], memories[Int(node.memory)], node.resetCode)
  }

  /// A known state can be reached with fewer cuts than was thought.
  func lower(_ number: UInt32, to nesting: UInt16, parent: UInt32, _ edge: SearchEdge) {
    guard nodes[Int(number)].nesting > nesting, !nodes[Int(number)].isExpanded else { return }
    nodes[Int(number)].nesting = nesting
    nodes[Int(number)].parent = parent
    nodes[Int(number)].edge = edge
    schedule(SearchTask(node: number), nesting: nesting, isNovel: false)
  }

  func schedule(_ task: SearchTask, nesting: UInt16, isNovel: Bool) {
    if nesting <= level || isGuided && isNovel { current.append(task) } else { next.append(task) }
    condition.signal()
  }

  /// The next tasks, or `nil` when there is nothing left to do.
  ///
  /// Several at a time, while there are many: those that follow each other are much alike, and who
  /// has done one does the next in less time.
  func take() -> [SearchTask]? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if isStopped || isExhausted { return nil }
      let tasks = takeCurrent()
      if !tasks.isEmpty {
        running += tasks.count
        return tasks
      }
      if running > 0 {
        condition.wait()
        continue
      }
      if next.isEmpty, dischargeLikenesses() {
        isExhausted = true
        condition.broadcast()
        return nil
      }
      if currentHead < current.count { continue }
      current = next
      currentHead = 0
      next = []
      level += 1
      condition.broadcast()
    }
  }

  private func takeCurrent() -> [SearchTask] {
    var tasks: [SearchTask] = []
    let count = min(Self.mostTasksAtOnce, max(1, (current.count - currentHead) / 8))
    while tasks.count < count, currentHead < current.count {
      let task = current[currentHead]
      currentHead += 1
      // A state that was found again with fewer cuts stands in the list twice.
      if task.choices.isEmpty, task.fading == nil, !task.isForced {
        if nodes[Int(task.node)].isExpanded { continue }
        nodes[Int(task.node)].isExpanded = true
      }
      tasks.append(task)
    }
    return tasks
  }

  private static let mostTasksAtOnce = 32

  /// The state that was run in the stead of a state, or that state.
  func standIn(for node: UInt32) -> UInt32 {
    let other = nodes[Int(node)].likeness
    return other == .max ? node : other
  }

  /// The run that a state has, or would repeat.
  func run(standingFor node: UInt32) -> UInt32 { nodes[Int(standIn(for: node))].run }

  /// Tasks are done, or at least the first of them; the others stay open.
  func finish(_ tasks: [SearchTask], done: Int) {
    condition.lock()
    running -= tasks.count
    current += tasks[done...]
    if running == 0 { condition.broadcast() }
    condition.unlock()
  }

  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }
}

/// What a search has counted.
struct SearchCounts {
  var images = 0
  var boots = 0
  var crashPoints = 0
  var crashPointsFromMemo = 0
  var deepestNesting = 0
  var longestRecovery = 0
  var undecidedReads = 0
  var choicesCutShort = 0
}

/// The first failure of a search.
struct SearchFailure {
  var node: UInt32
  var choices: [UInt8]
  var invariant: String
  var detail: String
}
