import FirmwareImage
import Testing

@testable import BootState

/// Visits every state that a device can get into: a power cut after every persistent step, and a
/// fault or a loss of power at the end of every run.
///
/// It shares nothing with the Python model but the rules; every decision is made by `decide`, every
/// change of the record by the transitions that an application calls.
struct OracleExplorer {
  private struct Visit: Hashable {
    var world: OracleWorld
    var cause: ResetCause
    /// The slot that confirmed itself, which has to be chosen until there is a new update.
    var expected: UpdateSlot?
  }

  private enum BootEnd {
    case ran(BootSlot, OracleWorld, floorRepair: UInt32?)
    case recovery
  }

  let configuration: OracleConfiguration
  private(set) var broken: [OracleInvariant: String] = [:]
  /// The slots that were started at least once, and the reasons.
  private(set) var reasons: Set<BootReason> = []
  private(set) var isExhaustive = true
  /// Every situation that was decided, if they are collected.
  private(set) var situations: Set<OracleSituation> = []
  private var seen: Set<Visit> = []
  private var queue: [Visit] = []

  var stateCount: Int { seen.count }

  init(_ configuration: OracleConfiguration) { self.configuration = configuration }

  /// Explores until nothing new appears, or until `limit` states were seen.
  mutating func explore(limit: Int = 400_000) {
    let start = OracleWorld(updates: configuration.updates, decays: configuration.decays)
    queue = [Visit(world: start, cause: .powerOn, expected: nil)]
    while let visit = queue.popLast() {
      guard seen.insert(visit).inserted else { continue }
      guard seen.count <= limit else {
        isExhaustive = false
        return
      }
      decay(visit)
      boot(visit)
    }
  }

  private mutating func note(_ invariant: OracleInvariant, _ world: OracleWorld) {
    if broken[invariant] == nil { broken[invariant] = "\(world)" }
  }

  private mutating func enqueue(_ world: OracleWorld, _ cause: ResetCause, _ slot: UpdateSlot?) {
    queue.append(Visit(world: world, cause: cause, expected: slot))
  }

  /// One slot may lose its content between two boots.
  private mutating func decay(_ visit: Visit) {
    guard visit.world.decaysLeft > 0 else { return }
    for slot in [UpdateSlot.slotA, .slotB] where visit.world.content[slot].version != 0 {
      var world = visit.world
      world.content[slot].version = 0
      world.decaysLeft -= 1
      enqueue(world, visit.cause, nil)
    }
  }

  // MARK: - One boot

  private mutating func boot(_ visit: Visit) {
    for end in bootEnds(visit.world, visit.cause) {
      switch end {
      case .recovery: note(.somethingBoots, visit.world)
      case .ran(let slot, let world, let floorRepair):
        run(slot, world, floorRepair: floorRepair, visit: visit)
      }
    }
  }

  /// Boots, writing what `decide` demands; a power cut may follow each write.
  private mutating func bootEnds(_ before: OracleWorld, _ cause: ResetCause) -> [BootEnd] {
    guard let decision = decision(for: before, cause, .writable) else { return [.recovery] }
    reasons.insert(decision.reason)
    if configuration.collectsSituations {
      situations.insert(
        OracleSituation(
          record: before.record, cause: cause, verdicts: verdicts(in: before)))
    }
    checkOrdinaryBoot(decision, before)
    var ends: [BootEnd] = []
    var after = before
    switch decision.duty {
    case .none: break
    case .bestEffort(let record):
      if configuration.writesMayFail { ends.append(end(of: decision, in: before)) }
      after.record = record
      enqueue(after, .powerOn, nil)
    case .required(let record):
      if configuration.mutation == .failedAttemptIgnored {
        ends.append(end(of: decision, in: before))
      } else if configuration.writesMayFail {
        guard let other = self.decision(for: before, cause, .readOnly) else { return [.recovery] }
        if case .required = other.duty { Issue.record("a record is required of a read-only log") }
        ends.append(end(of: other, in: before))
      }
      if configuration.mutation == .attemptNotRecorded { break }
      after.record = record
      enqueue(after, .powerOn, nil)
    }
    ends.append(end(of: decision, in: after))
    return ends
  }

  private func end(of decision: BootDecision, in world: OracleWorld) -> BootEnd {
    guard case .boot(let slot) = decision.outcome else { return .recovery }
    return .ran(slot, world, floorRepair: decision.floorRepair)
  }

