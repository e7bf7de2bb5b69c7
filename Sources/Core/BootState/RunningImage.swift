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

  /// Describes the running image.
  public init(
    slot: BootSlot, imageTag: UInt64, securityCounter: UInt32, signingKey: UInt8? = nil
  ) {
    self.signingKey = signingKey
    self.slot = slot
    self.imageTag = imageTag
    self.securityCounter = securityCounter
  }
}
