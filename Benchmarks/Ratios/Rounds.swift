import CReference
import Workloads

/// What one run of something took.
struct Sample {
  /// Of the calling thread, or of a child process with all its threads.
  var cpuSeconds: Double
  var wallSeconds: Double
  /// The largest resident set of a child process, in bytes; 0 of a workload.
  var peakMemory = 0
  /// What the run worked through: bytes or operations.
  var amount: Double
  /// The fewest processors that two spinning threads had, just before and just after: up to 2, and 0
  /// where no round needs two.
  var cores = 0.0
}

/// Something that is measured in rounds with others.
struct Contestant {
  let name: String
  let run: () throws -> Sample

  /// A workload in this process, on this thread.
  init(_ workload: Workload) {
    name = workload.name
    run = {
      let wall = reference_wall_seconds()
      let cpu = reference_thread_seconds()
      try workload.run()
      return Sample(
        cpuSeconds: reference_thread_seconds() - cpu, wallSeconds: reference_wall_seconds() - wall,
        amount: Double(workload.amount.count))
    }
  }

  /// A process that works on `bytes` bytes and ends with status 0.
  init(_ name: String, _ command: [String], bytes: Int) {
    self.name = name
    run = {
      let usage = try ChildProcess.run(command)
      return Sample(
        cpuSeconds: usage.cpuSeconds, wallSeconds: usage.wallSeconds,
        peakMemory: usage.peakMemory, amount: Double(bytes))
    }
  }
}

/// Every contestant once, close together in time.
struct Round {
  var samples: [String: Sample] = [:]

  /// The processor time for a byte or an operation, in seconds.
  func cost(_ name: String) -> Double? {
    samples[name].map { $0.cpuSeconds / $0.amount }
  }

  /// The time that passed for a byte or an operation, in seconds; `nil` unless two processors were
  /// free for it.
  func wallCost(_ name: String) -> Double? {
    guard let sample = samples[name], sample.cores >= Rounds.coresNeeded else { return nil }
    return sample.wallSeconds / sample.amount
  }

  /// Whether two processors were free for every contestant.
  var hadTwoProcessors: Bool { samples.values.allSatisfy { $0.cores >= Rounds.coresNeeded } }
}

/// A median with the quartiles around it.
struct Figure {
  var median: Double
  var lower: Double
  var upper: Double
  /// The number of rounds it comes from.
  var count: Int

  /// The median of values; `nil` if there is none.
  init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    func quantile(_ part: Double) -> Double {
      let position = part * Double(sorted.count - 1)
      let index = Int(position)
      let next = min(index + 1, sorted.count - 1)
      return sorted[index] + (sorted[next] - sorted[index]) * (position - Double(index))
    }
    (lower, median, upper) = (quantile(0.25), quantile(0.5), quantile(0.75))
    count = values.count
  }
}

/// Rounds A B C, A B C, A B C: what disturbs one contestant disturbs the others too.
struct Rounds {
  /// What two spinning threads must have had for a round to say something about two threads.
  static let coresNeeded = 1.9

  private(set) var all: [Round] = []

  /// What a round must have had to count.
  enum Need {
    case nothing
    case twoProcessors
  }

  /// Measures `count` rounds; a first one, which is dropped, warms up caches.
  ///
  /// Where two processors are needed, up to three times as many rounds are tried.
  init(_ contestants: [Contestant], count: Int, needing need: Need = .nothing) throws {
    var good = 0
    var isWarm = false
    let limit = need == .nothing ? count : 3 * count
    while good < count, all.count < limit {
      let round = try Self.round(contestants, needing: need)
      if isWarm {
        all.append(round)
        if need == .nothing || round.hadTwoProcessors { good += 1 }
      }
      isWarm = true
    }
  }

  private static func round(_ contestants: [Contestant], needing need: Need) throws -> Round {
    func probe() -> Double { need == .nothing ? 0 : reference_available_cores(0.01) }
    var round = Round()
    var before = probe()
    for contestant in contestants {
      var sample = try contestant.run()
      let after = probe()
      sample.cores = min(before, after)
      round.samples[contestant.name] = sample
      before = after
    }
    return round
  }

  /// A figure of each round, such as a ratio of two contestants in it.
  func figure(_ value: (Round) -> Double?) -> Figure? { Figure(all.compactMap(value)) }

  /// How often `name` fits into `other` by processor time: above 1 it is the faster one.
  func speed(of name: String, against other: String) -> Figure? {
    figure { round in
      guard let own = round.cost(name), let others = round.cost(other) else { return nil }
      return others / own
    }
  }

  /// The same by the time that passed, of the rounds that had two processors.
  func wallSpeed(of name: String, against other: String) -> Figure? {
    figure { round in
      guard let own = round.wallCost(name), let others = round.wallCost(other) else { return nil }
      return others / own
    }
  }

  /// The speed against what would take as long as the parts do one after the other.
  func speed(of name: String, againstAllOf parts: [String]) -> Figure? {
    figure { round in
      guard let own = round.cost(name) else { return nil }
      var sum = 0.0
      for part in parts {
        guard let cost = round.cost(part) else { return nil }
        sum += cost
      }
      return sum / own
    }
  }

  /// Bytes or operations a second of processor time.
  func rate(of name: String) -> Figure? { figure { round in round.cost(name).map { 1 / $0 } } }

  /// The same by the time that passed, of the rounds that had two processors.
  func wallRate(of name: String) -> Figure? {
    figure { round in round.wallCost(name).map { 1 / $0 } }
  }
}
