import Foundation
import Testing

/// Several images in one call, and calls that are interrupted.
@Suite struct ImageBatchCommandTests {
  private func folder(images: Int) throws -> CommandFolder {
    let folder = try CommandFolder()
    try folder.write(Data((0..<3_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }), "app.bin")
    #expect(try folder.run("key generate --type ecdsa-p256 --output key.pem").status == 0)
    #expect(try folder.run("key public key.pem --output public.pem").status == 0)
    for number in 0..<images {
      let made = try folder.run(
        "image create app.bin \(number).img --version 1.0.\(number) --key key.pem")
      #expect(made.status == 0)
    }
    return folder
  }

  @Test func printsALineForEachInOrder() throws {
    let folder = try folder(images: 5)
    let answer = try folder.run(
      "image verify 0.img 1.img 2.img 3.img 4.img --key public.pem")
    #expect(answer.status == 0)
    #expect(answer.errors == "")
    let expected = (0..<5).map { "\($0).img: good, version 1.0.\($0)+0, signed by public.pem\n" }
    #expect(answer.output == expected.joined())
  }

  @Test func oneBadImageSpoilsTheBatch() throws {
    let folder = try folder(images: 3)
    var bytes = try folder.read("1.img")
    bytes[100] ^= 1
    try folder.write(bytes, "1.img")
    let answer = try folder.run("image verify 0.img 1.img 2.img --key public.pem")
    #expect(answer.status == 1)
    #expect(answer.errors == "error: 1 of 3 images cannot be trusted\n")
    let lines = answer.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("1.img: bad: "))
    #expect(lines[2].hasPrefix("2.img: good"))
    let missing = try folder.run("image verify 0.img no.img 2.img --key public.pem")
    #expect(missing.status == 64)
    #expect(missing.output.contains("no.img: bad: no.img: cannot be opened"))
  }

  @Test func jsonHasAnObjectForEach() throws {
    let folder = try folder(images: 2)
    let answer = try folder.run("image verify 0.img 1.img --key public.pem --json")
    let object = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
    let root = try #require(object as? [String: Any])
    #expect(root["formatVersion"] as? Int == 1)
    let images = try #require(root["images"] as? [[String: Any]])
    #expect(images.map { $0["image"] as? String } == ["0.img", "1.img"])
    #expect(images.allSatisfy { $0["verdict"] as? String == "good" })
  }

  /// Whatever ends the process, the folder holds the old file or the new one, and no other.
  @Test(arguments: [SIGINT, SIGTERM, SIGKILL]) func nothingIsLeftOfAnInterruptedFile(
    _ signal: Int32
  ) throws {
    let folder = try folder(images: 0)
    let size = 256 << 20
    #expect(FileManager.default.createFile(atPath: folder.path + "/large.bin", contents: nil))
    let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/large.bin"))
    try handle.truncate(atOffset: UInt64(size))
    try handle.close()
    try folder.write(Data([1, 2, 3]), "large.img")
    let process = try folder.process(
      "image create large.bin large.img --version 1.0.0 --key key.pem")
    let before = try folder.names()
    try process.run()
    Thread.sleep(forTimeInterval: 0.02)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(try folder.names() == before)
    let result = try folder.read("large.img")
    #expect(result.count == 3 || result.count > size, "\(result.count) bytes")
  }

  /// What is refused at the end is not written either.
  @Test func aBadPayloadIsNotWritten() throws {
    let folder = try folder(images: 1)
    var bytes = try folder.read("0.img")
    bytes[200] ^= 1
    try folder.write(bytes, "0.img")
    let before = try folder.names()
    #expect(try folder.run("image extract 0.img out.bin").status == 1)
    #expect(try folder.names() == before)
    #expect(try folder.run("image extract 0.img no-such-folder/out.bin").status == 70)
  }
}
