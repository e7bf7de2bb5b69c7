public import BootState
import Bootloader
import FlashEmulator
import NORFlash

extension EmulatedDevice {
  /// Confirms the running image, as its self-test does when all is well.
  ///
  /// - Returns: What changed.
  /// - Throws: `DeviceError.notRunning`, `.bootState`, `.powerLost`.
  @discardableResult
  public mutating func confirm() throws(DeviceError) -> Confirmation {
    try openSession()
    guard var session else { throw .notRunning }
    do throws(BootStateError<FlashError>) {
      let result = try session.confirm(on: &flash, securityCounter: &platform)
      self.session = session
      return result
    } catch {
      throw translated(error)
    }
  }

  /// Rejects the running trial and resets, as its self-test does when something is wrong.
  ///
  /// - Throws: `DeviceError.notRunning`, `.bootState`, `.powerLost`.
  public mutating func rejectRunning() throws(DeviceError) {
    try openSession()
    guard var session else { throw .notRunning }
    do throws(BootStateError<FlashError>) {
      try session.rejectRunning(on: &flash)
    } catch {
      throw translated(error)
    }
    resetAsPlanned()
  }

  /// Gives up an update that is being written, waits for its first start, or is on a trial that
  /// does not come to an end; of the running trial, as `rejectRunning()` does.
  ///
  /// - Throws: `DeviceError.notRunning`, `.bootState`, `.powerLost`.
  public mutating func abandonUpdate(of slot: UpdateSlot) throws(DeviceError) {
    try openSession()
    guard var session else { throw .notRunning }
    guard session.running.slot.updateSlot != slot || session.record?[slot].state != .trial else {
      return try rejectRunning()
    }
    do throws(BootStateError<FlashError>) {
      try session.update(on: &flash) { (record) throws(TransitionError) in
        try record.abandonUpdate(of: slot)
      }
      self.session = session
    } catch {
      throw translated(error)
    }
  }

  /// Asks for one boot of a confirmed slot or of factory.
  ///
  /// - Throws: `DeviceError.notRunning`, `.bootState`, `.powerLost`.
  public mutating func requestOneShot(_ slot: BootSlot) throws(DeviceError) {
    try openSession()
    guard var session else { throw .notRunning }
    do throws(BootStateError<FlashError>) {
      try session.update(on: &flash) { (record) throws(TransitionError) in
        try record.requestOneShot(slot)
      }
      self.session = session
    } catch {
      throw translated(error)
    }
  }

  /// Revokes trusted keys; bit i stands for the key at index i.
  ///
  /// - Throws: `DeviceError.notRunning`, `.bootState`, `.powerLost`.
  public mutating func revoke(keys: UInt32) throws(DeviceError) {
    try openSession()
    guard var session else { throw .notRunning }
    let factory = verifiedFactory()
    do throws(BootStateError<FlashError>) {
      try session.revoke(
        keys: keys, trustedKeyCount: description.trustedKeys.count, factory: factory, on: &flash)
      self.session = session
    } catch {
      throw translated(error)
    }
  }

  /// What retained RAM says once a reset is announced.
  func announcedState() -> RetainedState? {
    var platform = platform
    guard var state = platform.retainedState() else { return nil }
    state.isResetPlanned = true
    return state
  }

  /// Announces a reset in retained RAM, and makes it due.
  public mutating func resetAsPlanned() {
    if let state = announcedState() { platform.retain(state) }
    reset(.softwarePlanned)
  }

  /// Whether there is a factory image that verifies now.
  private mutating func verifiedFactory() -> FactoryPresence {
    if case .bootable = inspect(.factory, record: nil).content { .present } else { .absent }
  }
}
