import FirmwareImage
import Foundation
import TestSupport
import Testing

/// The sample images, their list, their README and the command that made them.
@Suite struct SampleImagesTests {
  /// The command lies beside the test program, if it has been built.
  private static let commandFolder: String? = {
    let folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    guard let folder,
      FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("brickproof").path)
    else { return nil }
    return folder.path
  }()

  /// Runs a line of the catalogue in a folder.
  private func run(_ line: String, in folder: String) throws -> Tool.Answer {
    let script = #"cd "$1" && PATH="$2:$PATH" && "# + line
    return try Tool(path: "/bin/bash")
      .run(["-c", script, "bash", folder, #require(Self.commandFolder)])
  }

  private func expectVerdict(_ sample: Sample, _ check: Check, at path: String) throws {
    let verdict = try SampleVerdict(of: path, check)
    #expect(verdict.name == check.verdict, "\(check.cell)")
    if let refusal = verdict.refusal { #expect(refusal.description == check.says) }
    guard verdict.name == "good" else { return }
    #expect((verdict.signingKey != nil) == !check.keys.isEmpty)
    if check.says.hasPrefix("signature  good"), let index = verdict.signingKey {
      #expect(check.says.hasSuffix(" by \(check.keys[index])"))
    }
    let payload = try Array(Catalogue.text("payloads/firmware.bin").utf8)
    #expect(verdict.payload.starts(with: payload))
    #expect(verdict.payload.dropFirst(payload.count).allSatisfy { $0 == 0 })
  }

  @Test(arguments: try Catalogue.load().samples)
  private func getsTheVerdictOfTheCatalogue(_ sample: Sample) throws {
    let checks = sample.checks.filter(\.isByHash)
    try #require(!checks.isEmpty)
    for check in checks {
      let path = Catalogue.folder.appendingPathComponent(sample.file).path
      try expectVerdict(sample, check, at: path)
    }
  }

  @Test func theFolderHoldsWhatTheCatalogueLists() throws {
    let catalogue = try Catalogue.load()
    let listed =
      catalogue.samples.map(\.file) + (catalogue.keys + catalogue.payloads).flatMap(\.files)
      + ["README.md", "catalogue.json", "make", "keys", "payloads"]
    let found = try FileManager.default.subpathsOfDirectory(atPath: Catalogue.folder.path)
    #expect(Set(found) == Set(listed))
    #expect(listed.count == Set(listed).count, "a file is listed twice")
  }

  @Test func readmeAndScriptSayTheSameAsTheCatalogue() throws {
    let catalogue = try Catalogue.load()
    let rows = try Catalogue.text("README.md").split(separator: "\n").filter { $0.hasPrefix("| `") }
    #expect(rows.map(String.init) == catalogue.samples.map(\.row))
    let recipes =
      (catalogue.keys + catalogue.payloads).flatMap(\.recipe)
      + catalogue.samples.flatMap(\.recipe)
    let lines = try Catalogue.text("make").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.filter(Set(recipes).contains) == recipes)
  }

  @Test(.enabled(if: commandFolder != nil), arguments: try Catalogue.load().samples)
  private func theCommandSaysWhatTheCatalogueSays(_ sample: Sample) throws {
    for check in sample.checks {
      let answer = try run(check.command, in: Catalogue.folder.path)
      #expect(answer.status == check.status)
      let lines = answer.output.split(separator: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      #expect(
        lines.contains(check.status == 0 ? check.says : "error: \(sample.file): \(check.says)"))
    }
  }

  /// Signatures of Ed25519 do not change from one run to the next; of what is random, the verdict
  /// must stay the same.
  @Test(.enabled(if: commandFolder != nil))
  func theRecipesMakeTheImages() throws {
    let folder = try TemporaryFolder()
    let copy = folder.file("Images")
    try FileManager.default.copyItem(atPath: Catalogue.folder.path, toPath: copy)
    for sample in try Catalogue.load().samples {
      let path = "\(copy)/\(sample.file)"
      let original = try folder.read("Images/\(sample.file)")
      try FileManager.default.removeItem(atPath: path)
      for line in sample.recipe {
        let answer = try run(line, in: copy)
        #expect(answer.status == 0, "\(line): \(answer.output)")
      }
      if sample.deterministic {
        #expect(try folder.read("Images/\(sample.file)") == original, "\(sample.file)")
      } else {
        for check in sample.checks where check.isByHash {
          try expectVerdict(sample, check, at: path)
        }
      }
    }
  }
}
