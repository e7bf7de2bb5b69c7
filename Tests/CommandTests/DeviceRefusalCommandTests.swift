import Foundation
import Testing

/// Refusals: one line that says what, where and what to do, and the right exit status.
@Suite struct DeviceRefusalCommandTests {
  @Test func creationRefusesWhatCouldNotWork() throws {
    let device = try DeviceFolder()
    try device.create()
    let attributes = try FileManager.default.attributesOfItem(
      atPath: device.folder.path + "/dev.json")
    #expect((attributes[.posixPermissions] as? Int) == 0o600)
    let create = "device create dev2 --part AT25XE041B --table table.csv --key key.pub"
    #expect(
      try device.refused(
        create.replacing("dev2", with: "dev") + " --factory v1.img", status: 64)
        == "error: dev: exists already; name another file, or replace it with --force")
    try device.good(create.replacing("dev2", with: "dev") + " --factory v1.img --force")

    let cases: [(String, Int32, String)] = [
      (create + " --factory none.img", 64, "none.img: cannot be opened: No such file"),
      (
        create.replacing("key.pub", with: "other.pub") + " --factory v1.img", 1,
        "v1.img: the image is refused: signed by no trusted key"
      ),
      (
        create.replacing("AT25XE041B", with: "AT25XE041") + " --factory v1.img", 64,
        "did you mean AT25XE041B?"
      ),
      (
        create.replacing("AT25XE041B", with: "STM32F407") + " --factory v1.img", 1,
        "table.csv: line 2, "
      ),
      (create + " --factory v1.img --vendor-id example.com", 1, "without a vendor id"),
      (create + " --factory v1.img --class-id sensor", 64, "give a vendor id too"),
      (create + " --factory v2.img", 1, "and the device has no such key"),
      (create + " --factory v1.img --decryption-key table.csv", 64, "table.csv: is no key"),
    ]
    for (line, status, message) in cases {
      let error = try device.refused(line, status: status)
      #expect(error.contains(message), "\(line): \(error)")
    }
    #expect(!FileManager.default.fileExists(atPath: device.folder.path + "/dev2"))
    let usage = try device.folder.run(create + " --factory v1.img --faults 9 --starts 3")
    #expect(usage.status == 64)
    #expect(usage.errors.contains("--starts 3 must not be below --faults 9"))

    try device.folder.write(
      Data(DeviceFolder.table.split(separator: "\n").dropLast().joined(separator: "\n").utf8),
      "table.csv")
    #expect(
      try device.refused(create + " --factory v1.img").contains("no partition is the metadata log"))
  }

  @Test func theInstallerRefusesBadImages() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device boot dev")
    try device.good("device install dev v2.img")
    try device.good("device run dev --app healthy")
    let log = try device.good("device log dev")

    try device.image("forged", "--key other.pem --version 9.0.0 --security-counter 9")
    try device.image(
      "foreign", "--key key.pem --version 9.0.0 --security-counter 9 --dependency 1:1.0.0")
    var bytes = try device.folder.read("v3.img")
    try device.folder.write(bytes.prefix(20_000), "short.img")
    bytes[2] ^= 1
    try device.folder.write(bytes, "broken.img")
    let cases: [(String, Int32, String)] = [
      ("forged.img", 1, "error: dev: the image is refused: signed by no trusted key"),
      (
        "v1.img", 1,
        "error: dev: the image is refused: security counter 1 is below the floor of 2"
      ),
      ("foreign.img", 1, "needs image 1 in version 1.0.0+0 or later, which is not there"),
      ("short.img", 1, "truncated"),
      ("broken.img", 1, "no MCUboot image"),
      ("none.img", 64, "none.img: cannot be opened"),
      ("table.csv", 1, "no MCUboot image"),
    ]
    for (image, status, message) in cases {
      let error = try device.refused("device install dev \(image)", status: status)
      #expect(error.contains(message), "\(image): \(error)")
    }
    // A refusal before the first erase leaves nothing on record.
    #expect(try device.good("device log dev") == log)
    let report = try device.json("device install dev forged.img", status: 1)
    #expect(report["outcome"] as? String == "refused")
    #expect(report["reason"] as? String == "unknown-key")
  }

  @Test func aDamagedPayloadIsFoundWhenItIsReadBack() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device boot dev")
    var bytes = try device.folder.read("v3.img")
    bytes[10_000] ^= 1
    try device.folder.write(bytes, "damaged.img")
    #expect(
      try device.refused("device install dev damaged.img").contains("does not match the hash"))
    #expect(try device.good("device log dev").contains("slot-a writing -> rejected"))
  }

  @Test func theBootStateRefusesWhatWouldBeUnsafe() throws {
    let device = try DeviceFolder()
    try device.create()
    try device.good("device boot dev")
    #expect(
      try device.refused("device reject dev")
        == "error: dev: the device runs from factory, which cannot be rejected; install an update"
        + " instead")
    #expect(try device.refused("device one-shot dev slot-a").contains("no confirmed image"))
    try device.good("device install dev v2.img")
    #expect(
      try device.refused("device install dev v3.img --slot slot-b").contains("an update waits"))
    try device.good("device boot dev")
    #expect(
      try device.refused("device install dev v3.img")
        .contains("the running image in slot-a never confirmed itself")
        || device.refused("device install dev v3.img").contains("is on trial"))
    #expect(
      try device.refused("device install dev v3.img --slot slot-a")
        == "error: dev: the device runs from slot-a, which cannot be overwritten; use slot-b")
    try device.good("device confirm dev")
    #expect(try device.refused("device reject dev").contains("only a trial can be rejected"))
  }

  @Test func filesThatAreNoDevice() throws {
    let device = try DeviceFolder()
    let missing = try device.refused("device boot nothing", status: 64)
    #expect(missing.contains("'nothing.json'"))
    #expect(missing.contains("device create"))
    try device.create()
    try device.folder.write(Data("{}".utf8), "dev.json")
    #expect(try device.refused("device status dev", status: 64).contains("dev.json"))
    try device.create("--force")
    try device.folder.write(Data(count: 100), "dev")
    #expect(try device.refused("device boot dev", status: 64).contains("100 bytes"))
  }

  @Test func corruptNeedsAPlace() throws {
    let device = try DeviceFolder()
    try device.create()
    let corrupt = "device corrupt dev --partition"
    #expect(
      try device.refused("\(corrupt) nvs --offset 0", status: 64)
        .contains("there are factory, ota_0, ota_1, log"))
    #expect(
      try device.refused("\(corrupt) slot-a --offset 48K", status: 64).contains("do not lie inside")
    )
    #expect(
      try device.refused("\(corrupt) slot-a --offset 0 --bytes xyz", status: 64)
        .contains("hexadecimal"))
    #expect(
      try device.good("\(corrupt) slot-a --offset 16 --bytes a1b2")
        == "ota_0 + 0x10: ffff -> a1b2\n")
    #expect(try device.good("\(corrupt) ota_0 --offset 0x10") == "ota_0 + 0x10: a1 -> 5e\n")
    let dump = try device.folder.read("dev")
    #expect(Array(dump[0xC010...0xC011]) == [0x5E, 0xB2])
  }
}
