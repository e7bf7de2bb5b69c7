public import NORFlash

/// The log that keeps the boot state of a device through power cuts, as a mount found it.
///
/// Every record is a full snapshot of the state; the last valid one of the current sector counts.
/// The log is append-only, programs every unit once, and goes on in the next sector when the current
/// one is full. A healthy mount writes nothing.
///
/// ```
/// sector 0 (generation 4)                      sector 1 (generation 5)
/// | header | rec | rec | rec | move to 5 |     | header | rec | echo | rec | blank | blank |
///                                                                      ^ the state
/// ```
///
/// What a cut can do, and what answers it:
///
/// - *Begin unit*, programmed first: a position whose body was cut is visibly used for good, so
///   nothing that may still become valid is ever followed by something older.
/// - *CRC-32* over the whole body: a torn body is not valid, or reads as valid by chance.
/// - *Settle unit*, programmed when the body was read back: the body is complete. A mount that finds
///   the last body without it, or garbage behind it, writes what it decided once more before anyone
///   acts on it (the *echo*). No decision ever stands on a weak bit.
/// - A move to another sector is: erase it, write the record and the header there, write a *move*
///   record here, write the echo there. The decision between old and new sector is thus a record of
///   the old one like any other, and made certain in the same way. The move record names a generation
///   for the reader; what counts is that the log goes on in a newer sector, if there is one.
/// - Only a valid echo proves a sector complete, and nobody acts upon the state of one that is not.
///   Bits that are not blank prove nothing: an erase that is cut can leave a sector as it was but for a
///   few of them. Until the new sector is proven the old one is not erased: the log returns there if
///   the new one takes no proof.
/// - A mount that returns to an old sector, be it that it was left or that a newer one has a header,
///   writes the state into the next sector anew before anyone acts on it; else a later mount could
///   find the newer one complete after all. Positions are kept free for the move and its echo.
///
/// A unit that cannot be read is used and not valid. A unit that cannot be programmed is used; the
/// next position is taken, or the next sector. On parts that allow one program of a unit nothing is
/// ever programmed twice on purpose.
///
/// A partition of four sectors or more holds all of this twice, in two halves; see
/// `MetadataLog+Mirror.swift` for how they agree.
///
/// The value does not hold the flash; every call names it. After an error of kind `powerLost` the
/// value is out of date and a new mount is due.
public struct MetadataLog: Sendable {
  /// The halves; without a mirror only the first is in use.
  var halves: [2 of LogRing] = [LogRing(), LogRing()]
  /// The half that counts.
  var current = 0
  /// Whether the mount wrote to the halves to make them agree.
  var isRepaired = false

  /// The state of the device, or `nil` if there is none that can be trusted.
  public internal(set) var record: BootRecord?
  /// The keys that the state of another partition table revokes; 0 unless the log holds such a state.
  ///
  /// Where things lie may change; that a key is not to be trusted stays true. So whoever begins a new
  /// state takes these over.
  public internal(set) var inheritedRevocations: UInt32 = 0
  /// How the log is doing.
  public internal(set) var health = MetadataLogHealth()

  // Exists once: a boot loader's size matters more than this call.

  /// Makes a log that is not mounted yet: it has no state and takes none.
  @inline(never)
  public init() {}

  /// Finds the state on a partition, and makes it certain if a power cut left it uncertain.
  ///
  /// Writes only after an interrupted append: an echo of the record, or a move to the next sector.
  /// If the flash refuses these, the record is still returned and `health.isWritable` is false.
  ///
  /// While the first record of all is being written, a cut may leave a log that mounts as `lost`
  /// and, with unstable bits, as that record at a later mount; from then on the record stays.
  ///
  /// - Parameters:
  ///   - flash: The metadata partition, nothing else: two sectors or more, all erase blocks alike.
  ///   - tableDigest: A digest of the partition table; the state of another table is not used.
  /// - Throws: `MetadataLogError.unsuitablePartition`, or `.flash` for a failure other than an
  ///   unreadable unit or a refused program or erase.
  /// - Complexity: O(size of the partition)
  public static func mount<F: FlashDevice & ~Copyable>(
    on flash: inout F, tableDigest: UInt32
  ) throws(MetadataLogError<F.Failure>) -> MetadataLog {
    try mount(on: &flash, tableDigest: tableDigest, under: EveryProtection.self)
  }

  /// Finds the state on a partition as `mount(on:tableDigest:)` does, in place.
  ///
  /// A log is large, and a boot loader that never moves one around is smaller. A log is mounted once;
  /// after an error it has no state and takes none.
  ///
  /// - Parameters:
  ///   - flash: The metadata partition, nothing else.
  ///   - tableDigest: A digest of the partition table.
  ///   - copies: Whether the program can hold the log twice; every call for a log names the same.
  /// - Precondition: This log is new.
  /// - Throws: `MetadataLogError.unsuitablePartition`, or `.flash` for a failure other than an
  ///   unreadable unit or a refused program or erase.
  /// - Complexity: O(size of the partition)
  public mutating func mount<F: FlashDevice & ~Copyable, Copies: MetadataLogCopies>(
    on flash: inout F, tableDigest: UInt32, copies: Copies.Type
  ) throws(MetadataLogError<F.Failure>) {
    try fill(from: &flash, tableDigest: tableDigest, under: ShippedProtections<Copies>.self)
  }

  /// Makes `record` the state of the device; creates the log if there is none.
  ///
  /// When it returns, the record was read back and is complete: every later mount finds it.
  ///
  /// - Throws: `MetadataLogError.notWritable` if no place took the record; `.flash` for any other
  ///   failure.
  /// - Complexity: O(1), or O(size of a sector) when the sector is full
  public mutating func append<F: FlashDevice & ~Copyable>(
    _ record: BootRecord, to flash: inout F
  ) throws(MetadataLogError<F.Failure>) {
    try append(record, to: &flash, under: EveryProtection.self)
  }

  /// Makes `record` the state of the device as `append(_:to:)` does.
  ///
  /// - Parameter copies: Whether the program can hold the log twice, as named to `mount`.
  /// - Precondition: A log that was mounted as held twice is not appended to as held once.
  /// - Throws: `MetadataLogError.notWritable` if no place took the record; `.flash` for any other
  ///   failure.
  /// - Complexity: O(1), or O(size of a sector) when the sector is full
  public mutating func append<F: FlashDevice & ~Copyable, Copies: MetadataLogCopies>(
    _ record: borrowing BootRecord, to flash: inout F, copies: Copies.Type
  ) throws(MetadataLogError<F.Failure>) {
    try append(record, to: &flash, under: ShippedProtections<Copies>.self)
  }
}
