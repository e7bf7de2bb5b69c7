/// The broad class of a partition's content, with the numbers of ESP-IDF.
///
/// 0x04 to 0x3F are reserved by ESP-IDF, 0x40 to 0xFE are free for everybody's own use.
public struct PartitionType: RawRepresentable, Equatable, Hashable, Sendable {
  /// The number in a binary table.
  public var rawValue: UInt8

  /// Makes a type of any number.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Firmware that a boot loader starts.
  public static let app = PartitionType(rawValue: 0x00)
  /// Anything that is not firmware.
  public static let data = PartitionType(rawValue: 0x01)
  /// The boot loader itself.
  public static let bootloader = PartitionType(rawValue: 0x02)
  /// A partition table.
  public static let partitionTable = PartitionType(rawValue: 0x03)

  /// The word for this type in an ESP-IDF CSV file, or `nil` if it has only a number.
  public var keyword: StaticString? {
    switch rawValue {
    case 0x00: "app"
    case 0x01: "data"
    case 0x02: "bootloader"
    case 0x03: "partition_table"
    default: nil
    }
  }
}

/// What a partition holds: its type and subtype.
///
/// Source of the numbers: `esp_flash_partitions.h` and the CSV grammar of ESP-IDF 6. `bootState` is
/// this project's own.
public struct PartitionKind: Equatable, Hashable, Sendable {
  /// The broad class.
  public var type: PartitionType
  /// The number inside the class.
  public var subtype: UInt8

  /// Makes a kind of any pair of numbers.
  public init(type: PartitionType, subtype: UInt8) {
    self.type = type
    self.subtype = subtype
  }

  /// The firmware the device left the factory with.
  public static let factory = PartitionKind(type: .app, subtype: 0x00)
  /// The firmware slot `number`, 0 to 15.
  public static func ota(_ number: UInt8) -> PartitionKind {
    PartitionKind(type: .app, subtype: 0x10 + (number & 0x0F))
  }
  /// The boot selection of ESP-IDF's own boot loader.
  public static let otaData = PartitionKind(type: .data, subtype: 0x00)
  /// The key-value store of ESP-IDF.
  public static let nvs = PartitionKind(type: .data, subtype: 0x02)
  /// Where a crashed program leaves its memory.
  public static let coreDump = PartitionKind(type: .data, subtype: 0x03)
  /// The keys of an encrypted key-value store.
  public static let nvsKeys = PartitionKind(type: .data, subtype: 0x04)
  /// Data of no declared kind.
  public static let undefinedData = PartitionKind(type: .data, subtype: 0x06)
  /// The metadata log of this project: data subtype 0x40, which ESP-IDF leaves unused, keyword
  /// `bootstate`.
  public static let bootState = PartitionKind(type: .data, subtype: 0x40)
  /// The boot selection of ESP-IDF's trusted execution environment.
  public static let teeOTAData = PartitionKind(type: .data, subtype: 0x90)
  /// The boot loader that the chip's ROM starts.
  public static let primaryBootloader = PartitionKind(type: .bootloader, subtype: 0x00)
  /// The boot loader that the chip's ROM falls back to.
  public static let recoveryBootloader = PartitionKind(type: .bootloader, subtype: 0x02)
  /// The partition table that the boot loader reads.
  public static let primaryTable = PartitionKind(type: .partitionTable, subtype: 0x00)

  /// The word for this subtype in an ESP-IDF CSV file, or `nil` if it has only a number.
  public var keyword: StaticString? {
    switch type {
    case .app: Self.appKeyword(subtype)
    case .data: Self.dataKeyword(subtype)
    case .bootloader:
      switch subtype {
      case 0x00: "primary"
      case 0x01: "ota"
      case 0x02: "recovery"
      default: nil
      }
    case .partitionTable:
      switch subtype {
      case 0x00: "primary"
      case 0x01: "ota"
      default: nil
      }
    default: nil
    }
  }

  private static func appKeyword(_ subtype: UInt8) -> StaticString? {
    switch subtype {
    case 0x00: "factory"
    case 0x10: "ota_0"
    case 0x11: "ota_1"
    case 0x12: "ota_2"
    case 0x13: "ota_3"
    case 0x14: "ota_4"
    case 0x15: "ota_5"
    case 0x16: "ota_6"
    case 0x17: "ota_7"
    case 0x18: "ota_8"
    case 0x19: "ota_9"
    case 0x1A: "ota_10"
    case 0x1B: "ota_11"
    case 0x1C: "ota_12"
    case 0x1D: "ota_13"
    case 0x1E: "ota_14"
    case 0x1F: "ota_15"
    case 0x20: "test"
    case 0x30: "tee_0"
    case 0x31: "tee_1"
    default: nil
    }
  }

  private static func dataKeyword(_ subtype: UInt8) -> StaticString? {
    switch subtype {
    case 0x00: "ota"
    case 0x01: "phy"
    case 0x02: "nvs"
    case 0x03: "coredump"
    case 0x04: "nvs_keys"
    case 0x05: "efuse"
    case 0x06: "undefined"
    case 0x40: "bootstate"
    case 0x80: "esphttpd"
    case 0x81: "fat"
    case 0x82: "spiffs"
    case 0x83: "littlefs"
    case 0x90: "tee_ota"
    default: nil
    }
  }
}
