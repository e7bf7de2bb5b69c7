import ArgumentParser
import BootState
import DeviceModel
import FirmwareImage

/// `brickproof device log`: the history in the metadata log.
struct DeviceLogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Show every record of the metadata log, oldest first.",
    discussion: """
      Each record is a full snapshot of the boot state; what it changed against the one before is \
      said in words. A log of four sectors or more is held twice: the records of its first half \
      come first. Nothing is changed on the device.

      Example: brickproof device log dev.bin
      """)

  @OptionGroup var device: DeviceFile

  @Flag(help: "Print the records as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      var emulated = try device.load()
      let report: DeviceLogReport
      do throws(DeviceError) {
        report = DeviceLogReport(try emulated.inspectLog())
      } catch {
        throw device.failure(error)
      }
      if json { try JSONOutput.print(report) } else { report.lines.forEach { print($0) } }
    }
  }
}

/// The records of a metadata log, as JSON and as text.
struct DeviceLogReport: Encodable {
  struct Slot: Encodable {
    var state: String
    var cause: String
    var started: UInt8
    var excused: UInt8
    var faulted: UInt8
    var faultLimit: UInt8
    var startLimit: UInt8
    var progressSixteenths: UInt8
    var storedForm: String
    var imageTag: String

    init(_ record: SlotRecord) {
      state = "\(record.state.name)"
      cause = "\(record.cause.name)"
      started = record.started
      excused = record.excused
      faulted = record.faulted
      faultLimit = record.faultLimit
      startLimit = record.startLimit
      progressSixteenths = record.progress
      storedForm = record.storedForm == .plain ? "plain" : "ciphertext"
      imageTag = Hexadecimal.text(
        of: (0..<8).map { UInt8(truncatingIfNeeded: record.imageTag >> UInt64($0 * 8)) })
    }
  }

  struct Record: Encodable {
    var half: UInt32
    var sector: UInt32
    var position: UInt32
    var sequence: UInt32
    var generation: UInt32
    var settled: Bool
    var slotA: Slot
    var slotB: Slot
    var newestConfirmed: String?
    var oneShot: String?
    var revokedKeys: UInt32
    var changes: [String]
  }

  var formatVersion = 1
  var condition: String
  var records: [Record] = []

  init(_ found: MetadataLogInspection) {
    condition = "\(found.health.condition.name)"
    var previous: MetadataLogEntry?
    for entry in found.entries {
      if let last = previous, last.half != entry.half { previous = nil }
      var changes = entry.record.changes(since: previous?.record)
      if changes.isEmpty {
        changes = [
          entry.sector == previous?.sector
            ? "the same again, to make it certain" : "the same, copied to another sector"
        ]
      }
      records.append(
        Record(
          half: entry.half, sector: entry.sector, position: entry.position,
          sequence: entry.sequence,
          generation: entry.generation, settled: entry.isSettled,
          slotA: Slot(entry.record.slotA), slotB: Slot(entry.record.slotB),
          newestConfirmed: entry.record.newestConfirmed.map { "\(BootSlot($0).name)" },
          oneShot: entry.record.oneShot.map { "\($0.name)" },
          revokedKeys: entry.record.revokedKeys, changes: changes))
      previous = entry
    }
  }

  /// One line a record.
  var lines: [String] {
    guard !records.isEmpty else { return ["no record; the log is \(condition)"] }
    return ["sector position sequence"]
      + records.map { record in
        "\(record.sector)".leftPadded(to: 6) + "\(record.position)".leftPadded(to: 9)
          + "\(record.sequence)".leftPadded(to: 9) + "  "
          + record.changes.joined(separator: "; ") + (record.settled ? "" : " (not settled)")
      }
  }
}
