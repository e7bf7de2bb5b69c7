public import NORFlash

/// Why the boot loader stops without a decision.
///
/// Only a loss of power ends a boot: whatever else goes wrong makes a candidate unusable, or the log
/// read-only, and the boot goes on.
public enum BootError<Failure: FlashFailure>: Error {
  /// The power failed during a flash operation.
  case powerLost(Failure)
}

extension BootError: Equatable where Failure: Equatable {}
