internal import FlashEmulator

/// For each run, which lines of its start image are looked at by itself or by anything that follows.
struct LaterReads {
  private var columns: [UInt32: Int] = [:]
  private let width: Int
  private var masks: [UInt64]
  /// The same for what follows a crash point.
  private var pointMasks: [UInt64]
  /// For each state the run that it has, or would repeat.
  private let standing: [UInt32]
  /// The crash points in the order of the runs that met them first, and where those of each run begin.
  private let pointsAsMet: [UInt32]
  private let firstMet: [Int]

  init(_ graph: SearchGraph) {
    for run in graph.runs {
      for lines in run.footprint where columns[lines.chunk] == nil {
        columns[lines.chunk] = columns.count
      }
    }
    width = columns.count
    (pointsAsMet, firstMet) = Self.order(graph)
    standing = graph.nodes.indices.map { graph.run(standingFor: UInt32($0)) }
    masks = [UInt64](repeating: 0, count: graph.runs.count * width)
    pointMasks = [UInt64](repeating: 0, count: graph.memo.points.count * width)
    for (index, run) in graph.runs.enumerated() {
      for lines in run.footprint {
        masks[index * width + (columns[lines.chunk] ?? 0)] |= lines.mask
      }
    }
    var isChanging = true
    while isChanging { isChanging = propagate(graph) }
  }

  private static func order(_ graph: SearchGraph) -> (points: [UInt32], starts: [Int]) {
    var isMet = [Bool](repeating: false, count: graph.memo.points.count)
    var points: [UInt32] = []
    var starts = [0]
    for run in graph.runs {
      for edge in run.points where !isMet[Int(edge.point)] {
        isMet[Int(edge.point)] = true
        points.append(edge.point)
      }
      starts.append(points.count)
    }
    return (points, starts)
  }

  func mask(of chunk: UInt32, from run: UInt32) -> UInt64 {
    guard let column = columns[chunk], run != .max else { return 0 }
    return masks[Int(run) * width + column]
  }

  /// Hands on what is looked at later, from the last found to the first: nearly everything that
  /// follows a run was found after it.
  private mutating func propagate(_ graph: SearchGraph) -> Bool {
    var isChanging = false
    for run in graph.runs.indices.reversed() {
      for place in firstMet[run]..<firstMet[run + 1]
      where update(point: Int(pointsAsMet[place]), graph) { isChanging = true }
      if update(run: run, graph) { isChanging = true }
    }
    return isChanging
  }

  private mutating func update(point index: Int, _ graph: SearchGraph) -> Bool {
    let point = graph.memo.points[index]
    var isChanging = false
    for child in point.children {
      let run = standing[Int(child.node)]
      guard run != .max else { continue }
      let erased =
        child.isErased
        ? columns(of: point.operation.address, point.operation.count, graph.chunkSize) : [:]
      for column in 0..<width {
        let mask = masks[Int(run) * width + column] & ~(erased[column] ?? 0)
        guard mask & ~pointMasks[index * width + column] != 0 else { continue }
        pointMasks[index * width + column] |= mask
        isChanging = true
      }
    }
    return isChanging
  }

  private mutating func update(run index: Int, _ graph: SearchGraph) -> Bool {
    let run = graph.runs[index]
    var isChanging = false
    var erased = [UInt64](repeating: 0, count: width)
    var erases = 0
    func add(_ mask: UInt64, _ column: Int) {
      let new = mask & ~erased[column] & ~masks[index * width + column]
      guard new != 0 else { return }
      masks[index * width + column] |= new
      isChanging = true
    }
    func pass(upTo count: Int) {
      while erases < count {
        let erase = run.erases[erases]
        for (column, mask) in columns(of: erase.address, erase.count, graph.chunkSize) {
          erased[column] |= mask
        }
        erases += 1
      }
    }
    for edge in run.points {
      pass(upTo: Int(edge.erases))
      for column in 0..<width { add(pointMasks[Int(edge.point) * width + column], column) }
    }
    pass(upTo: run.erases.count)
    for end in run.ends {
      let next = standing[Int(end)]
      guard next != .max else { continue }
      for column in 0..<width { add(masks[Int(next) * width + column], column) }
    }
    return isChanging
  }

  /// The lines of a range by column.
  private func columns(of address: UInt32, _ count: UInt32, _ chunkSize: Int) -> [Int: UInt64] {
    var result: [Int: UInt64] = [:]
    let size = UInt32(chunkSize)
    var chunk = address / size
    // An erase block consists of whole chunks.
    while chunk * size < address + count {
      if let column = columns[chunk] { result[column] = .max }
      chunk += 1
    }
    return result
  }
}
