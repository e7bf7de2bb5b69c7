public import BootState
public import FirmwareImage

/// What a boot loader can do beside the essentials, chosen when it is built.
///
/// A port whose device never needs some of it writes a type of its own, and has a smaller program:
///
/// ```swift
/// enum SensorFeatures: BootFeatures {
///   typealias LogCopies = SingleMetadataLog
///   static var loadedImages: Bool { false }
/// }
/// ```
///
/// The rest is there by default. What protects the device cannot be left out: trial, rollback,
/// watchdog, hash, signature, security counter, revoked keys, and every protection of the log.
public protocol BootFeatures: ImageFeatures {
  /// Whether the program can hold the metadata log twice.
  ///
  /// With `SingleMetadataLog` the metadata partition has two or three sectors; on a larger one there
  /// is no log.
  associatedtype LogCopies: MetadataLogCopies = MirroredMetadataLog
}

/// Everything that a boot loader can do.
public enum EveryBootFeature: BootFeatures {}

/// The essentials: images execute in place, are signed by their hash, and need no other image; the
/// metadata log is held once.
public enum EssentialBootFeatures: BootFeatures {
  /// The log is held once.
  public typealias LogCopies = SingleMetadataLog
  /// False.
  public static var loadedImages: Bool { false }
  /// False.
  public static var pureSignatures: Bool { false }
  /// False.
  public static var hardwareIDs: Bool { false }
  /// False.
  public static var dependencies: Bool { false }
}
