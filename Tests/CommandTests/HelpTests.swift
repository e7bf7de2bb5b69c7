import Foundation
import Testing

/// Every command explains itself, with an example.
@Suite struct HelpTests {
  private struct Dump: Decodable { var command: Command }

  private struct Command: Decodable {
    var commandName: String
    var superCommands: [String]?
    var abstract: String?
    var discussion: String?
    var subcommands: [Command]?

    /// The commands that do something, without those that only print help.
    var leaves: [Command] {
      guard commandName != "help" else { return [] }
      guard let subcommands, !subcommands.isEmpty else { return [self] }
      return subcommands.flatMap(\.leaves)
    }
  }

  @Test func everyCommandHasAnExample() throws {
    let folder = try CommandFolder()
    let answer = try folder.run("--experimental-dump-help")
    let dump = try JSONDecoder().decode(Dump.self, from: Data(answer.output.utf8))
    let leaves = dump.command.leaves
    #expect(leaves.count >= 25)
    for command in leaves {
      let path = ((command.superCommands ?? []) + [command.commandName]).joined(separator: " ")
      let discussion = try #require(command.discussion, "\(path) has no discussion")
      let example = try #require(
        discussion.range(of: "example:", options: .caseInsensitive), "\(path) has no example")
      #expect(discussion[example.upperBound...].contains(path), "\(path): another's example")
      #expect(command.abstract?.isEmpty == false, "\(path)")
    }
  }

  @Test(arguments: ["device create", "device boot", "demo", "powerloss run", "powerloss replay"])
  func helpPrintsIt(_ path: String) throws {
    let answer = try CommandFolder().run(path + " --help")
    #expect(answer.status == 0)
    #expect(answer.errors == "")
    #expect(answer.output.contains("brickproof \(path) "))
    #expect(answer.output.contains("USAGE:"))
  }

  @Test(arguments: ["", "device", "device fly", "device boot", "device run dev --app dance"])
  func wrongUsageEndsWith64(_ line: String) throws {
    let answer = try CommandFolder().run(line)
    // A group without a subcommand prints its help, which is no error.
    #expect(answer.status == (line.isEmpty || line == "device" ? 0 : 64))
    #expect(!(answer.output + answer.errors).isEmpty)
  }
}
