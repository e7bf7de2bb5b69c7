import ArgumentParser
import FlashPartitions
import NORFlash
import TableFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `brickproof table convert`: a table in another form.
struct TableConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a partition table in another form.",
    discussion: """
      A table with errors is not converted: 'brickproof table check' says more. For csv and bin \
      ESP-IDF's own rules apply as well. What the form cannot say is listed on standard error.

      Example: brickproof table convert partitions.csv --to bin --output partitions.bin
      """)

  @OptionGroup var input: TableInput

  @Option(help: "The form to write: csv, bin, mtdparts or dts.")
  var to: TableOutputFormat

  @Option(name: .shortAndLong, help: "The file to write; without it, standard output.")
  var output: String?

  func run() throws {
    try reportingFailures {
      let part = try input.flashPart()
      let file = try input.load(flashSize: part?.geometry.size)
      try refuseErrors(in: file, on: part)
      let rendering: TableRendering
      do throws(TableExportError) {
        rendering = try TableRendering(file.table, as: to, mtdID: input.mtdId)
      } catch {
        throw CommandFailure.bad("\(input.table): \(error)")
      }
      for note in file.parsed.notes { StandardError.print("note: \(note)") }
      for loss in rendering.losses {
        StandardError.print("warning: \(to.rawValue) cannot express \(loss)")
      }
      try write(rendering.bytes)
    }
  }

  private func refuseErrors(in file: TableFile, on part: TablePart?) throws(CommandFailure) {
    var options = PartitionCheckOptions()
    options.roles = .ignored
    let findings = file.table.findings(
      on: part?.geometry, options: options, espOptions: input.espOptions(for: to))
    guard let first = findings.first, first.severity == .error else { return }
    let place = file.parsed.position(of: first).map { "\($0): " } ?? ""
    throw .bad("\(input.table): \(place)\(first.message)")
  }

  private func write(_ bytes: [UInt8]) throws(CommandFailure) {
    if let output {
      try OutputFile.writeAtomically(bytes, to: output)
    } else if to == .bin, isatty(STDOUT_FILENO) != 0 {
      throw .usage("a binary table is no text for a terminal; give --output FILE")
    } else {
      try StandardOutput.write(bytes)
    }
  }
}
