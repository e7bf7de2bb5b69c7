import ArgumentParser

/// `brickproof image`: MCUboot images.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image",
    abstract: "Make, verify, show, unpack and time firmware images.",
    discussion: """
      Images are MCUboot images: imgtool reads ours, and we read imgtool's.

      Example: brickproof image create app.bin app.img --version 1.2.3 --key signing.pem
      """,
    subcommands: [
      ImageCreateCommand.self, ImageVerifyCommand.self, ImageShowCommand.self,
      ImageExtractCommand.self, ImageCostCommand.self,
    ])
}
