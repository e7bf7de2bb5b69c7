/// One operation that a power cut can hit: a page or unit to program, or one block to erase.
public struct FlashOperation: Hashable, Sendable {
  /// Whether something is programmed or erased.
  public typealias Kind = PowerCutRecord.Operation

  /// Whether something is programmed or erased.
  public var kind: Kind
  /// The address of the first byte.
  public var address: UInt32
  /// The number of bytes: at most one program page, or exactly one erase block.
  public var count: UInt32

  /// Makes the description of an operation.
  public init(kind: Kind, address: UInt32, count: UInt32) {
    self.kind = kind
    self.address = address
    self.count = count
  }
}
