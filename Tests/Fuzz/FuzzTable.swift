import FlashPartitions
import NORFlash
import TableFormats

/// Reads arbitrary bytes as a partition table in each of its forms, checks what comes out against a
/// flash, and writes it again; nothing may trap, and what was written must read back the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTable(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = unsafe FuzzInput(start, count).bytes
  do throws(ESPTableError) {
    examine(try ESPBinaryTable(parsing: bytes.span).table)
  } catch {}
  var options = ESPCSV.Options()
  options.primaryBootloaderOffset = 0x1000
  options.variables = ["A": "0x1000"]
  do throws(TableSyntaxError) {
    examine(try ESPCSV.parse(bytes, options: options).table)
  } catch { check(error) }
  do throws(TableSyntaxError) {
    examine(try MTDParts(parsing: bytes).parsedTable(MTDPartsOptions(flashSize: 1 << 24)).table)
  } catch { check(error) }
  do throws(TableFileError) { _ = try TableFile(bytes) } catch { _ = "\(error)" }
  return 0
}

private func check(_ error: TableSyntaxError) {
  precondition(!"\(error)".contains("\n"), "an error of more than one line")
}

private func examine(_ table: PartitionTable) {
  var geometry = FlashGeometry()
  do throws(FlashGeometryError) {
    try geometry.append(blockCount: 16, eraseBlock: 4096, programUnit: 1)
    try geometry.append(blockCount: 31, eraseBlock: 65536, programUnit: 8)
  } catch { fatalError("no geometry") }
  let findings = table.findings(on: geometry)
  for finding in findings { precondition(!"\(finding)".isEmpty, "a finding without words") }

  guard table.count > 0 else { return }
  do throws(ESPTableError) {
    let binary = try table.espBinary()
    let again = try PartitionTable(espBinary: binary.span)
    precondition(again == table, "a table changed on its way through the binary form")
  } catch { fatalError("a table that was read cannot be written: \(error)") }
  do throws(TableExportError) { _ = try ESPCSV.text(of: table) } catch {}
  do throws(TableExportError) { _ = try DeviceTree.text(of: table) } catch {}
  do throws(TableExportError) { _ = try MTDParts(table, device: "flash") } catch {}
}
