/// Why the application's request to change the boot state is refused.
public enum TransitionError: Error, Equatable, Sendable {
  /// The metadata log is lost; only factory, or an image that confirms itself, may start a new one.
  case logLost
  /// The boot loader found a state in the metadata log, and the application does not: reading failed,
  /// and a new log would destroy a good one. Boot again.
  case logUnreadable
  /// The device runs from this slot.
  case slotIsRunning(UpdateSlot)
  /// This slot holds the last image that could boot, and the device has no factory image.
  case lastBootableSlot(UpdateSlot)
  /// The update in this slot is on trial; it has to confirm or reject itself, or be abandoned, first.
  case trialInProgress(UpdateSlot)
  /// Another update waits in this slot; boot it or abandon it first.
  case updatePending(UpdateSlot)
  /// The running image never confirmed itself.
  case runningImageNotConfirmed(UpdateSlot)
  /// No update is being written to this slot.
  case notWriting(UpdateSlot)
  /// The image is not the one on record.
  case otherImage(expected: UInt64, found: UInt64)
  /// A one-shot boot reaches confirmed slots and factory only.
  case slotNotConfirmed(UpdateSlot)
  /// The running slot has no trial to reject.
  case noTrial(UpdateSlot)
  /// The device runs from factory, which has no state to change.
  case factoryIsRunning
  /// The running image was signed with this key, and the device has no factory image: revoking the
  /// key would leave nothing that boots.
  case lastKeyOfRunningImage(index: UInt8)
  /// Every trusted key would be revoked, and no update could ever be installed again.
  case everyKeyRevoked

  /// The published name.
  public var name: StaticString {
    switch self {
    case .logLost: "log-lost"
    case .logUnreadable: "log-unreadable"
    case .slotIsRunning: "slot-is-running"
    case .lastBootableSlot: "last-bootable-slot"
    case .trialInProgress: "trial-in-progress"
    case .updatePending: "update-pending"
    case .runningImageNotConfirmed: "running-image-not-confirmed"
    case .notWriting: "not-writing"
    case .otherImage: "other-image"
    case .slotNotConfirmed: "slot-not-confirmed"
    case .noTrial: "no-trial"
    case .factoryIsRunning: "factory-is-running"
    case .lastKeyOfRunningImage: "last-key-of-running-image"
    case .everyKeyRevoked: "every-key-revoked"
    }
  }
}

/// Whether a device has a factory image to fall back to.
public enum FactoryPresence: Equatable, Sendable {
  /// There is one. Where the last key or the last slot is at stake, the caller has verified it.
  case present
  /// There is none, or it does not verify.
  case absent
}
