/// A NOR flash: bytes that are read freely, programmed in program units, and erased in erase blocks.
///
/// Programming moves bits away from the erased value only; erasing a block brings all of it back.
/// All calls are synchronous: when one returns, the device has finished.
///
/// ## What a power cut leaves behind
///
/// The power may fail at any instant. Code on top of a device may rely on this contract, and on no
/// more than it:
///
/// - Whatever was programmed or erased by a call that *returned* stays.
/// - A cut during `program` leaves every program unit of that call in one of three conditions:
///   untouched, complete, or *torn*. Units are programmed in ascending order, so at most one of
///   them is torn. Each bit of a torn unit that should have changed may read as before, as intended,
///   or as either from one read to the next (a weak bit). On a part with error correction a torn
///   unit may also be `unreadable`.
/// - A cut during `erase` leaves the block being erased undefined: old data, more zeros than
///   before, mostly erased, or apparently erased with weak bits. Blocks are erased in ascending
///   order; those before it are erased, those behind it are untouched.
/// - Bytes outside the torn unit or block keep their value. (Some parts break this; the emulator
///   has a fault preset for them.)
/// - After a cut every further call throws `powerLost` until the power returns.
///
/// A weak bit becomes firm when it is programmed again to the same value, or erased without a cut.
/// That something *looks* erased or *looks* complete after a cut proves nothing about the next read.
public protocol FlashDevice: ReadableStorage, ~Copyable where Failure: FlashFailure {
  /// The layout of erase blocks and program units, in address order.
  ///
  /// A value, not a constant of the type: on real parts option bits change it.
  var geometry: FlashGeometry { get }

  /// Programs the bytes at `address`, which the caller has erased before.
  ///
  /// Both `address` and `bytes.count` must be multiples of the program unit of their region.
  ///
  /// - Throws: `Failure` of kind `outOfBounds` or `misaligned` before anything is programmed;
  ///   `notWritable`, `deviceFault` or `powerLost` when some units may have been programmed.
  /// - Complexity: O(`bytes.count`)
  mutating func program(at address: UInt32, _ bytes: Span<UInt8>) throws(Failure)

  /// Erases the blocks that make up exactly `address ..< address + count`.
  ///
  /// Both ends must be block boundaries.
  ///
  /// - Throws: `Failure` of kind `outOfBounds` or `misaligned` before anything is erased;
  ///   `notWritable`, `deviceFault` or `powerLost` when some blocks may have been erased.
  /// - Complexity: O(`count`)
  mutating func erase(at address: UInt32, count: UInt32) throws(Failure)
}

extension FlashDevice where Self: ~Copyable {
  /// The size of the device in bytes.
  public var size: UInt32 { geometry.size }
}
