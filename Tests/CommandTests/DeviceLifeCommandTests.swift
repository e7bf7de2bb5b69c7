import Foundation
import Testing

/// A device's life through the command line.
@Suite struct DeviceLifeCommandTests {
  @Test func updateTrialConfirmRollbackDamageAndRecovery() throws {
    let device = try DeviceFolder()
    try device.create("--faults 2 --starts 5")
    #expect(try device.boot() == Decision("factory", "factory-initial"))

    let installed = try device.json("device install dev v2.img")
    #expect(installed["outcome"] as? String == "staged")
    #expect(installed["slot"] as? String == "slot-a")
    #expect(installed["storedForm"] as? String == "plain")
    #expect(installed["resumedAt"] == nil)
    let time = try #require(installed["flashTime"] as? [String: Int])
    #expect(try #require(time["typical"]) > 0)
    #expect(try #require(time["maximum"]) > #require(time["typical"]))

    let trial = try device.run("silent", "--reset-cause software-planned")
    #expect(trial == Decision("slot-a", "trial", attempt: 1, left: 2))
    let confirmed = try device.json("device confirm dev")
    #expect(confirmed["outcome"] as? String == "confirmed")
    #expect(confirmed["securityFloor"] as? Int == 2)
    #expect(try device.json("device confirm dev")["outcome"] as? String == "unchanged")

    try device.good("device install dev v3.img")
    #expect(try device.run("hang") == Decision("slot-b", "trial", attempt: 1, left: 2))
    // The reset that the watchdog made is due; a crash is a fault as well.
    #expect(try device.run("crash") == Decision("slot-b", "trial", attempt: 2, left: 1))
    #expect(try device.run("healthy") == Decision("slot-a", "rollback"))

    try device.good("device corrupt dev --partition slot-a --offset 0x800")
    let text = try device.good("device boot dev")
    #expect(
      text.hasPrefix("power-on -> factory 1.0.0+0: no update slot can run\n  passed over: slot-a"))
    #expect(text.contains("slot-a (refused: the content does not match the hash"))
    #expect(text.contains("slot-b (rejected: its trial runs faulted too often)"))

