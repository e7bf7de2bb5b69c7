import Foundation
import Testing

/// A folder of its own for each test, and the command run in it.
struct CommandFolder: ~Copyable {
  let path: String

  struct Answer {
    var status: Int32
    var output: String
    var errors: String
  }

  init() throws {
    path = NSTemporaryDirectory() + "brickproof-command-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The command lies beside the test program.
  private static func executable() throws -> URL {
    try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("brickproof")
  }

  /// Runs `brickproof` with words that are split at spaces.
  func run(_ line: String) throws -> Answer {
    let process = try process(line)
    try process.run()
    process.waitUntilExit()
    return Answer(
      status: process.terminationStatus,
      output: String(decoding: try read(".output"), as: UTF8.self),
      errors: String(decoding: try read(".errors"), as: UTF8.self))
  }

  /// The same, not yet started; what it prints goes to `.output` and `.errors`.
  func process(_ line: String) throws -> Process {
    let process = Process()
    process.executableURL = try Self.executable()
    process.arguments = line.split(separator: " ").map(String.init)
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    let output = path + "/.output"
    let errors = path + "/.errors"
    for file in [output, errors] {
      #expect(FileManager.default.createFile(atPath: file, contents: nil))
    }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    process.standardInput = FileHandle.nullDevice
    return process
  }

  func read(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func write(_ bytes: Data, _ name: String) throws {
    try bytes.write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }
      .sorted()
  }
}

@Suite struct ImageCommandTests {
  private let payload = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

  private func folder() throws -> CommandFolder {
    let folder = try CommandFolder()
    try folder.write(payload, "app.bin")
    for (type, name) in [("ed25519", "key"), ("x25519", "device")] {
      #expect(try folder.run("key generate --type \(type) --output \(name).pem").status == 0)
      #expect(try folder.run("key public \(name).pem --output \(name)-public.pem").status == 0)
    }
    return folder
  }

  @Test func goesFromKeyToPayload() throws {
    let folder = try folder()
    let made = try folder.run(
      "image create app.bin app.img --version 1.2.3+4 --key key.pem --slot-size 16K"
        + " --security-counter auto --encrypt-to device-public.pem --confirm --align 8"
        + " --dependency 1:1.0.0 --vendor-id example.com --class-id sensor --tlv 0xa0=c0ffee")
    #expect(made.status == 0, "\(made.errors)")
    #expect(try folder.read("app.img").count == 16384)

    let verdict = try folder.run(
      "image verify app.img --key key-public.pem --decryption-key device.pem")
    #expect(verdict.status == 0, "\(verdict.errors)")
    #expect(verdict.output.contains("signature  good, by key-public.pem"))

    let shown = try folder.run("image show app.img")
    #expect(shown.status == 0)
    for part in [
      "version       1.2.3+4", "encrypted-aes-128", "16908291",
      "needs image 1 in version 1.0.0+0 or later", "c0ffee", "ENC_X25519", "image_ok      set",
    ] { #expect(shown.output.contains(part), "\(part)") }

    let extracted = try folder.run("image extract app.img out.bin --decryption-key device.pem")
    #expect(extracted.status == 0, "\(extracted.errors)")
    #expect(try folder.read("out.bin") == payload + Data(count: 8))
  }

  @Test func saysWhatWasNotChecked() throws {
    let folder = try folder()
    #expect(
      try folder.run("image create app.bin app.img --version 1 --key key.pem").status == 0)
    let verdict = try folder.run("image verify app.img")
    #expect(verdict.status == 0)
    #expect(verdict.output.contains("not checked, the hash only"))
  }