  private func decision(
    for world: OracleWorld, _ cause: ResetCause, _ access: LogAccess
  ) -> BootDecision? {
    var cause = cause
    if configuration.mutation == .powerCyclesNotExcused { cause = .watchdog }
    let situation = BootSituation(
      record: world.record, logAccess: access, resetCause: cause,
      securityFloor: UInt32(world.floor), policy: configuration.policy)
    guard let run = BootStateTests.run(situation, knowing: verdicts(in: world)) else {
      Issue.record("decide does not come to an end")
      return nil
    }
    return run.decision
  }

  private func verdicts(in world: OracleWorld) -> CandidateVerdicts {
    CandidateVerdicts(
      slotA: verdict(on: world.content.slotA, floor: world.floor),
      slotB: verdict(on: world.content.slotB, floor: world.floor),
      factory: isFactoryBootable(in: world) ? good(0) : .refused(.securityCounter))
  }

  private func isFactoryBootable(in world: OracleWorld) -> Bool {
    configuration.hasFactory && (world.floor == 0 || !configuration.isFactoryUnderFloor)
  }

  private func verdict(on content: OracleContent, floor: UInt8) -> CandidateVerdict {
    if content.version == 0 { return .refused(.hash) }
    if content.counter < floor { return .refused(.securityCounter) }
    return .bootable(
      BootableImage(
        version: ImageVersion(major: content.version, minor: 0, revision: 0),
        imageTag: content.tag, securityCounter: UInt32(content.counter)))
  }

  /// A boot of a confirmed image or of factory, with nothing left to book, writes nothing.
  private mutating func checkOrdinaryBoot(_ decision: BootDecision, _ world: OracleWorld) {
    let states = [world.record.slotA.state, world.record.slotB.state]
    guard !states.contains(.staged), !states.contains(.trial), world.record.pendingRun == .none,
      world.record.oneShot == nil, configuration.confirmedFaultLimit == 0
    else { return }
    if decision.duty != .none { note(.ordinaryBootWritesNothing, world) }
  }

  // MARK: - One run

  private mutating func run(
    _ slot: BootSlot, _ started: OracleWorld, floorRepair: UInt32?, visit: Visit
  ) {
    if let expected = visit.expected, BootSlot(expected) != slot, configuration.decays == 0 {
      note(.confirmedImageIsChosen, visit.world)
    }
    var world = started
    var faulted = started
    if let updateSlot = slot.updateSlot, !world.record[updateSlot].state.isConfirmedOrSuspended {
      world.starts[updateSlot] += 1
      if world.starts[updateSlot] > OracleConfiguration.startLimit {
        return note(.startsAreLimited, world)
      }
      if world.faults[updateSlot] >= OracleConfiguration.faultLimit {
        return note(.faultsAreLimited, world)
      }
      faulted = world
      // A fault whose record may be lost is not one that N can count.
      if !configuration.writesMayFail { faulted.faults[updateSlot] += 1 }
    }
    enqueue(faulted, .watchdog, expectation(visit, afterFaultIn: slot, of: world))
    enqueue(world, .powerOn, visit.expected)
    confirm(slot, world)
    if let floorRepair {
      var repaired = world
      repaired.floor = UInt8(floorRepair)
      check(repaired, running: slot)
      enqueueBoth(repaired, nil)
    }
    update(slot, world)
    if configuration.usesOneShot { requestOneShots(world) }
  }

  /// A confirmed image that faults may be suspended; then it need not be chosen any more.
  private func expectation(
    _ visit: Visit, afterFaultIn slot: BootSlot, of world: OracleWorld
  ) -> UpdateSlot? {
    guard configuration.confirmedFaultLimit > 0, let expected = visit.expected,
      world.record[expected].faulted + 1 >= configuration.confirmedFaultLimit
    else { return visit.expected }
    return nil
  }

  private mutating func enqueueBoth(_ world: OracleWorld, _ expected: UpdateSlot?) {
    enqueue(world, .powerOn, expected)
    enqueue(world, .watchdog, expected)
  }

