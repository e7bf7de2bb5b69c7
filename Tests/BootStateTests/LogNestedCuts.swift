import NORFlash

@testable import BootState

/// Every power cut at every step of an append, and of the boots that follow, up to a depth.
struct LogNestedCuts<P: MetadataLogProtections> {
  let setup: LogSetup
  /// What boots may find: `nil` stands for no state.
  let allowed: [UInt32?]
  /// Resolutions of weak bits that are tried in each place.
  let trials: Int
  private(set) var cuts = 0
  private(set) var violations: [String] = []
  private var seed: UInt64 = 0

  init(_ setup: LogSetup, allowed: [UInt32?], trials: Int) {
    self.setup = setup
    self.allowed = allowed
    self.trials = trials
  }

  /// Tears `append` of `value` at each of its steps, then up to `depth - 1` boots after it.
  mutating func search(
    _ flash: LogFlash, appending value: UInt32, depth: Int
  ) throws(MetadataLogError<FlashError>) {
    for mode in TearMode.allCases {
      var step = 0
      while true {
        var torn = refreshed(flash)
        torn.mode = mode
        var log = try MetadataLog.mount(on: &torn, tableDigest: 7, under: P.self)
        torn.fuse = step
        do throws(MetadataLogError<FlashError>) {
          try log.append(numberedRecord(value), to: &torn, under: P.self)
          break
        } catch {
          guard error == .flash(.powerLost) else { throw error }
        }
        cuts += 1
        for _ in 0..<trials {
          try boots(torn, depth: depth - 1, path: "\(mode) \(step)")
        }
        step += 1
      }
    }
  }

  private mutating func boots(
    _ flash: LogFlash, depth: Int, path: String
  ) throws(MetadataLogError<FlashError>) {
    for _ in 0..<trials { try check(flash, path: path) }
    guard depth > 0 else { return }
    var step = 0
    while true {
      var torn = refreshed(flash)
      torn.fuse = step
      do throws(MetadataLogError<FlashError>) {
        _ = try MetadataLog.mount(on: &torn, tableDigest: 7, under: P.self)
        return
      } catch {
        guard error == .flash(.powerLost) else { throw error }
      }
      cuts += 1
      try boots(torn, depth: depth - 1, path: path + " \(step)")
      step += 1
    }
  }

  /// Boots without a cut until a state is found; all boots after it must find the same.
  private mutating func check(
    _ flash: LogFlash, path: String
  ) throws(MetadataLogError<FlashError>) {
    var flash = refreshed(flash)
    var acted: UInt32?
    for _ in 0..<4 {
      let log = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
      let found = log.record?.revokedKeys
      if !allowed.contains(found) || log.record != found.map(numberedRecord)
        || acted != nil && found != acted
      {
        if violations.count < 10 {
          violations.append(
            "\(path): \(String(describing: found)) after \(String(describing: acted))")
        }
        return
      }
      acted = found
    }
  }

  /// A copy with the power on, whose weak bits read differently from any other copy's.
  private mutating func refreshed(_ flash: LogFlash) -> LogFlash {
    var copy = flash
    seed += 1
    copy.random = SplitMix64(seed: seed &* 0x5851_F42D_4C95_7F2D)
    copy.restart()
    return copy
  }

  /// A flash whose current sector has `used` positions used; the state is number 100.
  static func prepared(
    _ setup: LogSetup, used: UInt32
  ) throws(MetadataLogError<FlashError>) -> LogFlash {
    var flash = LogFlash(setup.geometry, correction: setup.correction, seed: 1)
    var log = try MetadataLog.mount(on: &flash, tableDigest: 7, under: P.self)
    repeat {
      try log.append(numberedRecord(100), to: &flash, under: P.self)
    } while log.health.generation < 4 || log.health.positionsUsed < used
    return flash
  }
}