  @Test func saysWhenTheKeyIsMoreThanNeeded() throws {
    let folder = try folder()
    let create = "image create app.bin app.img --version 1 --key key.pem"
    #expect(try folder.run(create).errors == "")
    let verdict = try folder.run("image verify app.img --key key.pem --decryption-key device.pem")
    #expect(verdict.status == 0)
    #expect(verdict.errors == "note: key.pem: holds a private key; its public half is enough\n")
    #expect(
      verdict.output.contains(
        "note       the image is not encrypted; --decryption-key was not used"))
    let extracted = try folder.run("image extract app.img out.bin --decryption-key device.pem")
    #expect(extracted.status == 0)
    #expect(extracted.errors.hasPrefix("note: app.img: is not encrypted"))
    let encrypted = try folder.run(create + " --encrypt-to device.pem")
    #expect(encrypted.status == 0)
    #expect(
      encrypted.errors == "note: device.pem: holds a private key; its public half is enough\n")
    let used = try folder.run(
      "image verify app.img --key key-public.pem --decryption-key device.pem --json")
    #expect(used.errors == "")
    #expect(used.output.contains("\"decryptionKey\" : \"used\""))
  }

  @Test(arguments: [("aes-128", 16), ("aes-256", 32)])
  func makesRawKeysThatWrap(_ type: String, _ size: Int) throws {
    let folder = try folder()
    for name in ["one.bin", "two.bin"] {
      #expect(try folder.run("key generate --type \(type) --output \(name)").status == 0)
      #expect(try folder.read(name).count == size)
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
      #expect((attributes[.posixPermissions] as? Int) == 0o600)
    }
    #expect(try folder.read("one.bin") != folder.read("two.bin"))
    let again = try folder.run("key generate --type \(type) --output one.bin")
    #expect(again.status == 64)
    #expect(again.errors.hasPrefix("error: one.bin: exists already"))
    let made = try folder.run(
      "image create app.bin app.img --version 1 --key key.pem --encrypt-to one.bin")
    #expect(made.status == 0)
    #expect(made.errors == "")
    let verify = "image verify app.img --key key-public.pem --decryption-key"
    #expect(try folder.run("\(verify) one.bin").status == 0)
    #expect(try folder.run("\(verify) two.bin").status == 1)
  }

  @Test func verifiesForADevice() throws {
    let folder = try folder()
    #expect(
      try folder.run(
        "image create app.bin app.img --version 1 --key key.pem --security-counter 5"
          + " --dependency 1:1.2.0"
      ).status == 0)
    let cases: [(String, Int32, String)] = [
      ("--security-floor 5", 0, "device     accepts"),
      ("--security-floor 6", 1, "security counter 5 is below the floor of 6"),
      ("--image 1:1.2.0", 0, "device     accepts"),
      ("--image 1:1.1.9", 1, "needs image 1 in version 1.2.0+0 or later"),
      ("--image 1", 64, "error: --image 1: expected ID:VERSION"),
      (
        "--image 1:1.2 --image 2:1 --image 3:1 --image 4:1 --image 5:1", 64,
        "a device has at most 4 other images"
      ),
      ("--vendor-id example.com", 1, "without a vendor id"),
      ("--class-id sensor", 64, "error: --class-id: "),
    ]
    for (options, status, text) in cases {
      let answer = try folder.run("image verify app.img --key key-public.pem \(options)")
      #expect(answer.status == status, "\(options): \(answer.errors)")
      #expect((answer.output + answer.errors).contains(text), "\(options): \(answer)")
    }
  }

  @Test func tellsBadImagesFromWrongUsage() throws {
    let folder = try folder()
    #expect(
      try folder.run("image create app.bin app.img --version 1 --key key.pem").status == 0)
    var bytes = try folder.read("app.img")
    bytes[500] ^= 1
    try folder.write(bytes, "bad.img")
    let cases: [(String, Int32, String)] = [
      ("image verify bad.img --key key-public.pem", 1, "error: bad.img: "),
      ("image extract bad.img out.bin", 1, "error: bad.img: "),
      ("image verify app.bin", 1, "error: app.bin: no MCUboot image"),
      ("image show app.bin", 1, "error: app.bin: no MCUboot image"),
      ("image verify missing.img", 64, "error: missing.img: cannot be opened: No such file"),
      ("image verify app.img --key missing.pem", 64, "error: missing.pem: cannot read the key"),
      ("image verify app.img --key app.bin", 64, "error: app.bin: is no key"),
      ("image create app.bin x.img --version 1", 64, "error: there is no key to sign with"),
      (
        "image create app.bin x.img --version 01 --key key.pem", 64, "error: --version 01: expected"
      ),
      (
        "image create app.bin x.img --version 1 --key device.pem", 64,
        "error: x.img: not made: a key of type x25519 does not sign images"
      ),
      (
        "image create app.bin x.img --version 1 --key key.pem --aes 256", 64,
        "error: --aes is about encrypted images; give --encrypt-to too"
      ),
      (
        "image create app.bin x.img --version 1 --key key.pem --tlv 0x50=00", 64,
        "error: x.img: not made: the TLV type 0x0050 is not for vendors"
      ),
      (
        "image create app.bin x.img --version 1 --key key.pem --slot-size 1K", 64,
        "error: x.img: not made: the image of 1"
      ),
      (
        "image create app.bin no/x.img --version 1 --key key.pem", 70,
        "error: cannot create no/x.img: No such file or directory"
      ),
      ("key generate --type ed25519 --output key.pem", 64, "error: key.pem: exists already"),
      ("key generate --type ed25519 --output no/key.pem", 70, "error: no/key.pem: cannot write"),
      ("key public key-public.pem --output x.pem", 64, "error: key-public.pem: is a public key"),
    ]
    let before = try folder.names()
    for (line, status, text) in cases {
      let answer = try folder.run(line)
      #expect(answer.status == status, "\(line): \(answer.errors)")
      #expect(answer.errors.hasPrefix(text), "\(line): \(answer.errors)")
      #expect(answer.errors.split(separator: "\n").count == 1, "\(line): \(answer.errors)")
    }
    #expect(try folder.names() == before, "a failed command leaves no file")
  }

  @Test func printsJSON() throws {
    let folder = try folder()
    let made = try folder.run(
      "image create app.bin app.img --version 1 --key key.pem --pure --json")
    for (text, key, value) in [
      (made.output, "signingKeyType", "ed25519"),
      (try folder.run("image verify app.img --json").output, "signature", "not-checked"),
      (
        try folder.run("image verify app.img --key key-public.pem --json").output, "signature",
        "good-pure"
      ),
      (try folder.run("image show app.img --json").output, "image", "app.img"),
    ] {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      #expect(object["formatVersion"] as? Int == 1)
      #expect(object[key] as? String == value, "\(text)")
    }
    let refused = try folder.run("image verify app.img --key device-public.pem --json")
    #expect(refused.status == 64)
  }

  @Test(arguments: [
    "key", "key generate", "key public", "image", "image create", "image verify", "image show",
    "image extract",
  ])
  func helpHasAnExample(_ command: String) throws {
    let folder = try CommandFolder()
    let help = try folder.run("\(command) --help")
    #expect(help.status == 0)
    #expect(help.output.contains("Example: brickproof \(command.split(separator: " ")[0])"))
  }
}
