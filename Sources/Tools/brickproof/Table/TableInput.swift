import ArgumentParser
import FlashPartitions
import NORFlash
import TableFormats

/// The forms in which a table can be written.
enum TableOutputFormat: String, CaseIterable, ExpressibleByArgument {
  case csv, bin, mtdparts, dts

  /// Whether ESP-IDF reads the form, so that its own rules apply.
  var isESP: Bool { self == .csv || self == .bin }
}

/// The arguments of all `table` commands: the file, and what it leaves open.
struct TableInput: ParsableArguments {
  @Argument(help: "The table: ESP-IDF CSV, ESP-IDF binary or mtdparts=.")
  var table: String

  @Option(help: "The flash the table is for; 'brickproof flash parts' lists them.")
  var part: String?

  @Option(help: "The address of the table's own sector on an ESP chip.")
  var tableOffset = ByteAddress(ESPTableFormat.defaultOffset)

  @Option(help: "The address of the boot loader, for CSV rows of type bootloader.")
  var bootloaderOffset: ByteAddress?

  @Option(help: "The address of the recovery boot loader, for a CSV row of that subtype.")
  var recoveryBootloaderOffset: ByteAddress?

  @Option(help: "The flash to read from, or to name in, an mtdparts= argument.")
  var mtdId: String?

  /// The part that `--part` names, or `nil` without that option.
  func flashPart() throws(CommandFailure) -> TablePart? {
    guard let part else { return nil }
    return try TablePart(named: part)
  }

  /// Reads the table.
  ///
  /// - Throws: `CommandFailure`: status 64 if the file cannot be read, 1 if it holds no table.
  func load(flashSize: UInt32?) throws(CommandFailure) -> TableFile {
    do throws(TableFileError) {
      return try read(flashSize: flashSize)
    } catch {
      throw failure(error)
    }
  }

  /// Reads the table, with the reader's own error.
  func read(flashSize: UInt32?) throws(TableFileError) -> TableFile {
    var options = TableFileOptions()
    options.csv.tableOffset = tableOffset.value
    options.csv.primaryBootloaderOffset = bootloaderOffset?.value
    options.csv.recoveryBootloaderOffset = recoveryBootloaderOffset?.value
    options.mtdparts = MTDPartsOptions(device: mtdId, flashSize: flashSize)
    return try TableFile.load(table, options: options)
  }

  /// What the command says and returns when the table cannot be read.
  func failure(_ error: TableFileError) -> CommandFailure {
    if case .unreadable = error { return .usage(error.description) }
    return .bad("\(table): \(error)")
  }

  /// ESP-IDF's rules, for output in a form that it reads.
  func espOptions(for format: TableOutputFormat?) -> ESPRuleOptions? {
    guard let format, format.isESP else { return nil }
    var options = ESPRuleOptions()
    options.tableOffset = tableOffset.value
    return options
  }
}
