public import BootState
public import FirmwareImage
public import NORFlash

/// The boot sequence.
public enum Bootloader {
  /// Chooses an image, puts on record what must be on record, and returns what to jump to.
  ///
  /// 1. Note in retained RAM that the loader runs.
  /// 2. Mount the metadata log.
  /// 3. Decide; verify each candidate that the decision asks for, and decide again.
  /// 4. Load the chosen image into RAM if it does not execute in place.
  /// 5. Append the record that the decision calls for, and read it back.
  /// 6. Repair the security floor, note who runs, arm the watchdog.
  ///
  /// The caller jumps to `BootHandover.entry`, and does nothing else in between.
  ///
  /// - Parameters:
  ///   - flash: The whole flash that `configuration.layout` describes.
  ///   - buffer: Memory for verification, at least 64 bytes; nothing else grows with an image.
  /// - Throws: `BootError.powerLost`; every other failure leads to another candidate or to recovery.
  /// - Complexity: O(size of the images that are verified)
  public static func boot<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable
  >(
    flash: inout F, crypto: inout C, platform: inout P, resetCause: ResetCause,
    configuration: BootConfiguration, buffer: inout MutableSpan<UInt8>
  ) throws(BootError<F.Failure>) -> BootHandover {
    try boot(
      flash: &flash, crypto: &crypto, platform: &platform, resetCause: resetCause,
      configuration: configuration, buffer: &buffer, features: EveryBootFeature.self)
  }

  /// Does what `boot(flash:crypto:platform:resetCause:configuration:buffer:)` does, for a port that
  /// leaves out what its device never needs.
  ///
  /// - Parameters:
  ///   - flash: The whole flash that `configuration.layout` describes.
  ///   - buffer: Memory for verification, at least 64 bytes; nothing else grows with an image.
  ///   - features: What the program can do: the code for everything else is left out.
  /// - Precondition: The configuration asks for nothing that is left out.
  /// - Throws: `BootError.powerLost`; every other failure leads to another candidate or to recovery.
  /// - Complexity: O(size of the images that are verified)
  public static func boot<
    F: FlashDevice & ~Copyable, C: CryptoProvider & ~Copyable, P: BootPlatform & ~Copyable,
    Features: BootFeatures
  >(
    flash: inout F, crypto: inout C, platform: inout P, resetCause: ResetCause,
    configuration: BootConfiguration, buffer: inout MutableSpan<UInt8>, features: Features.Type
  ) throws(BootError<F.Failure>) -> BootHandover {
    precondition(
      configuration.isPossible(with: Features.self),
      "the configuration asks for what the features leave out")
    let retained = platform.retainedState()
    var loading = retained ?? RetainedState()
    loading.phase = .loader
    platform.retain(loading)

    var run = BootRun<Features>(
      configuration: configuration, resetCause: resetCause, retained: retained,
      securityFloor: platform.readableFloor())
    try run.mountLog(on: &flash, configuration: configuration)
    try run.reachDecision(
      flash: &flash, configuration: configuration, crypto: &crypto, platform: &platform,
      buffer: &buffer)
    run.repairFloor(platform: &platform)
    platform.retain(run.retainedState)
    if run.handover.slot != nil {
      platform.armWatchdog(for: run.handover.decision.attempt == nil ? .operation : .trial)
    }
    if run.hasLog { run.handover.logHealth = run.log.health }
    return run.handover
  }
}

extension BootPlatform where Self: ~Copyable {
  /// The security floor, or `nil` if its store cannot be read this time.
  mutating func readableFloor() -> UInt32? {
    do throws(SecurityCounterError) { return try securityFloor() } catch { return nil }
  }
}
