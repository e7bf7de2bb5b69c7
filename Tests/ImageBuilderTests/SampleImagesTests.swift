import FirmwareImage
import Foundation
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import Testing

/// `Images/catalogue.json`.
private struct Catalogue: Decodable {
  struct Made: Decodable {
    var files: [String]
    var recipe: [String]
  }
  struct Group: Decodable { var images: [Sample] }

  var formatVersion: Int
  var keys: [Made]
  var payloads: [Made]
  var groups: [Group]

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Images")

  var samples: [Sample] { groups.flatMap(\.images) }

  static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  static func load() throws -> Catalogue {
    try JSONDecoder().decode(Catalogue.self, from: Data(text("catalogue.json").utf8))
  }
}

/// An image of the catalogue.
private struct Sample: Decodable, Sendable, CustomTestStringConvertible {
  var file: String
  var purpose: String
  /// Lines for a shell in the folder.
  var recipe: [String]
  /// Whether the recipe makes the same bytes each time.
  var deterministic: Bool
  var checks: [Check]

  var testDescription: String { file }

  /// The row of the table in README.md.
  var row: String {
    let recipe = recipe.map { "`\($0)`" }
    return "| `\(file)` | \(purpose) | \(recipe.joined(separator: "<br>"))"
      + " | \(checks.map(\.cell).joined(separator: "<br>")) |"
  }
}

/// A look at an image by a command, alone or as a device with requirements.
private struct Check: Decodable, Sendable {
  var command: String
  var status: Int32
  /// `good`, or the name of the refusal.
  var verdict: String
  var says: String

  var cell: String { "`\(command)`: status \(status), `\(says)`" }

  /// The values of an option of the command.
  func values(of option: String) -> [String] {
    let words = command.split(separator: " ").map(String.init)
    return zip(words, words.dropFirst()).filter { $0.0 == option }.map(\.1)
  }

  var keys: [String] { values(of: "--key") }

  /// Whether the image is looked at by its hash, as the library does here, and not by its tree.
  var isByHash: Bool { !command.hasSuffix(" --parallel") }

  /// The options that say what the device is.
  private static var deviceOptions: [String] {
    ["--security-floor", "--vendor-id", "--class-id", "--image", "--slot-address"]
  }

  func requirements() throws -> ImageRequirements {
    let asksDevice = Self.deviceOptions.contains { !values(of: $0).isEmpty }
    var requirements = ImageRequirements(
      signature: keys.isEmpty ? .hashOnly : .trustedKey,
      bootability: asksDevice ? .required : .notRequired)
    for floor in values(of: "--security-floor") {
      requirements.minimumSecurityCounter = try #require(UInt32(floor))
    }
    for address in values(of: "--slot-address") {
      let digits = String(address.dropFirst(2))
      requirements.slotAddress = try #require(UInt32(digits, radix: 16) as UInt32?)
    }
    let vendor = try values(of: "--vendor-id").first.map { try HardwareIdentifier($0) }
    requirements.vendorID = vendor?.vendorUUID()
    for name in values(of: "--class-id") {
      requirements.classID = try HardwareIdentifier(name).classUUID(of: vendor)
    }
    for image in values(of: "--image") {
      let parts = image.split(separator: ":")
      requirements.dependencies = .checked
      try requirements.availableImages.insert(
        AvailableImage(id: #require(UInt8(parts[0])), version: ImageVersion(String(parts[1]))))
    }
    return requirements
  }
}

/// Keeps header and payload as the verifier hands them out.
private struct ContentSink: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ span: Span<UInt8>, at imageOffset: UInt32) {
    for index in span.indices { bytes.append(span[index]) }
  }
}

/// What the library says about a file.
private struct Verdict {
  var name: String
  var refusal: ImageRefusal?
  var signingKey: Int?
  var payload: [UInt8] = []

  /// Looks at an image as it is stored and, if that does not match and the key is there, decrypted.
  init(of path: String, _ check: Check) throws {
    let decryptionKey = try check.values(of: "--decryption-key").first
      .map { try DecryptionKey(contentsOf: Self.path($0)) }
    var storage = try FileStorage(path: path)
    do throws(ImageCheckError<FileStorageError>) {
      do throws(ImageCheckError<FileStorageError>) {
        self = try Self.accepted(&storage, check, decryptionKey, .plain)
      } catch .refused(.hashMismatch)
        where (try? ImageVerifier.header(of: &storage).isEncrypted) == true
      {
        guard decryptionKey != nil else {
          name = "decryption-key-missing"
          return
        }
        self = try Self.accepted(&storage, check, decryptionKey, .ciphertext)
      }
    } catch {
      switch error {
      case .refused(let refusal):
        name = "\(refusal.name)"
        self.refusal = refusal
      case .crypto(.keyUnwrapFailed): name = "content-key-damaged-or-other-key"
      case .crypto(.noDecryptionKey): name = "decryption-key-of-other-type"
      default: throw error
      }
    }
  }

  private init(accepted summary: ImageSummary, _ content: [UInt8]) {
    name = "good"
    signingKey = summary.signingKey
    payload = Array(content.dropFirst(Int(summary.header.headerSize)))
  }

  private static func accepted(
    _ storage: inout FileStorage, _ check: Check, _ decryptionKey: DecryptionKey?,
    _ form: StoredForm
  ) throws(ImageCheckError<FileStorageError>) -> Verdict {
    let requirements: ImageRequirements
    var crypto: OpenSSLProvider
    do {
      requirements = try check.requirements()
      crypto = try OpenSSLProvider(
        trustedKeys: check.keys.map { try PublicKey(contentsOf: path($0)) },
        decryptionKey: decryptionKey)
    } catch {
      Issue.record("\(error)")
      throw .crypto(.engineFailed(code: 0))
    }
    var memory = [UInt8](repeating: 0, count: 4096)
    var buffer = memory.mutableSpan
    var sink = ContentSink()
    let summary = try ImageVerifier.verify(
      &storage, crypto: &crypto, requirements: requirements, storedForm: form, buffer: &buffer,
      sink: &sink)
    return Verdict(accepted: summary, sink.bytes)
  }

  private static func path(_ name: String) -> String {
    Catalogue.folder.appendingPathComponent(name).path
  }
}

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
    let verdict = try Verdict(of: path, check)
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
