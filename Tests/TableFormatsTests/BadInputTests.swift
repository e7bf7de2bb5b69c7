import FlashPartitions
import TableFormats
import Testing

/// A wrong text and the one line that says where, what and what would be right.
@Suite struct BadInputTests {
  private static let csv: [(String, String)] = [
    (
      "a, data, nvs, 12Q, 4K",
      "line 1, column 15: the offset \"12Q\" is not a number; "
        + "write bytes, such as 4096, 0x1000, 4K or 1M"
    ),
    (
      "# x\n\na, dat, nvs, , 4K",
      "line 3, column 4: \"dat\" is no type; "
        + "write app, data, bootloader, partition_table or a number from 0 to 0xFF"
    ),
    (
      "a,bootloader,x,,",
      "line 1, column 14: \"x\" is no subtype of bootloader; "
        + "write primary, ota, recovery or a number from 0 to 0xFF"
    ),
    (
      "a,0x40,x,,4K",
      "line 1, column 8: \"x\" is no subtype of 0x40; write a number from 0 to 0xFF"
    ),
    (
      "a,,nvs,,4K",
      "line 1, column 3: the type is missing; write app, data or a number such as 0x40"
    ),
    (
      "a,app,,,1M",
      "line 1, column 7: an app needs a subtype; write factory, ota_0 to ota_15, test or a number"
    ),
    (
      "a,data,nvs",
      "line 1, column 11: the size is missing; write bytes, such as 0x1000, 4K or 1M"
    ),
    (
      "a,data,nvs,,4K,secret",
      "line 1, column 16: the flag \"secret\" is not known; "
        + "write encrypted, readonly or encrypted:readonly"
    ),
    (
      "a,data,nvs,,4K,encrypted,readonly",
      "line 1, column 26: \"readonly\" is a seventh field; "
        + "separate flags by a colon, as in encrypted:readonly"
    ),
    (
      "seventeen_letters,data,nvs,,4K",
      "line 1, column 1: the name \"seventeen_letters\" has 17 bytes; "
        + "use at most 16, or 15 for ESP-IDF"
    ),
    (
      "a,data,nvs,$BASE,4K",
      "line 1, column 12: the variable BASE is not set; "
        + "set it in the environment, or write the value"
    ),
    (
      "a,data,nvs,0x9000,-0x8000",
      "line 1, column 19: the size \"-0x8000\" puts the end at 0x8000, not behind the start 0x9000; "
        + "give an end above the start, or the size as a positive number"
    ),
    (
      "a,data,nvs,-1,4K",
      "line 1, column 12: the offset \"-1\" is no address; "
        + "write a number from 0 to 0xFFFFFFFF, or leave it blank"
    ),
    (
      "a,data,nvs,,4096M",
      "line 1, column 13: the size \"4096M\" is above 32 bits; write at most 4095M"
    ),
    (
      "a,data,nvs,0xFFFFF000,4K\nb,data,nvs,,4K",
      "line 2, column 1: the partition would start at 0x100000000, above 32 bits; "
        + "shorten the partitions before it or give an offset"
    ),
    (
      "b,bootloader,primary",
      "line 1, column 3: the address of the boot loader is not known, which this row needs; "
        + "give it as an option (--bootloader-offset)"
    ),
    (
      "# nothing\n",
      "line 1, column 1: there is no partition; "
        + "write lines such as \"factory, app, factory, 0x10000, 1M\""
    ),
    (
      (0..<33).map { "p\($0),data,nvs,,4K\n" }.joined(),
      "line 33, column 1: more than 32 partitions; "
        + "join some of them: that is all a table can hold here"
    ),
  ]

