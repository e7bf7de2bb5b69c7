import BootState
import PowerLoss
import Testing

@testable import UpdateScenarios

@Suite struct OnlookerTests {
  private static func violation(_ body: () throws(InvariantViolation) -> Void) -> String? {
    do throws(InvariantViolation) { try body() } catch { return error.invariant }
    return nil
  }

  @Test func onlyWhatIsOnOfferMayBeOnTrial() throws {
    var onlooker = Onlooker()
    #expect(
      Self.violation { () throws(InvariantViolation) in
        try onlooker.seeTrial(of: 0, 3, .powerOn)
      } == "one trial")
    onlooker.seeOffer(of: 0)
    try onlooker.seeTrial(of: 0, 3, .powerOn)
    onlooker.seeOffer(of: 1)
    #expect(
      Self.violation { () throws(InvariantViolation) in
        try onlooker.seeTrial(of: 0, 3, .powerOn)
      } == "one trial")
    try onlooker.seeTrial(of: 1, 4, .powerOn)
  }

  @Test func whatIsConfirmedIsNotOnTrialAgain() throws {
    var onlooker = Onlooker()
    onlooker.seeOffer(of: 0)
    try onlooker.seeTrial(of: 0, 3, .powerOn)
    onlooker.seeConfirmation(of: 0)
    #expect(onlooker.confirmed == 0)
    #expect(onlooker.starts == 0)
    #expect(
      Self.violation { () throws(InvariantViolation) in
        try onlooker.seeTrial(of: 0, 3, .powerOn)
      } == "one trial")
  }

  /// An older image that runs again says nothing about the update that is on offer.
  @Test func anOlderImageLeavesTheOffer() throws {
    var onlooker = Onlooker()
    onlooker.seeOffer(of: 0)
    onlooker.seeConfirmation(of: 0)
    onlooker.seeOffer(of: 1)
    try onlooker.seeTrial(of: 1, 4, .powerOn)
    onlooker.seeConfirmation(of: 0)
    #expect(onlooker.offered == 1)
    #expect(onlooker.starts == 1)
    #expect(onlooker.confirmed == 0)
  }

  @Test func startsAndFaultsHaveALimit() throws {
    let policy = UpdateStory.policy
    var onlooker = Onlooker()
    onlooker.seeOffer(of: 0)
    for _ in 0..<policy.startLimit { try onlooker.seeTrial(of: 0, 3, .powerOn) }
    #expect(
      Self.violation { () throws(InvariantViolation) in
        try onlooker.seeTrial(of: 0, 3, .powerOn)
      } == "start limit")
    onlooker.seeOffer(of: 0)
    for _ in 1..<policy.faultLimit { try onlooker.seeTrial(of: 0, 3, .watchdog) }
    #expect(
      Self.violation { () throws(InvariantViolation) in
        try onlooker.seeTrial(of: 0, 3, .watchdog)
      } == "fault limit")
  }

  @Test func bytesBringEverythingBack() throws {
    var onlooker = Onlooker()
    #expect(Onlooker(onlooker.bytes) == onlooker)
    onlooker.seeOffer(of: 0)
    onlooker.seeConfirmation(of: 0)
    onlooker.seeOffer(of: 1)
    try onlooker.seeTrial(of: 1, 4, .watchdog)
    #expect(Onlooker(onlooker.bytes) == onlooker)
    #expect(onlooker.bytes == [1, 2, 1, 1])
  }
}
