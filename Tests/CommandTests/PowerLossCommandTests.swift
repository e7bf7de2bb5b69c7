import Foundation
import Testing

/// `brickproof powerloss` as a user runs it.
@Suite struct PowerLossCommandTests {
  private let defect = "copy-updater-marks-first"

  private func object(_ text: String) throws -> [String: Any] {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["formatVersion"] as? Int == 1)
    return object
  }

  /// Runs a command that must be refused with one line of error; returns that line.
  private func refused(_ line: String, in folder: borrowing CommandFolder) throws -> String {
    let answer = try folder.run("powerloss " + line)
    #expect(answer.status == 64, "\(line): \(answer.output)\(answer.errors)")
    #expect(answer.output == "")
    let lines = answer.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(line): \(answer.errors)")
    #expect(answer.errors.hasPrefix("error: "))
    return answer.errors
  }

  @Test func listsScenariosAndPresets() throws {
    let folder = try CommandFolder()
    let text = try folder.run("powerloss list")
    #expect(text.status == 0)
    #expect(text.errors == "")
    #expect(text.output.contains("a defect on purpose"))
    let list = try object(try folder.run("powerloss list --json").output)
    let scenarios = try #require(list["scenarios"] as? [[String: Any]])
    for name in ["copy-updater", defect, "update"] {
      let entry = try #require(scenarios.first { $0["name"] as? String == name })
      #expect((entry["summary"] as? String)?.isEmpty == false)
      #expect((entry["part"] as? String)?.isEmpty == false)
      #expect(text.output.contains(name))
    }
    let presets = try #require(list["presets"] as? [[String: Any]])
    #expect(presets.contains { $0["name"] as? String == "vendor-worst" })
  }

  @Test func aClosedSearchEndsWith0() throws {
    let folder = try CommandFolder()
    let answer = try folder.run("powerloss run copy-updater")
    #expect(answer.status == 0)
    #expect(answer.errors == "", "no progress where there is no terminal")
    #expect(answer.output.contains(": CLOSED"))
    #expect(answer.output.contains("whatever the number of power cuts"))
    #expect(try folder.names() == [])
  }

  @Test(arguments: [
    "copy-updater --preset ecc-mcu --part STM32G0B1", "copy-updater --part STM32L072",
    "copy-updater --preset prefix --part nRF52840",
  ])
  func theExampleClosesOnOtherParts(_ line: String) throws {
    let answer = try CommandFolder().run("powerloss run \(line) --json")
    #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
    #expect(try object(answer.output)["verdict"] as? String == "closed")
  }

  @Test func aSearchIsOneObject() throws {
    let answer = try CommandFolder().run(
      "powerloss run copy-updater --strategy nested:2 --seed 5 --jobs 1 --json")
    #expect(answer.status == 0)
    let result = try object(answer.output)
    #expect(result["scenario"] as? String == "copy-updater")
    #expect(result["part"] as? String == "AT25XE041B")
    #expect(result["preset"] as? String == "nor-realistic")
    #expect(result["strategy"] as? String == "nested:2")
    #expect(result["verdict"] as? String == "closed")
    #expect(result["deepestNesting"] as? Int == 2)
    #expect(result["seed"] as? Int == 5)
    #expect(result["openImages"] as? Int == 0)
    for name in [
      "images", "boots", "crashPoints", "crashPointsFromMemo", "longestRecovery", "peakMemory",
    ] {
      #expect((result[name] as? Int ?? 0) > 0, "\(name)")
    }
    #expect(result["imagesAlike"] is Int)
    #expect((result["cpuSeconds"] as? Double ?? 0) > 0)
    #expect(result["canonicalForm"] is NSNull)
    #expect(result["invariant"] == nil)
    #expect(result["replay"] == nil)
    let coverage = try #require(result["coverage"] as? [[String: Any]])
    #expect(coverage.map { $0["partition"] as? String } == ["image", "image", "marks", "marks"])
  }

  @Test func aDeclarationOfWhatIsEqualIsPrinted() throws {
    let answer = try CommandFolder().run("powerloss run update --strategy single --json")
    #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
    let form = try object(answer.output)["canonicalForm"] as? String
    #expect(form?.contains("metadata log") == true)
  }

  @Test func aViolationEndsWith1AndAReplayFile() throws {
    let folder = try CommandFolder()
    let answer = try folder.run("powerloss run \(defect) --jobs 1 --json")
    #expect(answer.status == 1)
    #expect(answer.errors == "")
    let result = try object(answer.output)
    #expect(result["verdict"] as? String == "violated")
    #expect(result["invariant"] as? String == "old or new")
    #expect((result["detail"] as? String)?.contains("mixed") == true)
    let cuts = try #require(result["cuts"] as? [[String: Any]])
    let cut = try #require(cuts.first)
    #expect(cuts.count == 1)
    // The mark of the first block is the second operation.
    #expect(cut["powerOn"] as? Int == 1)
    #expect(cut["operation"] as? Int == 1)
    #expect(cut["kind"] as? String == "program")
    #expect(cut["address"] as? Int == 0x4000)
    #expect(cut["count"] as? Int == 16)
    #expect(cut["child"] as? String == "after")
    #expect(result["replay"] as? String == "\(defect).replay")
    #expect(try folder.names() == ["\(defect).replay"])

    let text = try folder.run("powerloss run \(defect)")
    #expect(text.status == 1)
    #expect(text.output.contains(": VIOLATED"))
    #expect(text.output.contains("brickproof powerloss replay \(defect).replay --trace"))
  }

  @Test func aReplayReproduces() throws {
    let folder = try CommandFolder()
    #expect(try folder.run("powerloss run \(defect) --jobs 1 --strategy single").status == 1)
    let short = try folder.run("powerloss replay \(defect).replay")
    #expect(short.status == 1)
    #expect(short.errors == "")
    #expect(short.output.contains(": reproduces: old or new: "))
    #expect(short.output.split(separator: "\n").count == 1)

    let trace = try folder.run("powerloss replay \(defect).replay --trace").output
    #expect(trace.contains("power-on 1\n"))
    #expect(
      trace.contains(
        "1.1 program 0x00004000+16 marks (copy updater)  <-- power cut: after\n"))
    #expect(trace.contains("power-on 2\n"))

    let answer = try folder.run("powerloss replay \(defect).replay --trace --json")
    #expect(answer.status == 1)
    let result = try object(answer.output)
    #expect(result["reproduces"] as? Bool == true)
    let operations = try #require(result["operations"] as? [[String: Any]])
    let cut = try #require(operations.first { $0["child"] != nil })
    #expect(cut["partition"] as? String == "marks")
    #expect(cut["activity"] as? String == "copy updater")
  }

  @Test func aReplayThatNoLongerViolatesEndsWith0() throws {
    let folder = try CommandFolder()
    #expect(try folder.run("powerloss run \(defect) --jobs 1").status == 1)
    var text = String(decoding: try folder.read("\(defect).replay"), as: UTF8.self)
    // The cut comes before the mark is written, which does no harm.
    #expect(text.contains(" after\n"))
    text = text.replacing(" after\n", with: " before\n")
    try folder.write(Data(text.utf8), "changed.replay")
    let answer = try folder.run("powerloss replay changed.replay")
    #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
    #expect(answer.output.contains("does not reproduce"))
  }

  @Test func aReplayThatDoesNotFitIsRefused() throws {
    let folder = try CommandFolder()
    #expect(try folder.run("powerloss run \(defect) --jobs 1").status == 1)
    let text = String(decoding: try folder.read("\(defect).replay"), as: UTF8.self)
    func refusal(_ old: String, _ new: String) throws -> String {
      #expect(text.contains(old))
      try folder.write(Data(text.replacing(old, with: new).utf8), "other.replay")
      let line = try refused("replay other.replay", in: folder)
      #expect(line.contains("other.replay: "))
      return line
    }
    let start = try #require(text.split(separator: "\n").first { $0.hasPrefix("start ") })
    let zeros = "start " + String(repeating: "0", count: 32)
    #expect(try refusal(String(start), zeros).contains("the start image has digest"))
    #expect(try refusal("AT25XE041B 524288", "W25Q16JV 524288").contains("choose part"))
    #expect(try refusal("AT25XE041B 524288", "AT25XE041 524288").contains("did you mean"))
    #expect(try refusal("preset nor-realistic", "preset mild").contains("vendor-worst"))
    #expect(try refusal("scenario \(defect)", "scenario mine").contains("unknown scenario 'mine'"))
    // The mended twin does something else in that place.
    #expect(try refusal("scenario \(defect)", "scenario copy-updater").contains("step 1"))
    #expect(try refusal("replay 1\n", "replay 2\n").contains("line 1"))
    #expect(try refused("replay missing.replay", in: folder).contains("no such file"))
  }

  @Test func unknownNamesAreAnsweredWithTheKnownOnes() throws {
    let folder = try CommandFolder()
    #expect(try refused("run mine", in: folder).contains("known: copy-updater, "))
    #expect(
      try refused("run copy-updater --preset mild", in: folder).contains("known: atomic, prefix"))
    for strategy in ["all", "nested", "nested:0", "random:x"] {
      #expect(
        try refused("run copy-updater --strategy \(strategy)", in: folder)
          .contains("known: closure, single, nested:K"))
    }
    #expect(
      try refused("run copy-updater --part AT25XE041", in: folder).contains("AT25XE041B"))
    #expect(try refused("run update --part nor-2k", in: folder).contains("nor-1k, ecc-1k"))
    #expect(try folder.names() == [])
  }
}
