/// The image that runs, as the boot loader handed it over.
public struct RunningImage: Equatable, Sendable {
  /// The slot it runs from.
  public var slot: BootSlot
  /// The first eight bytes of its hash.
  public var imageTag: UInt64
  /// Its security counter; 0 if it carries none.
  public var securityCounter: UInt32
  /// The index of the trusted key that signed it; `nil` if that is not known.
  public var signingKey: UInt8?
  /// What the boot loader found in the metadata log.
  public var logCondition: MetadataLogCondition

  /// Describes the running image.
  ///
  /// - Parameter logCondition: What the boot loader found in the metadata log. If that is not known,
  ///   `.sound` is the safe assumption: then no session replaces a log that it cannot read.
  public init(
    slot: BootSlot, imageTag: UInt64, securityCounter: UInt32, signingKey: UInt8? = nil,
    logCondition: MetadataLogCondition = .sound
  ) {
    self.logCondition = logCondition
    self.signingKey = signingKey
    self.slot = slot
    self.imageTag = imageTag
    self.securityCounter = securityCounter
  }
}