  private mutating func confirm(_ slot: BootSlot, _ world: OracleWorld) {
    guard let slot = slot.updateSlot else { return }
    var confirmed = world
    guard
      let change = try? confirmed.record.confirm(
        running: BootSlot(slot), imageTag: world.content[slot].tag), change != .unchanged
    else { return }
    var steps: [OracleWorld] = []
    if configuration.mutation == .confirmErasesFirst {
      steps.append(world)
      steps[0].record[slot] = SlotRecord()
    }
    steps.append(confirmed)
    if change == .confirmed, configuration.mutation != .floorRaisedWhenStaged {
      confirmed.floor = max(confirmed.floor, confirmed.content[slot].counter)
      steps.append(confirmed)
    }
    for (index, step) in steps.enumerated() {
      let state = step.record[slot].state
      if state != .trial, !state.isConfirmedOrSuspended { note(.confirmationIsOldOrNew, step) }
      check(step, running: BootSlot(slot))
      enqueueBoth(step, index == steps.count - 1 && change == .confirmed ? slot : nil)
    }
  }

  private mutating func requestOneShots(_ world: OracleWorld) {
    guard world.record.oneShot == nil else { return }
    for target in [BootSlot.slotA, .slotB, .factory] {
      var asked = world
      guard (try? asked.record.requestOneShot(target)) != nil else { continue }
      enqueueBoth(asked, nil)
    }
  }

  private mutating func update(_ running: BootSlot, _ world: OracleWorld) {
    guard world.updatesLeft > 0 else { return }
    if let slot = running.updateSlot { return update(slot.other, running: running, world) }
    if configuration.mutation == .updateNotGuarded {
      return update(.slotA, running: running, world)
    }
    update(world.record.lastConfirmed.other, running: running, world)
    if configuration.updatesAnySlotFromFactory {
      update(world.record.lastConfirmed, running: running, world)
    }
  }

  private mutating func update(
    _ target: UpdateSlot, running: BootSlot, _ world: OracleWorld
  ) {
    for counter: UInt8 in 0...1 {
      let image = OracleContent(version: UInt8(9 - world.updatesLeft), counter: counter)
      guard let begun = begin(target, image, running: running, world) else { return }
      var next = begun
      var steps = [next]
      next.content[target] = OracleContent()
      steps.append(next)
      next.content[target] = image
      steps.append(next)
      do {
        try next.record.stage(target, imageTag: image.tag, policy: configuration.policy)
      } catch { Issue.record("a complete update cannot be staged: \(error)") }
      if configuration.mutation == .startsNotLimited { next.record[target].startLimit = .max }
      next.updatesLeft -= 1
      next.starts[target] = 0
      next.faults[target] = 0
      steps.append(next)
      if configuration.mutation == .floorRaisedWhenStaged {
        next.floor = max(next.floor, counter)
        steps.append(next)
      }
      for step in steps {
        check(step, running: running)
        enqueueBoth(step, nil)
      }
    }
  }

  /// The world with the update begun, or `nil` if it is refused.
  private func begin(
    _ target: UpdateSlot, _ image: OracleContent, running: BootSlot, _ world: OracleWorld
  ) -> OracleWorld? {
    var next = world
    if configuration.mutation == .updateNotGuarded {
      next.record[target] = SlotRecord()
      next.record[target].state = .writing
      next.record[target].imageTag = image.tag
      return next
    }
    let factory: FactoryPresence = configuration.hasFactory ? .present : .absent
    do {
      try next.record.beginUpdate(
        of: target, imageTag: image.tag, storedForm: .plain, running: running, factory: factory)
      return next
    } catch { return nil }
  }

  /// What has to hold after every persistent step of an application.
  private mutating func check(_ world: OracleWorld, running: BootSlot) {
    guard configuration.decays == 0 else { return }
    let slots: [UpdateSlot] = [.slotA, .slotB]
    let hasFallback = slots.contains { slot in
      guard case .bootable = verdict(on: world.content[slot], floor: world.floor) else {
        return false
      }
      return world.record[slot].state.isConfirmedOrSuspended
    }
    if !hasFallback, !isFactoryBootable(in: world) { note(.lastFallbackStays, world) }
    // A factory image outside the floor may write over any slot.
    if running == .factory, !configuration.isFactoryUnderFloor { return }
    let isFloorConfirmed = slots.contains { slot in
      world.content[slot].version != 0 && world.content[slot].counter >= world.floor
        && world.record[slot].state.isConfirmedOrSuspended
    }
    if world.floor > 0, !isFloorConfirmed { note(.floorIsConfirmed, world) }
  }
}
