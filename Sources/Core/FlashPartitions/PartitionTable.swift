import NORFlash

/// Why a table or a part of it cannot be made.
public enum PartitionTableError: Error, Equatable, Sendable {
  /// The table already holds `limit` partitions.
  case tooManyPartitions(limit: Int)
  /// The name has `count` bytes, more than `limit`.
  case labelTooLong(count: Int, limit: Int)
  /// The list already holds `limit` ranges.
  case tooManyRanges(limit: Int)
}

/// The partitions of one flash, in the order of their rows: at most 32, stored inline.
///
/// 32 rows make a value of about one kilobyte, which a boot loader's stack can bear; the 94 rows
/// that fit into an ESP-IDF table would triple it, and no table seen in the field has 32.
public struct PartitionTable: Sendable {
  /// The number of partitions a table can hold.
  public static var maximumPartitionCount: Int { 32 }

  private var partitions: [32 of Partition]
  /// The number of partitions.
  public private(set) var count: Int

  /// Makes a table without partitions.
  public init() {
    partitions = .init(
      repeating: Partition(
        label: PartitionLabel(), kind: .undefinedData, range: FlashRange(start: 0, count: 0)))
    count = 0
  }

  /// Adds a partition behind the last row.
  ///
  /// - Throws: `PartitionTableError.tooManyPartitions`.
  public mutating func append(_ partition: Partition) throws(PartitionTableError) {
    guard count < Self.maximumPartitionCount else {
      throw .tooManyPartitions(limit: Self.maximumPartitionCount)
    }
    partitions[count] = partition
    count += 1
  }

  /// The indices of the partitions.
  public var indices: Range<Int> { 0..<count }

  /// The partition at `index`, which must be below `count`.
  public subscript(index: Int) -> Partition {
    get {
      precondition(index >= 0 && index < count, "partition index out of range")
      return partitions[index]
    }
    set {
      precondition(index >= 0 && index < count, "partition index out of range")
      partitions[index] = newValue
    }
  }

  /// The index of the first partition that has `role`, or `nil`.
  ///
  /// - Complexity: O(`count`)
  public func index(for role: PartitionRole) -> Int? {
    for index in indices where partitions[index].kind == role.kind { return index }
    return nil
  }

  /// The first partition that has `role`, or `nil`.
  ///
  /// - Complexity: O(`count`)
  public func partition(for role: PartitionRole) -> Partition? {
    index(for: role).map { partitions[$0] }
  }

  /// The index of the first partition with the name `label`, or `nil`.
  ///
  /// - Complexity: O(`count`)
  public func index(named label: PartitionLabel) -> Int? {
    for index in indices where partitions[index].label == label { return index }
    return nil
  }

  /// The index of the first partition that holds `address`, or `nil`.
  ///
  /// - Complexity: O(`count`)
  public func index(containing address: UInt32) -> Int? {
    for index in indices where partitions[index].range.contains(address) { return index }
    return nil
  }

  /// A short digest: the CRC-32 of the 32-byte binary rows, in table order.
  ///
  /// Two tables that differ in any name, kind, place, flag or in their order have, but for chance,
  /// different digests. The metadata log keeps it, so that state of an old layout is recognised.
  ///
  /// - Complexity: O(`count`)
  public var digest: UInt32 {
    var checksum = CRC32()
    var row: [32 of UInt8] = .init(repeating: 0)
    for index in indices {
      do {
        var span = row.mutableSpan
        partitions[index].storeESPRow(in: &span, at: 0)
      }
      checksum.update(row.span)
    }
    return checksum.value
  }
}

extension PartitionTable: Equatable {
  /// Whether both tables hold the same partitions in the same order.
  public static func == (left: PartitionTable, right: PartitionTable) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where left.partitions[index] != right.partitions[index] {
      return false
    }
    return true
  }
}
