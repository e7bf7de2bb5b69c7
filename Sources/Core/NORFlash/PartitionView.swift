// What is marked @inline(never) exists once: a boot loader's size matters more than these calls.

/// Whether a partition view may change the flash.
public enum PartitionAccess: Equatable, Sendable {
  /// Reads only; `program` and `erase` throw `FlashError.readOnly`.
  case readOnly
  /// Reads, programs and erases.
  case readWrite
}

/// A part of a flash, used as a flash of its own: addresses count from its start, and nothing
/// outside it can be reached.
///
/// A view lives only inside the closure of `withPartition(_:access:_:)`.
@safe
public struct PartitionView<Base: FlashDevice & ~Copyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Base>
  private let range: FlashRange
  private let access: PartitionAccess

  /// - Precondition: `base` outlives the view and nobody else uses it meanwhile, and `range` is made
  ///   of whole erase blocks of it.
  fileprivate init(
    base: UnsafeMutablePointer<Base>, range: FlashRange, access: PartitionAccess
  ) {
    unsafe self.base = base
    self.range = range
    self.access = access
  }
}

extension PartitionView: FlashDevice where Base: ~Copyable {
  /// The errors of the flash below, with addresses of that flash.
  public typealias Failure = Base.Failure

  /// The number of bytes of the part.
  public var size: UInt32 { range.count }

  /// The geometry of the part, made anew by each call.
  ///
  /// - Complexity: O(regions)
  public var geometry: FlashGeometry {
    var part = unsafe base.pointee.geometry
    part.clip(to: range.start..<range.start + range.count)
    return part
  }

  /// Reads from the partition.
  ///
  /// - Throws: `outOfBounds` with the address inside the partition, or what the flash throws.
  @inline(never)
  public mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(Base.Failure) {
    try checkBounds(at: address, count: UInt32(buffer.count))
    try unsafe base.pointee.read(at: range.start &+ address, into: &buffer)
  }

  /// Programs the partition.
  ///
  /// - Throws: `outOfBounds` or `readOnly` with the address inside the partition, or what the flash
  ///   throws, which checks that units or blocks are whole.
  @inline(never)
  public mutating func program(at address: UInt32, _ bytes: Span<UInt8>) throws(Base.Failure) {
    try checkAccess(at: address)
    try checkBounds(at: address, count: UInt32(bytes.count))
    try unsafe base.pointee.program(at: range.start &+ address, bytes)
  }

  /// Erases blocks of the partition.
  ///
  /// - Throws: `outOfBounds` or `readOnly` with the address inside the partition, or what the flash
  ///   throws, which checks that units or blocks are whole.
  @inline(never)
  public mutating func erase(at address: UInt32, count: UInt32) throws(Base.Failure) {
    try checkAccess(at: address)
    try checkBounds(at: address, count: count)
    try unsafe base.pointee.erase(at: range.start &+ address, count: count)
  }

  private func checkAccess(at address: UInt32) throws(Base.Failure) {
    guard access == .readWrite else { throw Base.Failure(.readOnly(address: address)) }
  }

  /// Keeps the caller inside the part, where no address overflows with the start of the part.
  private func checkBounds(at address: UInt32, count: UInt32) throws(Base.Failure) {
    guard address <= range.count, count <= range.count - address else {
      throw Base.Failure(.outOfBounds(address: address, count: count))
    }
  }
}

extension FlashDevice where Self: ~Copyable {
  /// Runs `body` with a view of one part of this flash.
  ///
  /// The view is scoped because a stored reference to a non-copyable device could outlive it.
  ///
  /// - Throws: What `body` throws. If the range is not made of whole erase blocks inside the flash,
  ///   the error that `mapFailure` makes of the flash's `outOfBounds` or `misaligned`.
  public mutating func withPartition<Result: ~Copyable, E: Error>(
    _ range: FlashRange, access: PartitionAccess = .readWrite,
    mapFailure: (Failure) -> E,
    _ body: (inout PartitionView<Self>) throws(E) -> Result
  ) throws(E) -> Result {
    do throws(FlashError) {
      try geometry.checkErase(at: range.start, count: range.count)
    } catch {
      throw mapFailure(Failure(error))
    }
    return try unsafe withUnsafeMutablePointer(to: &self) { (base) throws(E) -> Result in
      var view = unsafe PartitionView(base: base, range: range, access: access)
      return try body(&view)
    }
  }

  /// Runs `body`, which throws only the flash's own errors, with a view of one part of this flash.
  ///
  /// - Throws: What `body` throws, or `outOfBounds` or `misaligned` if the range is not made of
  ///   whole erase blocks inside the flash.
  public mutating func withPartition<Result: ~Copyable>(
    _ range: FlashRange, access: PartitionAccess = .readWrite,
    _ body: (inout PartitionView<Self>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withPartition(range, access: access, mapFailure: { $0 }, body)
  }
}
