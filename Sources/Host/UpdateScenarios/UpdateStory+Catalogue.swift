internal import BootState
internal import Bootloader
internal import DeviceModel
internal import FlashEmulator
internal import NORFlash

extension UpdateScenarios {
  static let stories: [UpdateStory] = [
    story("update", "version 3 is installed, tried and replaced by version 4", from: 3, to: [4]),
    story(
      "update-raising-counter", "an update with a higher security counter is confirmed", from: 2,
      to: [3]),
    failing("update-that-hangs", "an update hangs on trial; the watchdog ends it", .hangs),
    failing("update-that-crashes", "an update crashes on trial", .crashes),
    failing("update-that-rejects-itself", "an update finds itself unfit", .rejectsItself),
    failing(
      "update-never-confirmed", "an update never confirms itself and is reverted", .staysSilent),
    damaged,
    story("first-update", "factory installs the first image", from: 1, to: [2]),
    story("two-updates", "two updates in a row", from: 2, to: [3, 4]),
    decayed, encrypted, fallback, logLost,
  ]

  private static func story(
    _ name: String, _ summary: String, from installed: Int, to versions: [Int]
  ) -> UpdateStory {
    let old = installed == 1 ? "factory" : "version \(installed)"
    let new = versions.map { "version \($0)" }
    return UpdateStory(
      name: name, summary: summary, installed: installed,
      updates: versions.map {
        UpdateStory.Update(version: $0, image: ScenarioImages.version($0))
      }, allowedOutcomes: Set([old] + new), undisturbed: new[new.count - 1])
  }

  private static func failing(
    _ name: String, _ summary: String, _ trial: UpdateStory.Trial
  ) -> UpdateStory {
    UpdateStory(
      name: name, summary: summary, installed: 3,
      updates: [
        UpdateStory.Update(version: 4, image: ScenarioImages.version(4), trial: trial)
      ], allowedOutcomes: ["version 3"], undisturbed: "version 3")
  }

  private static let damaged = UpdateStory(
    name: "update-that-fails-verification",
    summary: "the payload of an update is not what was signed",
    installed: 3,
    updates: [
      UpdateStory.Update(version: 4, image: ScenarioImages.version(4), isDamaged: true)
    ], allowedOutcomes: ["version 3"], undisturbed: "version 3")

  private static let decayed: UpdateStory = {
    var story = UpdateScenarios.story(
      "update-over-decayed-slot", "the other slot has decayed before an update", from: 3, to: [4])
    story.decay = { device in
      let slots = [device.configuration.layout.slotA, device.configuration.layout.slotB]
      let running = device.running?.slot
      let other = slots[running == .slotA ? 1 : 0]
      device.flash.corrupt(at: other.start + 40, bytes: [0x00, 0x5A, 0x00, 0xFF])
    }
    return story
  }()

  private static let encrypted: UpdateStory = {
    var story = UpdateScenarios.story(
      "encrypted-at-rest", "an update stays encrypted in its slot and is decrypted at boot",
      from: 2,
      to: [3])
    story.updates[0].image = ScenarioImages.encryptedVersion3
    story.decryption = .atBoot
    return story
  }()

  private static let fallback: UpdateStory = {
    var story = UpdateScenarios.story(
      "fallback-to-factory", "the only image decays; factory installs the next one", from: 3,
      to: [4])
    story.decay = { device in
      guard let slot = device.running?.slot,
        let range = device.configuration.layout.range(of: slot)
      else { return }
      device.flash.corrupt(at: range.start + 60, bytes: [0x00, 0x5A, 0x00, 0xFF])
    }
    story.allowedOutcomes = ["factory", "version 4"]
    return story
  }()

  private static let logLost: UpdateStory = {
    var story = UpdateScenarios.story(
      "log-lost", "the metadata log is lost before an update", from: 3, to: [4])
    story.decay = { device in
      let metadata = device.configuration.layout.metadata
      device.flash.corrupt(
        at: metadata.start, bytes: [UInt8](repeating: 0x5A, count: Int(metadata.count)))
    }
    story.allowedOutcomes = ["version 3", "version 4", "factory"]
    return story
  }()
}
