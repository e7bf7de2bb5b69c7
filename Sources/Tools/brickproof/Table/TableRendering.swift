import FlashPartitions
import TableFormats

/// A table in one of the output forms, with what the form cannot say.
struct TableRendering {
  /// The content of the file.
  var bytes: [UInt8]
  /// What the form cannot say about the table, one line each.
  var losses: [String]

  /// Renders `table`.
  ///
  /// - Throws: `TableExportError` if the form cannot carry a name.
  init(
    _ table: PartitionTable, as format: TableOutputFormat, mtdID: String?
  ) throws(TableExportError) {
    losses = []
    switch format {
    case .csv:
      bytes = Array(try ESPCSV.text(of: table).utf8)
      losses = ESPCSV.losses(in: table)
    case .bin:
      do throws(ESPTableError) {
        bytes = try table.espBinary()
      } catch {
        throw .binary(error)
      }
    case .mtdparts:
      bytes = Array("\(try MTDParts(table, device: mtdID ?? "spi0.0"))\n".utf8)
      losses = MTDParts.losses(in: table)
    case .dts:
      bytes = Array(try DeviceTree.text(of: table).utf8)
      losses = MTDParts.losses(in: table)
    }
  }
}
