import NORFlash

/// The numbers of ESP-IDF's binary partition table.
///
/// All fields are little-endian. A row has 32 bytes:
///
///     0   2  magic AA 50
///     2   1  type
///     3   1  subtype
///     4   4  offset in bytes
///     8   4  size in bytes
///     12 16  label, padded with zeros; 16 bytes have no terminator
///     28  4  flags
///
/// Behind the rows comes the digest row, `EB EB`, fourteen `FF`, the MD5 of all row bytes before it,
/// and then the end marker, a row of `FF`. The whole is padded with `FF` to 0xC00 bytes.
///
/// Source: `gen_esp32part.py` and `esp_flash_partitions.h` of ESP-IDF.
public enum ESPTableFormat {
  /// The size of a row in bytes.
  public static var rowSize: Int { 32 }
  /// The size of a table in bytes; the rest of its 4 KiB sector is for a signature.
  public static var size: Int { 0xC00 }
  /// The address of the table on a chip with default settings.
  public static var defaultOffset: UInt32 { 0x8000 }
  /// The size of the sector that holds the table.
  public static var sectorSize: UInt32 { 0x1000 }
  static var rowMagic: UInt16 { 0x50AA }
  static var digestMagic: UInt16 { 0xEBEB }
}

/// Why bytes are no ESP-IDF partition table, or a table cannot be written as one.
///
/// `row` counts from 0 and `offset` is its first byte in the table.
public enum ESPTableError: Error, Equatable, Sendable {
  /// Only `count` bytes are left for the row.
  case truncatedRow(row: Int, offset: Int, count: Int)
  /// The table ends at `offset` without an end marker.
  case missingEndMarker(offset: Int)
  /// The row starts with neither of the two magic numbers.
  case invalidMagic(row: Int, offset: Int, found: UInt16)
  /// The MD5 in the digest row is not that of the rows before it.
  case digestMismatch(row: Int, offset: Int)
  /// The table has another digest row already.
  case secondDigestRow(row: Int, offset: Int)
  /// The end marker comes before any partition.
  case noPartitions
  /// More partitions than `PartitionTable` holds; the row is the first one too many.
  case tooManyPartitions(row: Int, offset: Int, limit: Int)
  /// The MD5 provider gave no digest.
  case digestUnavailable
  /// The buffer has `count` bytes, fewer than `required`.
  case bufferTooSmall(count: Int, required: Int)
}

/// What is known about the digest row of a binary table.
public enum ESPTableDigest: Equatable, Sendable {
  /// There is none; tables for early versions of ESP-IDF have none.
  case absent
  /// It is there and was not compared, for want of an MD5 provider.
  case notChecked
  /// It is there and right.
  case verified
}

/// A partition table read from its ESP-IDF binary form, with what is remarkable about that form.
public struct ESPBinaryTable: Equatable, Sendable {
  /// The partitions.
  public private(set) var table: PartitionTable
  /// What is known about the digest row.
  public private(set) var digest: ESPTableDigest
  /// The number of partitions at the end of the table whose rows lie behind the digest row, where
  /// it does not cover them; boot loaders accept them all the same.
  public private(set) var uncoveredCount: Int

  /// Reads a table without comparing its digest.
  ///
  /// - Throws: `ESPTableError`, with the row and its offset.
  /// - Complexity: O(`bytes.count`); at most 0xC00 bytes are read.
  public init(parsing bytes: Span<UInt8>) throws(ESPTableError) {
    self.init()
    try parse(bytes) { (_, _, _) throws(ESPTableError) in .notChecked }
  }

  /// Reads a table and compares its digest with what `md5` computes.
  ///
  /// - Parameter md5: Returns the MD5 of its argument, or `nil` if the system has no MD5.
  /// - Throws: `ESPTableError`, with the row and its offset.
  /// - Complexity: O(`bytes.count`); at most 0xC00 bytes are read.
  public init(
    parsing bytes: Span<UInt8>, md5: (Span<UInt8>) -> [16 of UInt8]?
  ) throws(ESPTableError) {
    self.init()
    try parse(bytes) { (covered, digest, row) throws(ESPTableError) in
      guard let computed = md5(covered) else { throw .digestUnavailable }
      guard computed.span.isEqual(to: digest) else {
        throw .digestMismatch(row: row, offset: row * ESPTableFormat.rowSize)
      }
      return .verified
    }
  }

  private init() {
    table = PartitionTable()
    digest = .absent
    uncoveredCount = 0
  }

