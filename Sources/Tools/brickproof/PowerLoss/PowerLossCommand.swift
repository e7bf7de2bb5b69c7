import ArgumentParser

/// `brickproof powerloss`: power cuts, all of them.
struct PowerLossCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "powerloss",
    abstract: "Cut the power of an updater everywhere, any number of times, and see what breaks.",
    discussion: """
      After a cut the flash is all that is left. The search runs every distinct state once, tries at \
      each operation everything that a cut may leave, and goes on with what is new: when nothing is \
      new any more, any number of nested cuts is covered.

      Example:
        brickproof powerloss list
        brickproof powerloss run copy-updater --report report
        brickproof powerloss run copy-updater-marks-first
        brickproof powerloss replay copy-updater-marks-first.replay --trace
      """,
    subcommands: [
      PowerLossListCommand.self, PowerLossRunCommand.self, PowerLossReplayCommand.self,
    ])
}
