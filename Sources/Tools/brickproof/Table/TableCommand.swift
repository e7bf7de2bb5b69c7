import ArgumentParser

/// `brickproof table`: partition tables.
struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Check, show and convert partition tables.",
    discussion: """
      A table is ESP-IDF CSV, an ESP-IDF binary or an mtdparts= argument; its content tells which.

      The boot path knows its partitions by their type, or in mtdparts by their name:
        factory image  app,factory    factory
        slot A         app,ota_0      slot-a, ota_0, image-0
        slot B         app,ota_1      slot-b, ota_1, image-1
        metadata log   data,0x40      metadata, bootstate

      Example: brickproof table check partitions.csv --part W25Q128JV
      """,
    subcommands: [TableCheckCommand.self, TableShowCommand.self, TableConvertCommand.self])
}
