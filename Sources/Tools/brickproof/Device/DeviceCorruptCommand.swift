import ArgumentParser
import DeviceModel
import FlashEmulator
import FlashPartitions
import NORFlash
import TableFormats

/// `brickproof device corrupt`: bytes that change by themselves.
struct DeviceCorruptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corrupt",
    abstract: "Change bytes of the flash, as decay or an attacker would.",
    discussion: """
      The rules of NOR flash do not apply, and nothing is told to the device.

      Example: brickproof device corrupt dev.bin --partition slot-a --offset 0x200 --bytes dead
      """)

  @OptionGroup var device: DeviceFile

  @Option(help: "slot-a, slot-b, factory or metadata, or the name of a partition.")
  var partition: String

  @Option(help: "The offset in the partition.")
  var offset: ByteAddress

  @Option(help: "The new bytes as hexadecimal digits, instead of the inverted byte.")
  var bytes: String?

  func run() throws {
    try reportingFailures {
      var emulated = try device.load()
      let table = emulated.description.table
      guard let found = table.partition(called: partition) else {
        let names = table.indices.map { "\(table[$0].label)" }.joined(separator: ", ")
        throw CommandFailure.usage(
          "\(device.dump): there is no partition '\(partition)'; there are \(names)")
      }
      var new: [UInt8] = [0]
      if let bytes {
        guard let parsed = Hexadecimal.bytes(bytes), !parsed.isEmpty else {
          throw CommandFailure.usage("'\(bytes)' is no hexadecimal text; write two digits a byte")
        }
        new = parsed
      }
      guard UInt64(offset.value) + UInt64(new.count) <= UInt64(found.range.count) else {
        throw CommandFailure.usage(
          "\(partition): \(new.count) bytes at offset \(offset.value) do not lie inside its "
            + "\(found.range.count) bytes")
      }
      let range = FlashRange(start: found.range.start + offset.value, count: UInt32(new.count))
      let old = emulated.flash.bytes(in: range)
      if bytes == nil { new = [~old[0]] }
      emulated.flash.corrupt(at: range.start, bytes: new)
      try device.save(emulated)
      print(
        "\(found.label) + \(Hexadecimal.number(offset.value)): "
          + "\(Hexadecimal.text(of: old)) -> \(Hexadecimal.text(of: new))")
    }
  }
}

extension PartitionTable {
  /// The partition with the role `slot-a`, `slot-b`, `factory` or `metadata`, or else with the name.
  func partition(called name: String) -> Partition? {
    if let role = PartitionRole.allCases.first(where: { $0.name == name }),
      let partition = partition(for: role)
    {
      return partition
    }
    return indices.lazy.map { self[$0] }.first { "\($0.label)" == name }
  }
}
