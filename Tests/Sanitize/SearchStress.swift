import FlashEmulator
import PowerLoss

// Searches with several workers below a sanitizer: what they find has to be what one worker finds.

@main struct SearchStress {
  private static func search(
    _ updater: CopyUpdater, _ faults: FaultModel, _ strategy: SearchStrategy, jobs: Int
  ) throws -> SearchReport {
    var search = PowerLossSearch(
      try updater.scenario(), faults: faults, strategy: strategy, jobs: jobs)
    search.determinism = .oneIn(4)
    search.progress = { _ in }
    return try search.run()
  }

  static func main() throws {
    var found = 0
    for faults in [FaultModel.norRealistic, .norParanoid] {
      for marksFirst in [false, true] {
        for strategy in [SearchStrategy.nested(2), .guided, .closure] {
          if faults == .norParanoid, strategy != .nested(2) { continue }
          let updater = CopyUpdater(blocks: 2, block: 256, marksFirst: marksFirst)
          let one = try search(updater, faults, strategy, jobs: 1)
          let four = try search(updater, faults, strategy, jobs: 4)
          guard one.verdict == four.verdict else {
            fatalError("\(strategy): \(one.verdict) with one worker, \(four.verdict) with four")
          }
          found += four.images
        }
      }
    }
    print("search: \(found) states, nothing found")
  }
}
