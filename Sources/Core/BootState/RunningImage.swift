/// The image that runs, as the boot loader handed it over.
public struct RunningImage: Equatable, Sendable {
  /// The slot it runs from.
  public var slot: BootSlot
  /// The first eight bytes of its hash.
  public var imageTag: UInt64
  /// Its security counter; 0 if it carries none.
  public var securityCounter: UInt32

  /// Describes the running image.
  public init(slot: BootSlot, imageTag: UInt64, securityCounter: UInt32) {
    self.slot = slot
    self.imageTag = imageTag
    self.securityCounter = securityCounter
  }
}
