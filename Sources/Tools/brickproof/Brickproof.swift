import ArgumentParser

@main
struct Brickproof: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "brickproof",
    abstract: "Images, partition tables and emulated devices for firmware updates.",
    subcommands: [
      KeyCommand.self,
      ImageCommand.self,
      TableCommand.self,
      FlashCommand.self,
      DeviceCommand.self,
      DemoCommand.self,
    ])
}
