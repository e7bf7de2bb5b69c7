/// The `mtdparts=` argument of a Linux kernel or U-Boot command line.
///
///     mtdparts=<mtd-id>:<part>[,<part>][;<mtd-id>:<part>…]
///     <part> := <size>[@<offset>][(<name>)][ro][lk][slc]
///     <size> := a number with k, m or g behind it, or - for the rest of the flash
///
/// A partition without an offset follows the one before it. Source: the kernel's
/// `drivers/mtd/parsers/cmdlinepart.c`.
public struct MTDParts: Sendable, CustomStringConvertible {
  /// How much of the flash a partition takes.
  public enum Size: Equatable, Sendable {
    /// So many bytes.
    case bytes(UInt32)
    /// All that is left behind its start.
    case rest
  }

  /// The words behind a partition.
  public struct Flags: OptionSet, Sendable {
    /// One bit for each word.
    public var rawValue: UInt8
    /// Makes flags of bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `ro`: not to be written.
    public static let readOnly = Flags(rawValue: 1)
    /// `lk`: keep the power-up lock.
    public static let keepLocked = Flags(rawValue: 2)
    /// `slc`: use multi-level cells as single-level ones.
    public static let singleLevelCells = Flags(rawValue: 4)
  }

  /// A partition as written.
  public struct Part: Sendable {
    /// The number of bytes.
    public var size: Size
    /// The first address, or `nil` to follow the partition before.
    public var offset: UInt32?
    /// The name, or `nil` if the text gives none.
    public var name: String?
    /// The words behind it.
    public var flags: Flags
    /// Where it stands in the text.
    public var position: TextPosition

    /// Makes a partition.
    public init(
      size: Size, offset: UInt32? = nil, name: String?, flags: Flags = [],
      position: TextPosition = TextPosition(line: 1, column: 1)
    ) {
      self.size = size
      self.offset = offset
      self.name = name
      self.flags = flags
      self.position = position
    }
  }

  /// A flash and its partitions.
  public struct Device: Sendable {
    /// The name by which the system knows the flash, such as `spi0.0`.
    public var id: String
    /// The partitions, in the order of the text.
    public var parts: [Part]

    /// Makes a flash.
    public init(id: String, parts: [Part]) {
      self.id = id
      self.parts = parts
    }
  }

  /// The flashes, in the order of the text.
  public var devices: [Device]

  /// Makes an argument.
  public init(devices: [Device]) { self.devices = devices }

  /// The argument as text.
  public var description: String {
    "mtdparts="
      + devices.map { "\($0.id):" + $0.parts.map(\.text).joined(separator: ",") }
      .joined(separator: ";")
  }
}

extension MTDParts.Part {
  fileprivate var text: String {
    var text =
      switch size {
      case .rest: "-"
      case .bytes(let count): TableNumber.size(count, units: [(1 << 20, "m"), (1 << 10, "k")])
      }
    if let offset { text += "@" + TableNumber.hexadecimal(offset) }
    if let name { text += "(\(name))" }
    if flags.contains(.readOnly) { text += "ro" }
    if flags.contains(.keepLocked) { text += "lk" }
    if flags.contains(.singleLevelCells) { text += "slc" }
    return text
  }
}
