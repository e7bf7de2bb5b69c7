/// Whether a program can hold the metadata log twice, chosen when it is built.
///
/// A log on four sectors or more is held twice, and every program that uses it has to do so. A boot
/// loader whose metadata partition has two or three sectors never needs that: with
/// `SingleMetadataLog` the code for it is left out of the program, a partition of four sectors or
/// more is refused, and what is written to a smaller one is the same to the last bit.
public protocol MetadataLogCopies {
  /// Whether the program can hold the log twice.
  ///
  /// A constant: what is not needed is left out only if the compiler can see the value.
  static var canMirror: Bool { get }
}

/// The log is held once on two or three sectors, and twice on more.
public enum MirroredMetadataLog: MetadataLogCopies {
  /// True.
  public static var canMirror: Bool { true }
}

/// The log is held once, on two or three sectors; a larger partition is refused.
public enum SingleMetadataLog: MetadataLogCopies {
  /// False.
  public static var canMirror: Bool { false }
}
