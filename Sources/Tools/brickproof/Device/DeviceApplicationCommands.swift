import ArgumentParser
import BootState
import DeviceModel
import OpenSSLCrypto

/// `brickproof device confirm`: the running image works.
struct DeviceConfirmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm",
    abstract: "Confirm the running image, as its self-test does.",
    discussion: """
      A trial becomes the confirmed image, and the security floor rises to its counter. Of an image \
      that was confirmed before, the faults are cleared.

      Example: brickproof device confirm dev.bin
      """)

  @OptionGroup var device: DeviceFile

  @Flag(help: "Print what changed as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      let result = try device.change { (device) throws(DeviceError) in
        let slot = device.running?.slot
        return DeviceChangeReport(
          outcome: try device.confirm().name, slot: slot, securityFloor: device.platform.floor)
      }
      let report = try device.value(of: result, json: json)
      if json { return try JSONOutput.print(report) }
      switch report.outcome {
      case "confirmed":
        print("\(report.slot ?? ""): confirmed; the security floor is \(report.securityFloor)")
      case "faults-cleared": print("\(report.slot ?? ""): its faults are cleared")
      default: print("\(report.slot ?? ""): nothing to confirm")
      }
    }
  }
}

/// `brickproof device reject`: the running trial is bad.
struct DeviceRejectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reject",
    abstract: "Reject the running trial, as its self-test does, and reset.",
    discussion: """
      The image is never tried again; the next boot goes back to what ran before.

      Example: brickproof device reject dev.bin
      """)

  @OptionGroup var device: DeviceFile

  @Flag(help: "Print what changed as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      let result = try device.change { (device) throws(DeviceError) in
        let slot = device.running?.slot
        try device.rejectRunning()
        return DeviceChangeReport(
          outcome: "rejected", slot: slot, securityFloor: device.platform.floor)
      }
      let report = try device.value(of: result, json: json)
      if json { return try JSONOutput.print(report) }
      print("\(report.slot ?? ""): rejected; next: software-planned reset")
    }
  }
}

/// `brickproof device abandon`: an update is given up.
struct DeviceAbandonCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "abandon",
    abstract: "Give up the update in a slot: unfinished, waiting, or on trial.",
    discussion: """
      The slot is rejected and free for the next update. A trial whose slot cannot be read ends in \
      no other way: every boot passes it over, and it keeps other updates out. The running trial is \
      rejected, and the device resets.

      Example: brickproof device abandon dev.bin slot-a
      """)

  @OptionGroup var device: DeviceFile

  @Argument(help: "The slot.")
  var slot: UpdateSlotArgument

  @Flag(help: "Print what changed as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      let slot = BootSlot(slot.slot)
      let result = try device.change { (device) throws(DeviceError) in
        try device.abandonUpdate(of: self.slot.slot)
        return DeviceChangeReport(
          outcome: "abandoned", slot: slot, securityFloor: device.platform.floor)
      }
      let report = try device.value(of: result, json: json)
      if json { return try JSONOutput.print(report) }
      print("\(slot.name): its update is given up")
    }
  }
}

/// `brickproof device one-shot`: boot a slot once.
struct DeviceOneShotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "one-shot",
    abstract: "Ask for one boot of a confirmed slot or of factory.",
    discussion: """
      The request is used up by the next boot, whatever becomes of it.

      Example: brickproof device one-shot dev.bin factory
      """)

  @OptionGroup var device: DeviceFile

  @Argument(help: "The slot.")
  var slot: BootSlotArgument

  @Flag(help: "Print what changed as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      let result = try device.change { (device) throws(DeviceError) in
        try device.requestOneShot(slot.slot)
        return DeviceChangeReport(
          outcome: "requested", slot: slot.slot, securityFloor: device.platform.floor)
      }
      let report = try device.value(of: result, json: json)
      if json { return try JSONOutput.print(report) }
      print("\(slot.slot.name): is booted once, at the next boot")
    }
  }
}

/// `brickproof device revoke`: a trusted key is trusted no more.
struct DeviceRevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Revoke a trusted key for every image but factory.",
    discussion: """
      Keys are counted from 0 in the order of 'device create'. The last key cannot be revoked.

      Example: brickproof device revoke dev.bin --key-index 0
      """)

  @OptionGroup var device: DeviceFile

  @Option(help: "The number of the key, counted from 0; repeatable.")
  var keyIndex: [UInt8]

  @Flag(help: "Print what changed as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      var keys: UInt32 = 0
      let count = try device.load().description.trustedKeys.count
      for index in keyIndex {
        guard index < count else {
          throw CommandFailure.usage(
            "\(device.dump): there is no key \(index); the device has keys 0 to \(count - 1)")
        }
        keys |= 1 << UInt32(index)
      }
      let result = try device.change { (device) throws(DeviceError) in
        try device.revoke(keys: keys)
        return DeviceChangeReport(
          outcome: "revoked", slot: device.running?.slot, securityFloor: device.platform.floor)
      }
      let report = try device.value(of: result, json: json)
      if json { return try JSONOutput.print(report) }
      print("\(device.dump): key \(keyIndex.map { "\($0)" }.joined(separator: ", ")) is revoked")
    }
  }
}

/// What an application changed, as JSON.
struct DeviceChangeReport: Encodable {
  var formatVersion = 1
  var outcome: String
  var slot: String?
  var securityFloor: UInt32

  init(outcome: String, slot: BootSlot?, securityFloor: UInt32) {
    self.outcome = outcome
    self.slot = slot.map { "\($0.name)" }
    self.securityFloor = securityFloor
  }
}
