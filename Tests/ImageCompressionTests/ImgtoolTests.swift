import FirmwareImage
import Foundation
import ImageBuilder
import ImageCompression
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

/// Images that imgtool compresses now, and what it and Python make of ours.
@Suite(.enabled(if: Tool.imgtool != nil)) struct ImgtoolCompressionTests {
  /// Keys of the manifest, and what imgtool lets them encrypt to.
  static let pairs: [(key: String, encryption: String?)] = [
    ("ecdsa-p256", nil), ("ecdsa-p384", nil), ("rsa-2048", nil), ("rsa-3072", nil),
    ("ed25519", nil), ("ecdsa-p256", "enc-ecdsa-p256"), ("rsa-2048", "enc-rsa-2048"),
    ("ed25519", "enc-x25519"), ("ed25519", "enc-ecdsa-p256"),
  ]

  static let payload = CompressedFixture.payload(6_000) + CompressedFixture.payload(3_001, seed: 9)

  /// Options of imgtool, and the same in a recipe.
  static let recipes: [(arguments: [String], change: @Sendable (inout ImageRecipe) -> Void)] = [
    ([], { _ in }),
    (
      ["-s", "7", "--vid", "example.com", "--cid", "board"],
      {
        $0.securityCounter = .value(7)
        $0.vendorID = try? HardwareIdentifier("example.com")
        $0.classID = try? HardwareIdentifier("board")
      }
    ),
    (
      ["-d", "(1,1.2.3+0)", "--boot-record", "app", "--custom-tlv", "0x00a5", "0x0102"],
      {
        $0.dependencies = [
          ImageDependency(
            imageID: 1, minimumVersion: ImageVersion(major: 1, minor: 2, revision: 3))
        ]
        $0.bootRecordType = "app"
        $0.vendorTLVs = [VendorTLV(type: TLVType(rawValue: 0xA5), value: [1, 2])]
      }
    ),
    (["--public-key-format", "full"], { $0.publicKeyForm = .full }),
    (["--sha", "512"], { $0.digest = .sha512 }),
    (["--pure"], { $0.signatureForm = .pure }),
  ]

  /// The same bytes as imgtool: the library below and its settings are the same.
  @Test(arguments: recipes.indices, [InstructionFilter.none, .armThumb])
  func oursAreTheSameBytes(_ number: Int, _ filter: InstructionFilter) throws {
    let (arguments, change) = Self.recipes[number]
    let theirs = try sign(Self.payload, key: "ed25519", filter: filter, arguments)
    var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 2, revision: 3))
    recipe.compression = .lzma2(.imageTool, filter)
    change(&recipe)
    let ours = try recipe.build(
      payload: Self.payload.span,
      signingKey: PrivateKey(contentsOf: Fixtures.path("keys/ed25519.der")))
    #expect(ours == theirs)
  }

  @Test(arguments: pairs.indices, [InstructionFilter.none, .armThumb])
  func theirsAreUnpacked(_ number: Int, _ filter: InstructionFilter) throws {
    let (key, encryption) = Self.pairs[number]
    let arguments = filter == .none ? [] : ["-s", "3", "-H", "512"]
    let image = try sign(
      Self.payload, key: key, filter: filter,
      arguments + (encryption.map { ["-E", Fixtures.path("keys/\($0)-pub.pem")] } ?? []))
    let (summary, content) = try unpack(
      image, trusting: [PublicKey(contentsOf: Fixtures.path("keys/\(key)-pub.pem"))],
      decryptingWith: encryption.map {
        try DecryptionKey(contentsOf: Fixtures.path("keys/\($0).der"))
      }, storedForm: encryption == nil ? .plain : .ciphertext)
    #expect(summary.payload.algorithm == .lzma2(filter))
    #expect(Array(content.dropFirst(Int(summary.plain.header.headerSize))) == Self.payload)
  }

  @Test(arguments: [CompressionMethod.zlib(windowBits: 11), .lzma2(.imageTool, .armThumb)])
  func imgtoolVerifiesOurs(_ method: CompressionMethod) throws {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    for key in ["ecdsa-p256", "rsa-2048", "ed25519"] {
      let (image, signer) = try build(method, key: key)
      let file = try folder.write(image, "image.bin")
      let pem = folder.file("\(key).pem")
      try signer.writePEM(to: pem)
      let answer = try imgtool.run(["verify", "-k", pem, file])
      #expect(answer.status == 0, "\(answer.output)")
    }
  }

  /// The decoder that shares no code with us or with imgtool decrypts and decompresses.
  @Test(.enabled(if: Tool.python != nil), arguments: [InstructionFilter.none, .armThumb])
  func anIndependentDecoderUnpacksOurs(_ filter: InstructionFilter) throws {
    let python = try #require(Tool.python)
    let folder = try TemporaryFolder()
    let (image, _) = try build(.lzma2(.imageTool, filter), key: "ecdsa-p256") {
      $0.encryption = try ImageEncryption(
        to: EncryptionKey(contentsOf: Fixtures.path("keys/enc-ecdsa-p256-pub.pem")))
    }
    let answer = try python.run([
      Fixtures.path("decode.py"), folder.write(image, "image.bin"), "--sign-key",
      Fixtures.path("keys/ecdsa-p256.der"), "--enc-key", Fixtures.path("keys/enc-ecdsa-p256.der"),
    ])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(answer.output.contains("signature OK"), "\(answer.output)")
    #expect(
      answer.output.contains("decompressed \(Self.payload.count) == DECOMP_SIZE"),
      "\(answer.output)")
    #expect(answer.output.contains("DECOMP_SHA = sha256(header"), "\(answer.output)")
  }

  /// Python's zlib, with no larger a window than we say.
  @Test(.enabled(if: Tool.python != nil), arguments: 9...15)
  func pythonUnpacksOurZlib(windowBits: Int) throws {
    let python = try #require(Tool.python)
    let folder = try TemporaryFolder()
    let (image, _) = try build(.zlib(windowBits: UInt8(windowBits)), key: "ed25519")
    let file = try folder.write(image, "image.bin")
    let answer = try python.run([
      "-c",
      """
      import sys, zlib, struct
      b = open(sys.argv[1], 'rb').read()
      h, p, n, flags = struct.unpack('<HHII', b[8:20])
      assert flags == 0x10
      open(sys.argv[2], 'wb').write(zlib.decompress(b[h:h + n], wbits=\(windowBits)))
      """, file, folder.file("payload.bin"),
    ])
    #expect(answer.status == 0, "\(answer.output)")
    #expect(try folder.read("payload.bin") == Self.payload)
  }

  private func build(
    _ method: CompressionMethod, key: String,
    _ change: (inout ImageRecipe) throws -> Void = { _ in }
  ) throws -> (image: [UInt8], signer: PrivateKey) {
    let signer = try PrivateKey(contentsOf: Fixtures.path("keys/\(key).der"))
    var recipe = ImageRecipe(version: ImageVersion(major: 1, minor: 2, revision: 3))
    recipe.compression = method
    try change(&recipe)
    return (try recipe.build(payload: Self.payload.span, signingKey: signer), signer)
  }

  private func sign(
    _ payload: [UInt8], key: String, filter: InstructionFilter, _ arguments: [String]
  ) throws -> [UInt8] {
    let imgtool = try #require(Tool.imgtool)
    let folder = try TemporaryFolder()
    let pem = folder.file("key.pem")
    try PrivateKey(contentsOf: Fixtures.path("keys/\(key).der")).writePEM(to: pem)
    let header = arguments.contains("-H") ? [] : ["-H", "32"]
    let answer = try imgtool.run(
      [
        "sign", "--pad-header", "-S", "0x40000", "-v", "1.2.3", "-k", pem, "--compression",
        filter == .none ? "lzma2" : "lzma2armthumb",
      ] + header + arguments
        + [try folder.write(payload, "payload.bin"), folder.file("image.bin")])
    #expect(answer.status == 0, "\(answer.output)")
    return try folder.read("image.bin")
  }
}
