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
///
/// They are found one by one: what is done to a record while they are tried makes none of those that
/// follow a candidate or keeps it from being one.
enum CandidateRank: UInt8 {
  /// The slot asked for once.
  case oneShot = 0
  /// Updates, slot A before slot B.
  case update = 1
  /// Confirmed images, the one confirmed last before the other.
  case confirmed = 2
  /// Suspended images, in the same order. One is better than factory, until it has used up a second
  /// series of faults. A policy that allows no other image than factory puts it behind at once.
  case suspended = 3
  /// Factory.
  case factory = 4
  /// Suspended images that rank behind factory.
  case lastResort = 5
}

extension BootSituation {
  /// The number of places in the order; one stays empty unless there is a candidate for it.
  static var placeCount: UInt8 { 12 }
  /// The first place that is neither for a slot asked for once nor for updates.
  static var firstSettledPlace: UInt8 { CandidateRank.confirmed.rawValue * 2 }

  /// The candidate at a place that a record allows; whether it verifies is another question.
  ///
  /// Every rank has two places.
  @inline(never)
  mutating func candidate(at place: UInt8, in record: inout BootRecord) -> Candidate? {
    guard let rank = CandidateRank(rawValue: place / 2) else { return nil }
    let isFirst = place & 1 == 0
    var slot: UpdateSlot = isFirst ? .slotA : .slotB
    if rank != .update, record.lastConfirmed == .slotB { slot = slot.other }
    let state = record.slots[slot.index].state
    switch rank {
    case .oneShot:
      // It reaches confirmed slots and factory only, and has to be cleared on record.
      guard isFirst, logAccess == .writable, let target = record.oneShot else { return nil }
      if let asked = target.updateSlot, !record.slots[asked.index].state.isConfirmedOrSuspended {
        return nil
      }
      return Candidate(slot: target, role: .oneShot)
    case .update:
      guard state == .staged || state == .trial else { return nil }
      return Candidate(slot: BootSlot(slot), role: .update)
    case .confirmed:
      // Where the previous image is forbidden it stays so when the newest one is suspended, or its
      // slot is being written from factory.
      guard state == .confirmed, isFirst || policy.lateFallback == .allowed else { return nil }
      return Candidate(slot: BootSlot(slot), role: isFirst ? .lastConfirmed : .previousConfirmed)
    case .suspended, .lastResort:
      let limit = policy.confirmedFaultLimit
      let isBehind =
        policy.lateFallback == .factoryOnly
        || limit > 0 && record.slots[slot.index].faulted >= limit
      guard state == .suspended, isBehind == (rank == .lastResort) else { return nil }
      return Candidate(slot: BootSlot(slot), role: .suspended)
    case .factory:
      return isFirst ? Candidate(slot: .factory, role: .factory) : nil
    }
  }

  /// The slot that an ordinary boot starts with, neither asked for once nor on trial: the one that
  /// ran, as far as a device without retained RAM can know.
  mutating func firstSettled(in record: inout BootRecord) -> BootSlot {
    var place = Self.firstSettledPlace
    while place < Self.placeCount {
      if let candidate = candidate(at: place, in: &record) { return candidate.slot }
      place &+= 1
    }
    return .factory
  }
}

extension SlotState {
  /// Whether the image confirmed itself at some time and was not replaced or rejected since.
  var isConfirmedOrSuspended: Bool { self == .confirmed || self == .suspended }
  /// Whether no image is complete, and none was rejected.
  fileprivate var holdsNoImage: Bool { self == .empty || self == .writing }
}

extension BootRecord {
  /// The confirmed slot that was confirmed last, or `nil` if no slot is confirmed.
  public var newestConfirmed: UpdateSlot? {
    if self[lastConfirmed].state == .confirmed { return lastConfirmed }
    return self[lastConfirmed.other].state == .confirmed ? lastConfirmed.other : nil
  }

  /// Whether neither slot holds, or held, a complete image.
  var holdsNoImage: Bool {
    mutating get { slots[0].state.holdsNoImage && slots[1].state.holdsNoImage }
  }
}
