import ArgumentParser

/// `brickproof device`: emulated devices.
struct DeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device",
    abstract: "Make an emulated device, update it, boot it, break it.",
    discussion: """
      A device is two files: DUMP, the raw bytes of its flash, and DUMP.json, which only its owner \
      can read: part, table, keys, rules, security floor, and what runs. Every command uses the \
      real boot loader, installer and boot state.

      Exit status 1 means that the device refuses, or that nothing on it can boot.

      Example:
        brickproof device create dev.bin --part W25Q128JV --table partitions.csv \\
          --key pub.pem --factory factory.img
        brickproof device boot dev.bin
        brickproof device install dev.bin update.img
        brickproof device run dev.bin --reset-cause software-planned --app healthy
        brickproof device status dev.bin
      """,
    subcommands: [
      DeviceCreateCommand.self, DeviceInstallCommand.self, DeviceBootCommand.self,
      DeviceRunCommand.self, DeviceConfirmCommand.self, DeviceRejectCommand.self,
      DeviceAbandonCommand.self, DeviceOneShotCommand.self, DeviceRevokeCommand.self,
      DeviceStatusCommand.self, DeviceLogCommand.self, DeviceCorruptCommand.self,
    ])
}
