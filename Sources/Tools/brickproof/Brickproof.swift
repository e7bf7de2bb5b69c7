import ArgumentParser

@main
struct Brickproof: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "brickproof",
    abstract: "Images, partition tables, emulated devices and power cuts for firmware updates.",
    subcommands: [
      KeyCommand.self,
      ImageCommand.self,
      TableCommand.self,
      FlashCommand.self,
      DeviceCommand.self,
      PowerLossCommand.self,
      DemoCommand.self,
    ])
}
