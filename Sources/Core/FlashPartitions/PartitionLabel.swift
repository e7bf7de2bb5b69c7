/// The name of a partition: up to 16 bytes, normally ASCII, stored inline.
///
/// The form is the label field of an ESP-IDF row: unused bytes are zero, and a name of 16 bytes has
/// no terminator. A zero byte therefore ends a name.
public struct PartitionLabel: Sendable {
  /// The greatest number of bytes of a name.
  public static var maximumCount: Int { 16 }

  private var storage: [16 of UInt8]
  /// The number of bytes of the name, 0 to 16.
  public private(set) var count: Int

  /// Makes the empty name.
  public init() {
    storage = .init(repeating: 0)
    count = 0
  }

  /// Makes a name of the bytes before the first zero byte of `bytes`.
  ///
  /// - Throws: `PartitionTableError.labelTooLong` if these are more than 16.
  public init(_ bytes: Span<UInt8>) throws(PartitionTableError) {
    self.init()
    for index in bytes.indices {
      let byte = bytes[index]
      if byte == 0 { return }
      guard count < Self.maximumCount else {
        throw .labelTooLong(count: bytes.count, limit: Self.maximumCount)
      }
      storage[count] = byte
      count += 1
    }
  }

  /// The byte at `index`, which must be below `count`.
  public subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < count, "label index out of range")
    return storage[index]
  }

  /// Whether the name consists of exactly the characters of `text`.
  public func isEqual(to text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount == count else { return false }
    for index in 0..<count where unsafe storage[index] != text.utf8Start[index] { return false }
    return true
  }

  /// Stores the 16 bytes of the field at `offset` of `row`.
  func store(in row: inout MutableSpan<UInt8>, at offset: Int) {
    for index in storage.indices { row[offset + index] = storage[index] }
  }
}

extension PartitionLabel: Equatable {
  /// Whether both names hold the same bytes.
  public static func == (left: PartitionLabel, right: PartitionLabel) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left.storage[index] != right.storage[index] { return false }
    return true
  }
}

extension PartitionLabel: ExpressibleByStringLiteral {
  /// Makes a name of a literal.
  ///
  /// - Precondition: The literal has at most 16 bytes of UTF-8.
  public init(stringLiteral text: StaticString) {
    self.init()
    precondition(text.utf8CodeUnitCount <= Self.maximumCount, "partition label too long")
    for index in 0..<text.utf8CodeUnitCount { storage[index] = unsafe text.utf8Start[index] }
    count = text.utf8CodeUnitCount
  }
}

#if !hasFeature(Embedded)
  extension PartitionLabel: CustomStringConvertible {
    /// Makes a name of the UTF-8 bytes of `text`.
    ///
    /// - Throws: `PartitionTableError.labelTooLong` if these are more than 16.
    public init(text: String) throws(PartitionTableError) {
      let bytes = Array(text.utf8)
      try self.init(bytes.span)
    }

    /// The name as text; bytes that are no UTF-8 become replacement characters.
    public var description: String {
      String(decoding: (0..<count).map { storage[$0] }, as: UTF8.self)
    }
  }
#endif
