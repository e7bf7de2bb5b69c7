import ArgumentParser
import DeviceModel

/// `brickproof device status`: what is on a device.
struct DeviceStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show what is on the device, with a map of its flash.",
    discussion: """
      Every image is verified. Nothing is changed, and nothing is booted.

      Example: brickproof device status dev.bin
      """)

  @OptionGroup var device: DeviceFile

  @Flag(help: "Print the facts as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      var emulated = try device.load()
      let map = FlashMap(
        emulated.flash, table: emulated.description.table, width: FlashMap.width)
      let status = DeviceStatus(&emulated, map: map)
      if json { return try JSONOutput.print(status) }
      for line in status.lines(color: Terminal.hasColor) { print(line) }
      print()
      for line in map.lines(color: Terminal.hasColor) { print(line) }
    }
  }
}

extension FlashMap {
  /// The number of cells for which a line of standard output has room.
  static var width: Int { min(128, max(16, Terminal.columns - 6)) }
}
