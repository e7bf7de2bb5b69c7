import ArgumentParser
import DeviceModel
import FlashEmulator

/// `brickproof demo`: the life of a device, through the real library.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Watch a device live: updates, a rollback, power cuts, damage, attacks.",
    discussion: """
      Makes keys, signs and encrypts images, and drives an emulated device with the real boot \
      loader and installer through its life. Each boot decision is printed as the boot loader \
      explains it. If a step does not do what the story says, the exit status is 70.

      One firmware file serves for all versions; of two, the first leaves the factory and the \
      second is the update. Without one a generated payload stands in. Nothing stays on disk \
      without --keep.

      Example: brickproof demo --firmware fw_jump.bin --firmware fw_payload.bin --keep demo
      """)

  @Option(help: "A firmware file; repeatable once.")
  var firmware: [String] = []

  @Option(
    help: ArgumentHelp(
      "Keep keys, images, table and device in this folder, which must be new or empty.",
      valueName: "folder"))
  var keep: String?

  func validate() throws {
    guard firmware.count <= 2 else { throw ValidationError("give at most two --firmware files") }
  }

  func run() throws {
    try reportingFailures {
      let payloads = try DemoPayloads(files: firmware)
      let folder = try keep.map { (path) throws(CommandFailure) in try DemoFolder(creating: path) }
      let keys = try DemoKeys(keepingIn: folder)
      let images = try DemoImages(payloads, keys)
      for line in payloads.notes { print(line) }
      var story = try DemoStory(keys: keys, images: images)
      try story.play()
      print()
      print("The flash after that life")
      let map = FlashMap(
        story.device.flash, table: story.device.description.table, width: FlashMap.width)
      for line in map.lines(color: Terminal.hasColor) { print(line) }
      print()
      for line in story.summary { print(line) }
      guard let folder else {
        print("Nothing was left on disk; --keep FOLDER keeps keys, images and the device.")
        return
      }
      try folder.keep(keys, images, story.device)
      for line in folder.hints { print(line) }
    }
  }
}
