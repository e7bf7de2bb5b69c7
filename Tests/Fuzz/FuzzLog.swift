import BootState
import NORFlash

/// Lives through an arbitrary history of a metadata log.
///
/// It is made of records, remounts, power cuts, and foreign bytes with and without a right checksum.
/// Nothing may trap, and as long as nobody but the log wrote to the partition, a record whose append
/// returned is what the next mount finds.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLog(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  var input = unsafe FuzzInput(start, count)
  var flash = ArrayFlash(geometry: geometry(input.byte()))
  var log: MetadataLog?
  var durable: BootRecord?
  var isUntouched = true
  while !input.isAtEnd {
    switch input.byte() % 6 {
    case 0, 1:
      let record = record(&input)
      guard log != nil else { continue }
      do throws(MetadataLogError<FlashError>) {
        try log?.append(record, to: &flash)
        durable = record
      } catch {
        // After a cut either record may be found.
        durable = nil
        log = nil
      }
    case 2:
      flash.callsLeft = nil
      log = mount(&flash)
      if isUntouched, let durable {
        precondition(log?.record == durable, "a durable record was lost")
      }
    case 3:
      flash.callsLeft = Int(input.byte() % 32)
    case 4:
      isUntouched = false
      write(input.prefix(Int(input.byte())), at: input.word(), to: &flash)
    default:
      isUntouched = false
      var body = input.prefix(60)
      body += [UInt8](repeating: 0, count: 60 - body.count)
      let checksum = CRC32.checksum(of: body.span)
      for shift in [0, 8, 16, 24] { body.append(UInt8(truncatingIfNeeded: checksum >> shift)) }
      write(body, at: input.word(), to: &flash)
    }
  }
  flash.callsLeft = nil
  if let log = mount(&flash) {
    do throws(MetadataLogError<FlashError>) {
      try log.forEachEntry(on: &flash) { _ in }
    } catch { fatalError("a log that mounts cannot be listed: \(error)") }
  }
  _ = RetainedState(decoding: input.bytes.span)
  return 0
}

private func geometry(_ choice: UInt8) -> FlashGeometry {
  let units: [UInt32] = [1, 2, 4, 8, 16, 32, 64, 4]
  let unit = units[Int(choice & 7)]
  let rules: [RewriteRule] = [.anyBit, .once, .onceThenAllProgrammed, .times(limit: 2)]
  return FlashGeometry(
    blockCount: 2 + UInt32(choice >> 6), eraseBlock: choice & 32 == 0 ? 1024 : 2048,
    programUnit: unit, eccUnit: choice & 7 == 7 ? 16 : 0,
    erased: choice & 16 == 0 ? .ones : .zeros, rewriteRule: rules[Int(choice >> 3 & 3)])
}

private func mount(_ flash: inout ArrayFlash) -> MetadataLog? {
  do throws(MetadataLogError<FlashError>) {
    return try MetadataLog.mount(on: &flash, tableDigest: 7)
  } catch { return nil }
}

private func record(_ input: inout FuzzInput) -> BootRecord {
  var record = BootRecord()
  record.slotA = slot(&input)
  record.slotB = slot(&input)
  record.lastConfirmed = UpdateSlot(rawValue: input.byte()) ?? .slotA
  record.oneShot = BootSlot(rawValue: input.byte())
  record.pendingRun = PendingRun(rawValue: input.byte()) ?? .none
  record.revokedKeys = input.word()
  return record
}

private func slot(_ input: inout FuzzInput) -> SlotRecord {
  var slot = SlotRecord()
  slot.state = SlotState(rawValue: input.byte()) ?? .empty
  slot.cause = RejectionCause(rawValue: input.byte()) ?? .none
  slot.started = input.byte()
  slot.faulted = input.byte()
  slot.imageTag = UInt64(input.word())
  return slot
}

/// Writes inside the flash, whatever the address says.
private func write(_ bytes: [UInt8], at address: UInt32, to flash: inout ArrayFlash) {
  guard !flash.cells.isEmpty else { return }
  for (index, byte) in bytes.enumerated() {
    flash.cells[(Int(address) + index) % flash.cells.count] = byte
  }
}
