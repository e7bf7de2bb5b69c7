import Foundation
import Testing

/// `image cost`, against figures worked out by hand from the data sheets.
@Suite struct ImageCostCommandTests {
  private struct Report: Decodable {
    struct Times: Decodable, Equatable {
      var typical: UInt64
      var maximum: UInt64
    }
    struct Installation: Decodable {
      var erase: Times
      var program: Times
      var total: Times
    }
    struct Boot: Decodable {
      var hash: Times
      var decrypt: Times
      var signature: Times
    }
    struct Watchdog: Decodable {
      var longestStep: Times
      var fits: Bool
    }
    var formatVersion: Int
    var imageSize: UInt64
    var installation: Installation
    var boot: Boot
    var watchdog: Watchdog?
  }

  private func folder(payloadSize: Int, _ options: String = "") throws -> CommandFolder {
    let folder = try CommandFolder()
    try folder.write(Data(count: payloadSize), "app.bin")
    let made = try folder.run(
      "image create app.bin app.img --version 1 --unsigned \(options)")
    #expect(made.status == 0, "\(made.errors)")
    return folder
  }

  private func report(_ folder: borrowing CommandFolder, _ line: String) throws -> Report {
    let answer = try folder.run("image cost app.img --json \(line)")
    #expect(answer.errors == "")
    return try JSONDecoder().decode(Report.self, from: Data(answer.output.utf8))
  }

  /// 128 blocks of 45/400 ms and 2,048 pages of 0.4/3 ms.
  @Test func halfAMegabyteOnSerialFlash() throws {
    // Header, hash and its area make the rest.
    let folder = try folder(payloadSize: 524_288 - 32 - 40)
    let report = try report(folder, "--part W25Q128JV --cpu-hash-rate 1M --cpu-signature-time 0.2")
    #expect(report.formatVersion == 1)
    #expect(report.imageSize == 524_288)
    #expect(report.installation.erase == .init(typical: 5_760_000_000, maximum: 51_200_000_000))
    #expect(report.installation.program == .init(typical: 819_200_000, maximum: 6_144_000_000))
    #expect(report.boot.hash.typical == (524_288 - 40) * 1_000)
    #expect(report.boot.signature.typical == 200_000_000)
    #expect(report.watchdog == nil)
  }

  @Test func theExitStatusSaysWhetherItFitsTheWatchdog() throws {
    let folder = try folder(payloadSize: 100_000)
    let line = "image cost app.img --part STM32H743 --cpu-hash-rate 500K --watchdog"
    let short = try folder.run("\(line) 2")
    #expect(short.status == 1)
    #expect(short.output.contains("may run out in the longest step"))
    // One block of 2.2 s, and 0.2 s of hashing.
    let long = try folder.run("\(line) 2.5")
    #expect(long.status == 0)
    #expect(long.output.contains("Watchdog          2.5 s: fits"))
    #expect(long.output.contains("1 block\n"))
  }

  @Test func decryptionIsPaidWhereItHappens() throws {
    let folder = try CommandFolder()
    try folder.write(Data(count: 16), "kek.bin")
    try folder.write(Data(count: 80_000), "app.bin")
    let made = try folder.run(
      "image create app.bin app.img --version 1 --unsigned --encrypt-to kek.bin")
    #expect(made.status == 0, "\(made.errors)")
    let line = "--part nRF52840 --cpu-hash-rate 1M --cpu-decrypt-rate 400K --decrypt"
    #expect(try report(folder, "\(line) boot").boot.decrypt.typical == 200_000_000)
    #expect(try report(folder, "\(line) install").boot.decrypt.typical == 0)
    let missing = try folder.run("image cost app.img --part nRF52840 --cpu-hash-rate 1M")
    #expect(missing.status == 64)
    #expect(missing.errors.contains("give --cpu-decrypt-rate too"))
  }

  /// What lies in the slot is the plain image, whatever was delivered.
  @Test func aCompressedImageCostsWhatItUnpacksTo() throws {
    let plain = try folder(payloadSize: 60_000)
    let packed = try folder(payloadSize: 60_000, "--compress zlib")
    #expect(try packed.read("app.img").count < 10_000)
    let line = "--part W25Q128JV --cpu-hash-rate 1M"
    let answer = try packed.run("image cost app.img --json \(line)")
    #expect(answer.status == 0)
    #expect(answer.errors.contains("is compressed; the time to unpack"))
    let report = try JSONDecoder().decode(Report.self, from: Data(answer.output.utf8))
    #expect(report.installation.erase == (try self.report(plain, line)).installation.erase)
    #expect(report.imageSize >= 60_000)
  }

  @Test(arguments: [
    ("--part W25Q128JX --cpu-hash-rate 1M", 64, "did you mean W25Q128JV"),
    ("--part W25Q128JV --cpu-hash-rate fast", 64, "--cpu-hash-rate"),
    ("--part W25Q128JV --cpu-hash-rate 0", 64, "--cpu-hash-rate"),
    ("--part W25Q128JV --cpu-hash-rate 1M --watchdog -1", 64, "--watchdog"),
    ("--part STM32F407 --cpu-hash-rate 1M --slot-address 0x400", 64, "no erase block"),
    ("--part STM32F407 --cpu-hash-rate 1M --slot-address 0xE0000", 1, "has 150072 bytes"),
  ])
  func saysWhatIsWrong(_ line: String, _ status: Int32, _ message: String) throws {
    let answer = try folder(payloadSize: 150_000).run("image cost app.img \(line)")
    #expect(answer.status == status)
    #expect(answer.output == "")
    #expect(answer.errors.contains(message), "\(answer.errors)")
  }

  @Test func refusesWhatIsNoImage() throws {
    let folder = try CommandFolder()
    try folder.write(Data(count: 100), "app.img")
    let answer = try folder.run("image cost app.img --part nRF52840 --cpu-hash-rate 1M")
    #expect(answer.status == 1)
    #expect(answer.errors.hasPrefix("error: app.img: "))
  }
}
