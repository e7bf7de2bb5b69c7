internal import BootState
internal import PowerLoss

/// What somebody remembers who watches the device of a story from outside.
///
/// A search tells states apart by it, so it is as little as the rules need. At most one update is on
/// offer at a time, and only that one may be on trial: how often another one was is forgotten when it
/// is confirmed, or the next is offered.
struct Onlooker: Equatable {
  /// The newest update that was confirmed.
  private(set) var confirmed: Int?
  /// The update that the application last began to install, unless it is confirmed.
  private(set) var offered: Int?
  /// How often it was started on trial, and how often of these after a fault.
  private(set) var starts: UInt8 = 0
  private(set) var faults: UInt8 = 0

  /// Knows of nothing.
  init() {}

  /// Remembers what `bytes` gave.
  init(_ bytes: [UInt8]) {
    confirmed = bytes[0] == 0 ? nil : Int(bytes[0]) - 1
    offered = bytes[1] == 0 ? nil : Int(bytes[1]) - 1
    starts = bytes[2]
    faults = bytes[3]
  }

  /// Four bytes.
  var bytes: [UInt8] {
    [UInt8((confirmed ?? -1) + 1), UInt8((offered ?? -1) + 1), starts, faults]
  }

  /// The application begins to install an update: the limits of a trial count from there.
  mutating func seeOffer(of update: Int) {
    offered = update
    starts = 0
    faults = 0
  }

  /// An update was confirmed, or is started, but not on trial.
  mutating func seeConfirmation(of update: Int) {
    confirmed = max(confirmed ?? update, update)
    guard let offered, offered <= update else { return }
    self.offered = nil
    starts = 0
    faults = 0
  }

  /// An update is started on trial.
  ///
  /// - Throws: `InvariantViolation` if it must not be.
  mutating func seeTrial(
    of update: Int, _ version: Int, _ cause: ResetCause
  ) throws(InvariantViolation) {
    guard update == offered else {
      throw InvariantViolation(
        "one trial",
        "version \(version) was started on trial, and is not the update that is on offer")
    }
    starts += 1
    if cause.isFault { faults += 1 }
    let policy = UpdateStory.policy
    guard starts <= policy.startLimit else {
      throw InvariantViolation(
        "start limit",
        "version \(version) was started \(policy.startLimit + 1) times without a confirmation")
    }
    guard faults < policy.faultLimit else {
      throw InvariantViolation(
        "fault limit",
        "version \(version) was started again after \(policy.faultLimit) faults")
    }
  }
}
