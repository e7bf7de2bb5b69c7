import BootState
import PowerLoss
import Testing

@testable import UpdateScenarios

@Suite struct OnlookerTests {
  /// The rule that a start on trial breaks.
  private static func rule(
    brokenByTrialOf update: Int, after cause: ResetCause = .powerOn, seenBy onlooker: Onlooker
  ) -> String? {
    var onlooker = onlooker
    do throws(InvariantViolation) {
      try onlooker.seeTrial(of: update, 3, cause)
      return nil
    } catch { return error.invariant }
  }

  @Test func onlyWhatIsOnOfferMayBeOnTrial() throws {
    var onlooker = Onlooker()
    #expect(Self.rule(brokenByTrialOf: 0, seenBy: onlooker) == "one trial")
    onlooker.seeOffer(of: 0)
    try onlooker.seeTrial(of: 0, 3, .powerOn)
    onlooker.seeOffer(of: 1)
    #expect(Self.rule(brokenByTrialOf: 0, seenBy: onlooker) == "one trial")
    try onlooker.seeTrial(of: 1, 4, .powerOn)
  }

  @Test func whatIsConfirmedIsNotOnTrialAgain() throws {
    var onlooker = Onlooker()
    onlooker.seeOffer(of: 0)
    try onlooker.seeTrial(of: 0, 3, .powerOn)
    onlooker.seeConfirmation(of: 0)
    #expect(onlooker.confirmed == 0)
    #expect(onlooker.starts == 0)
    #expect(Self.rule(brokenByTrialOf: 0, seenBy: onlooker) == "one trial")
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
    #expect(Self.rule(brokenByTrialOf: 0, seenBy: onlooker) == "start limit")
    onlooker.seeOffer(of: 0)
    for _ in 1..<policy.faultLimit { try onlooker.seeTrial(of: 0, 3, .watchdog) }
    #expect(
      Self.rule(brokenByTrialOf: 0, after: .watchdog, seenBy: onlooker) == "fault limit")
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
