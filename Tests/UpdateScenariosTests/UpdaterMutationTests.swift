import BootState
import Bootloader
import DeviceModel
import FlashEmulator
import NORFlash
import Testing

@testable import PowerLoss
@testable import UpdateScenarios

/// An updater with one step done wrong, or at the wrong time.
enum UpdaterMutation: String, CaseIterable, Sendable {
  /// The security floor rises when the update is staged, and not after it has been confirmed: an
  /// update that is cut short in each of its trials is rejected, and what ran before it lies below
  /// the floor.
  case floorRisesEarly
  /// A start is not counted: an update that hangs is started for ever.
  case startsAreForgotten
  /// A rejection is not kept: the same update is installed again and again.
  case rejectionIsForgotten
  /// An update is confirmed by whoever staged it: one that crashes stays.
  case trialIsLeftOut
  /// A confirmation does not last: the image before it comes back.
  case confirmationIsForgotten
  /// The slot of the confirmed image is erased as soon as an update is staged.
  case confirmedImageIsErasedEarly

  var story: String {
    switch self {
    case .floorRisesEarly: "update-raising-counter"
    case .startsAreForgotten: "update-that-hangs"
    case .rejectionIsForgotten: "update-that-rejects-itself"
    case .trialIsLeftOut: "update-that-crashes"
    case .confirmationIsForgotten: "two-updates"
    case .confirmedImageIsErasedEarly: "update-never-confirmed"
    }
  }

  /// What the search must say is violated.
  var invariant: String {
    switch self {
    case .floorRisesEarly: "old or new"
    case .startsAreForgotten: "fault limit"
    case .rejectionIsForgotten: "settles"
    case .trialIsLeftOut: "old or new"
    case .confirmationIsForgotten: "confirmed stays"
    case .confirmedImageIsErasedEarly: "old or new"
    }
  }

  /// The cuts without which it does no harm.
  var cuts: Int {
    switch self {
    case .floorRisesEarly: 3
    case .confirmationIsForgotten: 1
    default: 0
    }
  }

  /// Does the wrong thing at the start of a life.
  func sabotage(_ device: inout PoweredDevice, _ layout: BootLayout) throws {
    var found: BootRecord?
    try device.flash.withPartition(layout.metadata, mapFailure: { MetadataLogError.flash($0) }) {
      (view) throws(MetadataLogError<FlashError>) in
      var log = try MetadataLog.mount(on: &view, tableDigest: layout.tableDigest)
      guard var record = log.record else { return }
      let before = record
      for slot in [UpdateSlot.slotA, .slotB] { change(&record, slot) }
      if record != before { try log.append(record, to: &view) }
      found = record
    }
    guard let record = found else { return }
    let states = [record.slotA.state, record.slotB.state]
    if self == .floorRisesEarly, states.contains(.staged) || states.contains(.trial) {
      device.memory.durable = DeviceRecord.durable(floor: 2)
    }
    if self == .confirmedImageIsErasedEarly, states.contains(.staged) {
      let range = record.lastConfirmed == .slotA ? layout.slotA : layout.slotB
      try device.flash.erase(at: range.start, count: range.count)
    }
  }

  private func change(_ record: inout BootRecord, _ slot: UpdateSlot) {
    switch (self, record[slot].state) {
    case (.startsAreForgotten, .trial):
      record[slot].started = 0
      record[slot].faulted = 0
      record.pendingRun = .none
    case (.rejectionIsForgotten, .rejected): record[slot] = SlotRecord()
    case (.trialIsLeftOut, .staged):
      record[slot].state = .confirmed
      record.lastConfirmed = slot
    case (.confirmationIsForgotten, .confirmed):
      // Version 3 lies in slot B.
      if record[slot.other].state == .confirmed { record.lastConfirmed = .slotB }
    default: break
    }
  }
}

/// The search finds by itself that a step of the updater is wrong.
@Suite struct UpdaterMutationTests {
  private func search(
    _ mutation: UpdaterMutation, isOn: Bool, cuts: Int
  ) throws -> SearchReport {
    let story = try #require(UpdateScenarios.stories.first { $0.name == mutation.story })
    let part = try ScenarioParts.named(UpdateScenarios.defaultPart)
    let base = try story.scenario(on: part, .twoSectors)
    let layout = try story.begin(on: part, .twoSectors).configuration.layout
    var scenario = Scenario(name: base.name, part: part, start: base.prepare) { device in
      if isOn { try mutation.sabotage(&device, layout) }
      return try base.powerOn(&device)
    }
    scenario.partitions = base.partitions
    scenario.allowedOutcomes = base.allowedOutcomes
    scenario.undisturbedOutcomes = base.undisturbedOutcomes
    scenario.durable = base.durable
    scenario.observed = base.observed
    scenario.canonicalForm = base.canonicalForm
    scenario.collateralForm = base.collateralForm
    var search = PowerLossSearch(scenario, faults: .atomic, strategy: .nested(cuts))
    search.determinism = .never
    return try search.run()
  }

  @Test(arguments: UpdaterMutation.allCases)
  func theRightStepHolds(_ mutation: UpdaterMutation) throws {
    let report = try search(mutation, isOn: false, cuts: 4)
    #expect(report.failure == nil, "\(report)")
  }

  @Test(arguments: UpdaterMutation.allCases)
  func theWrongStepIsFound(_ mutation: UpdaterMutation) throws {
    let report = try search(mutation, isOn: true, cuts: 4)
    let failure = try #require(report.failure, "\(report)")
    #expect(failure.invariant == mutation.invariant, "\(report)")
    #expect(failure.cuts.count == mutation.cuts, "\(report)")
  }
}