  private static let mtdparts: [(String, String)] = [
    (
      "mtdparts=spi0.0:1m(a",
      "line 1, column 19: the name has no closing parenthesis; write )"
    ),
    (
      "console=ttyS0 mtdparts=1m(a)",
      "line 1, column 24: the name of the flash is missing; "
        + "write it before a colon, as in spi0.0:1m(app)"
    ),
    (
      "mtdparts=x:1m(a),-(b),1m(c)",
      "line 1, column 23: a partition follows one that takes the rest; make the - partition the last"
    ),
    (
      "mtdparts=x:(a)",
      "line 1, column 12: the size is missing; write bytes, such as 4096, 0x1000, 64k or 1m"
    ),
    (
      "mtdparts=x:1q(a)",
      "line 1, column 12: the size \"1q\" is not a number; "
        + "write bytes, such as 4096, 0x1000, 64k or 1m"
    ),
    (
      "mtdparts=x:4g(a)",
      "line 1, column 12: the size \"4g\" is above 32 bits; write at most 0xffffffff"
    ),
    (
      "mtdparts=x:1m@(a)",
      "line 1, column 15: the offset is missing; write bytes, such as 4096, 0x1000, 64k or 1m"
    ),
    (
      "mtdparts=x:-(a)",
      "line 1, column 12: - takes the rest of a flash whose size is not known; "
        + "name the flash (--part), or write the size"
    ),
    (
      "mtdparts=x:1m(a)rw",
      "line 1, column 17: unexpected \"r\" in a partition; "
        + "write <size>[@<offset>](<name>)[ro][lk][slc]"
    ),
    (
      "mtdparts=x:1m(a);y:1m(b)",
      "line 1, column 12: the argument describes 2 flashes; choose one (--mtd-id): x, y"
    ),
    (
      "mtdparts=x:1m(seventeen_letters)",
      "line 1, column 12: the name \"seventeen_letters\" has 17 bytes; use at most 16"
    ),
    (
      "mtdparts=x:0xfffff000(a),1m(b),1m(c)",
      "line 1, column 32: the partition starts above 32 bits; give an offset"
    ),
  ]

  @Test(arguments: csv + mtdparts)
  func theMessageSaysWhereWhatAndWhatToDo(_ text: String, _ message: String) {
    var options = TableFileOptions()
    options.csv.variables = [:]
    do throws(TableFileError) {
      _ = try TableFile(Array(text.utf8), options: options)
      Issue.record("accepted")
    } catch {
      #expect(error.description == message)
    }
  }

  @Test func bytesThatAreNoTextAreLocated() {
    #expect(throws: TableFileError.self) { try TableFile([]) }
    do throws(TableFileError) {
      _ = try TableFile(Array("# ok\nab".utf8) + [0xFF, 0x00])
      Issue.record("accepted")
    } catch {
      #expect(
        error.description
          == "line 2, column 3: this byte is not UTF-8; "
          + "a table is text in UTF-8, or binary starting with the bytes AA 50")
    }
  }

  @Test func aFileThatIsNotThereIsNamed() {
    #expect(
      throws: TableFileError.unreadable(path: "/no/such/table", reason: "there is no such file")
    ) { try TableFile.load("/no/such/table") }
  }

  @Test func binaryErrorsNameRowAndOffset() {
    var bytes = [UInt8](repeating: 0xFF, count: 64)
    bytes.replaceSubrange(0..<4, with: [0xAA, 0x50, 1, 2])
    bytes[32] = 0
    do throws(TableFileError) {
      _ = try TableFile(bytes)
      Issue.record("accepted")
    } catch {
      #expect(
        error.description
          == "row 1 at offset 0x20: the magic number is 0xff00, not 0x50aa for a partition or 0xebeb "
          + "for the digest; the table is damaged")
    }
  }

  /// Texts made of the pieces of real ones are accepted or refused, and never trap.
  @Test(arguments: UInt64(0)..<8)
  func noTextTraps(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "mtdparts=", "x:", "-", "1m", "@", "0x1000", "(", ")", "(a)", "ro", "lk", "slc", ",", ";",
      ",",
      ",", "\n", "a", "data", "app", "nvs", "ota_0", "$", "${A}", "#", "4K", "-1M", "0xFFFFFFFF",
      "bootloader", "primary", "readonly", ":", " ", "é", "\u{0}", "9999999999999999999",
      "_", "0b", "0o7", "partition_table", "\r",
    ]
    for _ in 0..<250 {
      let count = Int.random(in: 1...24, using: &random)
      let text = (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
      let prefix = Bool.random(using: &random) ? "mtdparts=x:" : "a,data,nvs,"
      var options = TableFileOptions()
      options.mtdparts.flashSize = 0x100000
      options.csv.primaryBootloaderOffset = 0
      guard let file = try? TableFile(Array((prefix + text).utf8), options: options) else {
        continue
      }
      _ = file.table.findings(on: nil, espOptions: ESPRuleOptions()).map(file.parsed.position(of:))
      _ = try? ESPCSV.text(of: file.table)
      _ = try? MTDParts(file.table, device: "x")
      _ = try? DeviceTree.text(of: file.table)
    }
  }
}

/// The SplitMix64 generator, so that every run sees the same texts.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
