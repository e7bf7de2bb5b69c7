import ArgumentParser
import FlashEmulator
import NORFlash

struct FlashCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flash",
    abstract: "Flash parts that the emulator knows.",
    subcommands: [FlashPartsCommand.self])
}

struct FlashPartsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parts",
    abstract: "List the flash parts with their geometry, times and endurance.",
    discussion: """
      Times are typical / maximum. The evidence says where geometry, times and endurance of a part \
      come from: datasheet, sfdp, code-base, issue, or memory (not checked again; look it up \
      before relying on it).

      EXAMPLE:
        brickproof flash parts
        brickproof flash parts --json | jq '.parts[] | select(.eccUnit > 0) | .name'
      """)

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  func run() throws {
    if json {
      print(try FlashPartsReport(parts: FlashPart.catalogue).json())
    } else {
      print(FlashPartsTable(parts: FlashPart.catalogue).text)
    }
  }
}