  private mutating func parse(
    _ bytes: Span<UInt8>,
    check: (Span<UInt8>, Span<UInt8>, Int) throws(ESPTableError) -> ESPTableDigest
  ) throws(ESPTableError) {
    let limit = min(bytes.count, ESPTableFormat.size)
    var offset = 0
    var row = 0
    while offset < limit {
      guard limit - offset >= ESPTableFormat.rowSize else {
        throw .truncatedRow(row: row, offset: offset, count: limit - offset)
      }
      let fields = bytes.extracting(offset..<offset + ESPTableFormat.rowSize)
      switch fields.littleEndianUInt16(at: 0) {
      case ESPTableFormat.rowMagic:
        try append(Partition(espRow: fields), row: row, offset: offset)
      case ESPTableFormat.digestMagic:
        guard digest == .absent else { throw .secondDigestRow(row: row, offset: offset) }
        digest = try check(bytes.extracting(0..<offset), fields.extracting(16..<32), row)
      case 0xFFFF where fields.isFilled(with: 0xFF):
        guard table.count > 0 else { throw .noPartitions }
        return
      case let found:
        throw .invalidMagic(row: row, offset: offset, found: found)
      }
      offset += ESPTableFormat.rowSize
      row += 1
    }
    throw .missingEndMarker(offset: offset)
  }

  private mutating func append(
    _ partition: Partition, row: Int, offset: Int
  ) throws(ESPTableError) {
    do throws(PartitionTableError) {
      try table.append(partition)
    } catch {
      throw .tooManyPartitions(
        row: row, offset: offset, limit: PartitionTable.maximumPartitionCount)
    }
    if digest != .absent { uncoveredCount += 1 }
  }
}

extension PartitionTable {
  /// Reads a table from its ESP-IDF binary form without comparing its digest.
  ///
  /// - Throws: `ESPTableError`, with the row and its offset.
  public init(espBinary bytes: Span<UInt8>) throws(ESPTableError) {
    self = try ESPBinaryTable(parsing: bytes).table
  }

  /// Writes the table in its ESP-IDF binary form, digest row included, to the first 0xC00 bytes of
  /// `buffer`.
  ///
  /// - Parameter md5: Returns the MD5 of its argument, or `nil` if the system has no MD5.
  /// - Throws: `ESPTableError.noPartitions`, `.bufferTooSmall` or `.digestUnavailable`.
  public func storeESPBinary(
    in buffer: inout MutableSpan<UInt8>, md5: (Span<UInt8>) -> [16 of UInt8]?
  ) throws(ESPTableError) {
    guard count > 0 else { throw .noPartitions }
    guard buffer.count >= ESPTableFormat.size else {
      throw .bufferTooSmall(count: buffer.count, required: ESPTableFormat.size)
    }
    for index in 0..<ESPTableFormat.size { buffer[index] = 0xFF }
    for index in indices {
      self[index].storeESPRow(in: &buffer, at: index * ESPTableFormat.rowSize)
    }
    let end = count * ESPTableFormat.rowSize
    guard let digest = md5(buffer.span.extracting(0..<end)) else { throw .digestUnavailable }
    buffer.store(littleEndian: ESPTableFormat.digestMagic, at: end)
    buffer.copy(digest.span, at: end + 16)
  }
}

extension Partition {
  /// Reads the fields of a row of 32 bytes; the magic number is the caller's.
  init(espRow row: Span<UInt8>) {
    let label: PartitionLabel
    do throws(PartitionTableError) {
      label = try PartitionLabel(row.extracting(12..<28))
    } catch {
      label = PartitionLabel()
    }
    self.init(
      label: label,
      kind: PartitionKind(type: PartitionType(rawValue: row[2]), subtype: row[3]),
      range: FlashRange(start: row.littleEndianUInt32(at: 4), count: row.littleEndianUInt32(at: 8)),
      flags: PartitionFlags(rawValue: row.littleEndianUInt32(at: 28)))
  }

  /// Stores the row of 32 bytes at `offset`.
  func storeESPRow(in buffer: inout MutableSpan<UInt8>, at offset: Int) {
    buffer.store(littleEndian: ESPTableFormat.rowMagic, at: offset)
    buffer[offset + 2] = kind.type.rawValue
    buffer[offset + 3] = kind.subtype
    buffer.store(littleEndian: range.start, at: offset + 4)
    buffer.store(littleEndian: range.count, at: offset + 8)
    label.store(in: &buffer, at: offset + 12)
    buffer.store(littleEndian: flags.rawValue, at: offset + 28)
  }
}