    try device.good("device corrupt dev --partition factory --offset 0x800 --bytes 00ff")
    let recovery = try device.json("device boot dev", status: 1)
    #expect(recovery["outcome"] as? String == "recovery")
    #expect(recovery["slot"] is NSNull)
    #expect(Decision(recovery) == Decision(nil, "nothing-bootable"))
    let error = try device.refused("device install dev v3.img")
    #expect(error == "error: dev: no image runs on the device; boot it first")
  }

  @Test func anInterruptedUpdateResumes() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device boot dev")
    let error = try device.refused("device install dev v2.img --cut-power-at 70")
    #expect(error.contains("the power failed"))
    #expect(try device.refused("device confirm dev").contains("boot it first"))
    #expect(try device.boot() == Decision("factory", "factory-initial"))
    let resumed = try device.json("device install dev v2.img")
    #expect(try #require(resumed["resumedAt"] as? Int) > 0)
    #expect(try device.boot().reason == "trial")
  }

  @Test func rejectOneShotAndRevoke() throws {
    let device = try DeviceFolder()
    try device.create("--key other.pub")
    try device.good("device boot dev")
    try device.good("device install dev v2.img")
    try device.good("device run dev --app healthy")
    try device.good("device one-shot dev factory")
    #expect(
      try device.boot("--reset-cause software-planned") == Decision("factory", "one-shot"))
    #expect(try device.boot() == Decision("slot-a", "confirmed"))

    try device.good("device install dev v3.img")
    #expect(try device.boot().reason == "trial")
    #expect(try device.json("device reject dev")["outcome"] as? String == "rejected")
    #expect(try device.boot() == Decision("slot-a", "confirmed"))

    try device.image("other", "--key other.pem --version 4.0.0 --security-counter 2")
    try device.good("device revoke dev --key-index 1")
    #expect(
      try device.refused("device install dev other.img").contains("signed by revoked key 1"))
    #expect(try device.refused("device revoke dev --key-index 0").contains("every trusted key"))
    #expect(try device.refused("device revoke dev --key-index 7", status: 64).contains("key 7"))
    #expect(try device.json("device status dev")["revokedKeys"] as? [Int] == [1])
  }

  @Test func anApplicationInstallsAndRejectsItself() throws {
    let device = try DeviceFolder()
    try device.create()
    let life = try device.json("device run dev --app install --image v2.img")
    #expect(life["event"] as? String == "installed")
    #expect(life["resetCause"] as? String == "software-planned")
    let next = try device.json("device run dev --app reject")
    #expect(next["event"] as? String == "rejected")
    let after = try device.json("device boot dev")
    #expect(Decision(after) == Decision("factory", "factory-fallback"))
    let candidates = try #require(after["candidates"] as? [[String: Any]])
    #expect(candidates.first?["rejection"] as? String == "application")
  }

  @Test func decryptsAtBootIntoMemory() throws {
    let device = try DeviceFolder()
    try device.create("--decrypt boot --memory 0x20010000:64K")
    try device.good("device boot dev")
    #expect(try device.json("device install dev v2.img")["storedForm"] as? String == "ciphertext")
    let report = try device.json("device boot dev")
    #expect(report["slot"] as? String == "slot-a")
    #expect(report["entryKind"] as? String == "memory")
    #expect(report["entry"] as? Int == 0x2001_0020)
    let status = try device.good("device status dev")
    #expect(status.contains("encrypted in flash, verifies"))
  }

  @Test func statusFindsOutHowAnImageIsStoredWhenNoLogSaysSo() throws {
    let device = try DeviceFolder()
    try device.create("--decrypt boot")
    try device.good("device boot dev")
    try device.good("device install dev v2.img")
    try device.good("device run dev --app healthy")
    func slotA() throws -> [String: Any] {
      let status = try device.json("device status dev")
      return try #require((status["slots"] as? [[String: Any]])?.first)
    }
    #expect(try slotA()["verifies"] as? Bool == true)
    for sector in 0..<3 {
      try device.good(
        "device corrupt dev --partition log --offset \(sector * 4)K --bytes "
          + String(repeating: "00", count: 256))
    }
    let log = try device.json("device log dev")
    #expect(log["condition"] as? String == "lost")
    #expect(try slotA()["refusal"] as? String == nil)
    #expect(try slotA()["verifies"] as? Bool == true)
    #expect(try slotA()["storedForm"] as? String == "ciphertext")
    // The record that factory begins anew knows nothing of the slots.
    #expect(try device.boot().slot == "factory")
    try device.good("device one-shot dev factory")
    #expect(try device.json("device log dev")["condition"] as? String == "sound")
    #expect(try slotA()["verifies"] as? Bool == true)
    #expect(try slotA()["storedForm"] as? String == "ciphertext")
  }

  @Test func anUpdateWaitsWhileARunGoesOn() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device run dev --app silent")
    try device.good("device install dev v2.img")
    let report = try device.json("device boot dev --reset-cause deep-sleep-wake")
    #expect(Decision(report) == Decision("factory", "resumed"))
    let candidates = try #require(report["candidates"] as? [[String: Any]])
    #expect(candidates.first?["passedOver"] as? String == "an update that waits for its turn")
  }

  @Test func anUpdateIsAbandoned() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device boot dev")
    #expect(try device.refused("device abandon dev slot-a").contains("slot-a"))
    // One that waits.
    try device.good("device install dev v2.img")
    let report = try device.json("device abandon dev slot-a")
    #expect(report["outcome"] as? String == "abandoned")
    #expect(report["slot"] as? String == "slot-a")
    #expect(try device.boot() == Decision("factory", "factory-fallback"))
    // One on trial.
    try device.good("device install dev v2.img")
    #expect(try device.run("silent").slot == "slot-a")
    try device.good("device abandon dev slot-a")
    #expect(try device.refused("device confirm dev").contains("boot it first"))
    #expect(try device.boot() == Decision("factory", "factory-fallback"))
    try device.good("device install dev v2.img")
    #expect(try device.run("healthy").slot == "slot-a")
    #expect(try device.folder.run("device abandon dev factory").status == 64)
  }

  @Test(arguments: [
    // Write-once with ECC, erased to zeros, rewritten twice at most.
    ("STM32L476", "2K"), ("STM32L072", "128"), ("nRF52840", "4K"),
  ])
  func partsOfOtherKinds(_ part: String, _ block: String) throws {
    let device = try DeviceFolder()
    let table = """
      factory, app,  factory, 0x0,     48K, readonly
      ota_0,   app,  ota_0,   0xc000,  48K,
      ota_1,   app,  ota_1,   0x18000, 48K,
      log,     data, 0x40,    0x24000, 16K,
      """
    try device.folder.write(Data(table.utf8), "table.csv")
    try device.create(part: part)
    #expect(try device.boot().reason == "factory-initial")
    try device.good("device install dev v2.img")
    #expect(try device.run("healthy").reason == "trial")
    try device.good("device install dev v3.img")
    for _ in 0..<3 { #expect(try device.run("hang").reason == "trial") }
    #expect(try device.boot() == Decision("slot-a", "rollback"))
    let log = try device.json("device log dev")
    #expect(log["condition"] as? String == "sound")
  }
}
