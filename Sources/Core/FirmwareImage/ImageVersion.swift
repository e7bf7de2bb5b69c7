/// The version of an image: `major.minor.revision+build`, compared in that order.
public struct ImageVersion: Equatable, Hashable, Comparable, Sendable {
  /// The first number of the version.
  public var major: UInt8
  /// The second number of the version.
  public var minor: UInt8
  /// The third number of the version.
  public var revision: UInt16
  /// The number behind the plus sign.
  public var build: UInt32

  /// Makes the version `major.minor.revision+build`.
  public init(major: UInt8, minor: UInt8, revision: UInt16, build: UInt32 = 0) {
    self.major = major
    self.minor = minor
    self.revision = revision
    self.build = build
  }

  /// The version as one number that sorts as the version does.
  private var sortKey: UInt64 {
    UInt64(major) << 56 | UInt64(minor) << 48 | UInt64(revision) << 32 | UInt64(build)
  }

  /// Whether `left` is older than `right`, build numbers included.
  public static func < (left: ImageVersion, right: ImageVersion) -> Bool {
    left.sortKey < right.sortKey
  }
}
