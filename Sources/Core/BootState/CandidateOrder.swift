/// What makes a slot a candidate.
enum CandidateRole: Equatable {
  case oneShot
  case update
  case lastConfirmed
  case previousConfirmed
  case suspended
  case factory
}

/// A slot that may be booted, and what makes it one.
struct Candidate {
  var slot: BootSlot
  var role: CandidateRole

  /// The reason for booting this candidate, before what happened to the others is considered.
  var reason: BootReason {
    switch role {
    case .oneShot: .oneShot
    case .update: .trial
    case .lastConfirmed: .confirmed
    case .previousConfirmed: .previousConfirmed
    case .suspended: .suspended
    case .factory: .factoryFallback
    }
  }
}

/// The candidates of one boot, in the order in which they are tried.
struct CandidateOrder {
  private var storage: [8 of Candidate]
  private(set) var count: Int

  subscript(index: Int) -> Candidate { storage.span[index] }

  /// Lists the candidates that a record allows; whether they verify is another question.
  init(for record: BootRecord, policy: BootPolicy, logAccess: LogAccess) {
    storage = .init(repeating: Candidate(slot: .factory, role: .factory))
    count = 0
    appendOneShot(of: record, logAccess: logAccess)
    appendUpdate(.slotA, of: record)
    appendUpdate(.slotB, of: record)
    appendConfirmed(of: record, policy: policy)
    // A suspended image is better than factory, until it has used up a second series of faults. A
    // policy that allows no other image than factory puts it behind at once.
    appendSuspended(of: record, policy: policy, .beforeFactory)
    append(.factory, .factory)
    appendSuspended(of: record, policy: policy, .behindFactory)
  }

  /// The slot that an ordinary boot starts with, neither asked for once nor on trial: the one that
  /// ran, as far as a device without retained RAM can know.
  var firstSettled: BootSlot {
    for index in 0..<count
    where storage.span[index].role != .oneShot && storage.span[index].role != .update {
      return storage.span[index].slot
    }
    return .factory
  }

  private mutating func append(_ slot: BootSlot, _ role: CandidateRole) {
    storage[count] = Candidate(slot: slot, role: role)
    count += 1
  }

  /// A one-shot request reaches confirmed slots and factory only, and has to be cleared on record.
  private mutating func appendOneShot(of record: BootRecord, logAccess: LogAccess) {
    guard logAccess == .writable, let slot = record.oneShot else { return }
    if let updateSlot = slot.updateSlot, !record[updateSlot].state.isConfirmedOrSuspended { return }
    append(slot, .oneShot)
  }

  private mutating func appendUpdate(_ slot: UpdateSlot, of record: BootRecord) {
    guard record[slot].state == .staged || record[slot].state == .trial else { return }
    append(BootSlot(slot), .update)
  }

  private mutating func appendConfirmed(of record: BootRecord, policy: BootPolicy) {
    guard let newest = record.newestConfirmed else { return }
    // Where the previous image is forbidden it stays so when the newest one is suspended, or its slot
    // is being written from factory.
    if newest != record.lastConfirmed {
      if policy.lateFallback == .allowed { append(BootSlot(newest), .previousConfirmed) }
      return
    }
    append(BootSlot(newest), .lastConfirmed)
    if policy.lateFallback == .allowed, record[newest.other].state == .confirmed {
      append(BootSlot(newest.other), .previousConfirmed)
    }
  }

  private enum SuspendedRank {
    case beforeFactory
    case behindFactory
  }

  private mutating func appendSuspended(
    of record: BootRecord, policy: BootPolicy, _ rank: SuspendedRank
  ) {
    for index in 0..<2 {
      let slot = index == 0 ? record.lastConfirmed : record.lastConfirmed.other
      guard record[slot].state == .suspended else { continue }
      let isBehind =
        policy.lateFallback == .factoryOnly
        || (policy.confirmedFaultLimit > 0 && record[slot].faulted >= policy.confirmedFaultLimit)
      if isBehind == (rank == .behindFactory) { append(BootSlot(slot), .suspended) }
    }
  }
}

extension SlotState {
  /// Whether the image confirmed itself at some time and was not replaced or rejected since.
  var isConfirmedOrSuspended: Bool { self == .confirmed || self == .suspended }
}

extension BootRecord {
  /// The confirmed slot that was confirmed last, or `nil` if no slot is confirmed.
  public var newestConfirmed: UpdateSlot? {
    if self[lastConfirmed].state == .confirmed { return lastConfirmed }
    return self[lastConfirmed.other].state == .confirmed ? lastConfirmed.other : nil
  }

  /// Whether neither slot holds, or held, a complete image.
  var holdsNoImage: Bool {
    (slotA.state == .empty || slotA.state == .writing)
      && (slotB.state == .empty || slotB.state == .writing)
  }
}
