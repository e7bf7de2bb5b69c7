import Foundation
import Testing

/// What `device boot`, `status` and `log` print.
@Suite struct DeviceReportTests {
  @Test func aBootReportHasEveryKey() throws {
    let device = try DeviceFolder()
    try device.create()
    let report = try device.json("device boot dev --examine-all --reset-cause pin")
    let keys: Set = [
      "formatVersion", "outcome", "slot", "reason", "state", "version", "attempt", "attemptsLeft",
      "candidates", "resetCause", "entry", "entryKind", "securityFloor", "log",
    ]
    #expect(keys.subtracting(report.keys) == [])
    #expect(report["resetCause"] as? String == "pin")
    #expect(report["version"] as? String == "1.0.0+0")
    #expect(report["attempt"] is NSNull)
    let candidates = try #require(report["candidates"] as? [[String: Any]])
    #expect(candidates.map { $0["slot"] as? String } == ["slot-a", "slot-b", "factory"])
    #expect(candidates.map { $0["verdict"] as? String } == ["refused", "refused", "bootable"])
    #expect(candidates.map { $0["refusal"] as? String } == ["erased", "erased", nil])
    #expect(candidates.map { $0["state"] as? String } == ["empty", "empty", nil])
  }

  @Test(arguments: [
    "power-on", "watchdog", "software", "software-planned", "brown-out", "pin", "lockup",
    "unknown",
  ])
  func everyResetCauseIsTaken(_ cause: String) throws {
    let folder = try CommandFolder()
    // The word is understood if the complaint is about the device that is not there.
    let answer = try folder.run("device boot dev --reset-cause \(cause)")
    #expect(answer.status == 64)
    #expect(answer.errors.contains("dev.json"))
  }

  @Test func statusShowsEveryBlockOnceAndChangesNothing() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device boot dev")
    try device.good("device install dev v2.img")
    let before = try device.folder.read("dev.json")
    let text = try device.good("device status dev")
    #expect(try device.folder.read("dev.json") == before)
    #expect(!text.contains("\u{1B}"))
    #expect(text.contains("slot-a           staged, 0 started, 3 left, 2.0.0+0"))
    // 48 KiB are 12 blocks of 4 KiB, of which an image of 30 KB fills 8.
    #expect(text.contains("ota_0 (slot-a)"))
    #expect(text.contains("a cell is 4 KiB"))
    #expect(text.components(separatedBy: "    ########....\n").count == 3)
    #expect(text.contains("    ............\n"))

    let status = try device.json("device status dev")
    let partitions = try #require(status["partitions"] as? [[String: Any]])
    #expect(partitions.map { $0["blocks"] as? Int } == [12, 12, 12, 3])
    #expect(partitions.map { $0["writtenBlocks"] as? Int } == [8, 8, 0, 1])
    #expect(partitions.prefix(3).map { $0["maximumErases"] as? Int } == [0, 1, 0])
    let slots = try #require(status["slots"] as? [[String: Any]])
    #expect(slots.map { $0["verifies"] as? Bool } == [true, false, true])
    #expect(status["running"] as? String == "factory")
  }

  @Test func aHalfDoneOperationIsShownAsBad() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device boot dev")
    try device.good("device install dev v2.img")
    // The first operation of the next installation is a record of the metadata log.
    _ = try device.refused("device install dev v3.img --cut-power-at 0")
    let text = try device.good("device status dev")
    #expect(text.contains("runs             nothing; next: power-on reset"))
    #expect(text.contains("    !..\n"), "\(text)")
    let partitions = try #require(
      try device.json("device status dev")["partitions"] as? [[String: Any]])
    #expect(partitions.map { $0["badBlocks"] as? Int } == [0, 0, 0, 1])
    // The device makes it certain at the next boot, in a record of its own.
    #expect(try device.boot().reason == "trial")
  }

  @Test func blocksOfDifferentSizesKeepTheirScale() throws {
    let device = try DeviceFolder()
    let table = """
      log,     data, 0x40,    0x0,     64K,
      factory, app,  factory, 0x20000, 128K, readonly
      ota_0,   app,  ota_0,   0x40000, 128K,
      ota_1,   app,  ota_1,   0x60000, 128K,
      """
    try device.folder.write(Data(table.utf8), "table.csv")
    try device.create(part: "STM32F407")
    let text = try device.good("device status dev")
    #expect(text.contains("a cell is 16 KiB"))
    // A block of 128 KiB is eight cells, the log's four of 16 KiB are one each.
    #expect(text.contains("1 block, erases: 0.0 on average, 0 at most\n    ########\n"))
    #expect(text.contains("4 blocks"))
    // It is held twice, so that both halves have a sector in use.
    #expect(text.contains("    #.#.\n"))
    #expect(text.contains("in 2 of 4 sectors, held twice"))
    #expect(text.contains("    ........\n"))
  }

  @Test func theLogTellsWhatChanged() throws {
    let device = try DeviceFolder()
    try device.create("--faults 1")
    try device.good("device boot dev")
    try device.good("device install dev v2.img")
    try device.good("device run dev --app hang")
    try device.good("device boot dev")
    let report = try device.json("device log dev")
    let records = try #require(report["records"] as? [[String: Any]])
    // A record that repeats a state repeats its number.
    let numbers = records.compactMap { $0["sequence"] as? Int }
    #expect(numbers.count == records.count)
    #expect(numbers == numbers.sorted())
    #expect(Set(numbers) == Set(1...(numbers.last ?? 0)))
    let changes = records.compactMap { $0["changes"] as? [String] }.joined()
    #expect(changes.first == "both slots are empty")
    for change in [
      "slot-a writing -> staged, 1 faults and 8 starts allowed",
      "slot-a staged -> trial, attempt 1, 1 left",
      "slot-a trial -> rejected, its trial runs faulted too often",
    ] { #expect(changes.contains(change), "\(Array(changes))") }
    let last = try #require(records.last?["slotA"] as? [String: Any])
    #expect(last["state"] as? String == "rejected")
    #expect(last["cause"] as? String == "faults")
    let lines = try device.good("device log dev").split(separator: "\n")
    #expect(lines.count == records.count + 1)
  }
}
