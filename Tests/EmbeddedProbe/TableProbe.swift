import Bootloader
import FlashPartitions
import Hardware
import NORFlash

/// Reads a binary partition table, checks it against the flash, and takes the boot layout from it.
@c(probe_table)
public func probeTable() {
  let memory = unsafe UnsafeMutableBufferPointer(
    start: hardware_buffer(), count: hardware_buffer_size())
  let flash = MemoryMappedFlash()
  do throws(ESPTableError) {
    let table = try PartitionTable(espBinary: unsafe memory.span)
    if let finding = table.firstError(on: flash.geometry) { take(finding) }
    do throws(BootLayoutError) { take(try BootLayout(table)) } catch { take(error) }
  } catch {
    take(error)
  }
}
