import Foundation
import Testing

/// Compressed images through the command: made, looked at, unpacked, installed.
@Suite struct CompressionCommandTests {
  static let options = [
    "--compress zlib", "--compress zlib --window-bits 9", "--compress lzma2",
    "--compress lzma2 --arm-thumb", "--compress lzma2 --encrypt-to device.pub",
    "--compress zlib --encrypt-to device.pub",
  ]

  @Test(arguments: options)
  func goesFromFirmwareToDevice(_ options: String) throws {
    let device = try DeviceFolder()
    let firmware = Data((0..<30_000).map { UInt8($0 % 100) })
    try device.folder.write(firmware, "app.bin")
    try device.image("small", "--key key.pem --version 2.0.0 --security-counter 2 \(options)")
    #expect(try device.folder.read("small.img").count < firmware.count / 4)

    let key = options.contains("encrypt") ? "--decryption-key device.pem" : ""
    let report = try device.json("image verify small.img --key key.pub \(key)")
    #expect(report["verdict"] as? String == "good")
    #expect(report["bootable"] as? Bool == true)
    let compression = try #require(report["compression"] as? [String: Any])
    #expect(compression["payloadSize"] as? Int == firmware.count)
    #expect(compression["signature"] as? String == "good")

    try device.good("image extract small.img out.bin \(key)")
    #expect(try device.folder.read("out.bin") == firmware)

    let shown = try device.good("image show small.img")
    for part in ["DECOMP_SIZE", "DECOMP_SHA", "DECOMP_SIGNATURE", "\(firmware.count)"] {
      #expect(shown.contains(part), "\(part)")
    }
    #expect(shown.contains("COMPRESSION") == options.contains("zlib"))
    #expect(shown.contains("COMP_DEC_SIZE") == options.contains("encrypt"))

    try device.create()
    _ = try device.boot()
    try device.good("device install dev small.img")
    #expect(try device.boot() == Decision("slot-a", "trial", attempt: 1, left: 3))
  }

  @Test func saysWhenThereIsNothingToGain() throws {
    let device = try DeviceFolder()
    var bytes = Data(count: 2_000)
    var state: UInt64 = 1
    for index in bytes.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes[index] = UInt8(truncatingIfNeeded: state >> 56)
    }
    try device.folder.write(bytes, "noise.bin")
    for options in ["zlib", "lzma2", "lzma2 --encrypt-to device.pub"] {
      let answer = try device.folder.run(
        "image create noise.bin noise.img --version 1 --key key.pem --compress \(options)")
      #expect(answer.status == 0)
      #expect(answer.errors.hasPrefix("note: noise.img: not compressed: of 2000 bytes"))
      let key = options.contains("encrypt") ? "--decryption-key device.pem" : ""
      let report = try device.json("image verify noise.img --key key.pub \(key)")
      #expect(report["compression"] == nil)
      #expect(report["storedForm"] as? String == (key.isEmpty ? "plain" : "ciphertext"))
    }
  }

  @Test func wrongOptionsAreRefused() throws {
    let device = try DeviceFolder()
    let create = "image create app.bin a.img --version 1 --key key.pem"
    for (options, says) in [
      ("--arm-thumb", "--arm-thumb is a filter in front of LZMA2; give --compress lzma2 too"),
      ("--compress zlib --arm-thumb", "--arm-thumb is a filter"),
      ("--window-bits 12", "--window-bits is about zlib; give --compress zlib too"),
      ("--compress zlib --window-bits 8", "a zlib window of 8 bits is not possible; use 9 to 15"),
      ("--compress zlib --non-bootable", "cannot be compressed with zlib"),
      ("--tlv 0xbfa0=01010f00", "the TLV type 0xbfa0 is made by the image builder"),
      ("--compress lzma2 --slot-size 16K", "do not fit into the slot"),
    ] {
      let error = try device.refused("\(create) \(options)", status: 64)
      #expect(error.contains(says), "\(options): \(error)")
    }
    #expect(try !device.folder.names().contains("a.img"))
  }

  @Test func aDeviceRefusesWhatItCannotUnpack() throws {
    let device = try DeviceFolder()
    try device.image(
      "zlib", "--key key.pem --version 2.0.0 --security-counter 2 --compress zlib")
    try device.create("--decompression-window 16K")
    _ = try device.boot()
    #expect(
      try device.refused("device install dev zlib.img").hasSuffix(
        "needs a decompression window of 32768 bytes, the device has 16384;"
          + " compress it with a smaller one"))
    try device.create("--decompression-window 0 --force")
    _ = try device.boot()
    #expect(
      try device.refused("device install dev zlib.img").contains("which the device cannot unpack"))
    try device.create("--decrypt boot --force")
    _ = try device.boot()
    try device.image(
      "both",
      "--key key.pem --version 2.0.0 --security-counter 2 --compress zlib --encrypt-to device.pub")
    #expect(
      try device.refused("device install dev both.img").contains("encrypt it without compression"))
  }

  @Test func aDamagedImageIsRefused() throws {
    let device = try DeviceFolder()
    try device.image("zlib", "--key key.pem --version 2.0.0 --compress zlib")
    var bytes = try device.folder.read("zlib.img")
    bytes[60] ^= 1
    try device.folder.write(bytes, "zlib.img")
    for command in ["verify zlib.img --key key.pub", "extract zlib.img out.bin"] {
      let error = try device.refused("image \(command)")
      #expect(error.contains("the content does not match the hash"), "\(error)")
    }
    #expect(try !device.folder.names().contains("out.bin"))
  }
}
