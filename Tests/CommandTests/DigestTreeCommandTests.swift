import Foundation
import Testing

/// `--digest-tree`, `--leaf-list` and `--parallel`.
@Suite struct DigestTreeCommandTests {
  /// A folder with keys, a payload of 100,000 bytes and an image of 25 leaves.
  private static func folder(_ options: String = "") throws -> CommandFolder {
    let folder = try CommandFolder()
    try folder.write(Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }), "app.bin")
    try folder.expect("key generate --type ed25519 --output key.pem")
    try folder.expect("key public key.pem --output pub.pem")
    try folder.expect(
      "image create app.bin app.img --version 1.2.3 --key key.pem --digest-tree 4K" + options)
    return folder
  }

  private static func damage(
    _ folder: borrowing CommandFolder, _ name: String, at offset: Int
  ) throws {
    var bytes = try folder.read(name)
    bytes[offset] ^= 1
    try folder.write(bytes, name)
  }

  @Test func saysWhatWasCheckedAndWhatWasNot() throws {
    let folder = try Self.folder()
    let whole = try folder.run("image verify app.img --key pub.pem")
    #expect(whole.status == 0)
    #expect(whole.output.contains(", matches\n"))
    #expect(whole.output.contains("tree       25 leaves of 4 KiB, all match"))
    #expect(whole.output.contains(", signed by pub.pem"))
    let tree = try folder.run("image verify app.img --key pub.pem --parallel")
    #expect(tree.status == 0)
    #expect(tree.output.contains(", not computed\n"))
    #expect(tree.output.contains("signature  good, by pub.pem"))
    #expect(tree.output.contains("tree       25 leaves of 4 KiB, all match"))
    #expect(tree.output.contains("leaf list  behind the image, good"))
    let noKey = try folder.run("image verify app.img --parallel")
    #expect(noKey.output.contains("signature  not checked, the digest tree only"))
    #expect(noKey.output.contains(", signature not checked"))
    let show = try folder.run("image show app.img")
    #expect(show.output.contains("0xbfa1 DIGEST_TREE"))
    #expect(show.output.contains("digest tree, 25 leaves of 4 KiB, root "))
    #expect(show.output.contains("0xbfa2 DIGEST_TREE_SIG"))
    #expect(show.output.contains("root          is the one of the digest tree"))
    #expect(!show.output.contains("Trailer"))
  }

  @Test func reportsAsJSON() throws {
    struct Report: Decodable {
      struct Tree: Decodable {
        var leafCount: Int
        var leaves: String
        var signature: String
        var leafList: String?
      }
      var verdict: String
      var reason: String?
      var digestCheck: String?
      var digestTree: Tree?
    }
    let folder = try Self.folder()
    func report(_ options: String) throws -> Report {
      let answer = try folder.run("image verify app.img --key pub.pem --json" + options)
      return try JSONDecoder().decode(Report.self, from: Data(answer.output.utf8))
    }
    let whole = try report("")
    #expect(whole.digestCheck == "matches")
    #expect(whole.digestTree?.signature == "good")
    let tree = try report(" --parallel")
    #expect(tree.verdict == "good" && tree.digestCheck == "not-computed")
    #expect(tree.digestTree?.leafCount == 25 && tree.digestTree?.leaves == "match")
    #expect(tree.digestTree?.leafList == "behind-image")
    try Self.damage(folder, "app.img", at: 50_000)
    #expect(try report(" --parallel").reason == "leaf-mismatch")
    #expect(try report("").reason == "hash-mismatch")
  }

  @Test func namesTheDamagedLeaf() throws {
    let folder = try Self.folder(" --leaf-list app.leaves")
    for (offset, leaf) in [(32, "0 at 0x0"), (50_000, "12 at 0xc000"), (100_031, "24 at 0x18000")] {
      try Self.damage(folder, "app.img", at: offset)
      let named = try folder.run(
        "image verify app.img --key pub.pem --parallel --leaf-list app.leaves")
      #expect(named.status == 1)
      #expect(named.errors.contains("error: app.img: leaf \(leaf) does not match its digest"))
      let unnamed = try folder.run("image verify app.img --key pub.pem --parallel")
      #expect(unnamed.status == 1)
      #expect(unnamed.errors.contains("the content does not match the digest tree"))
      try Self.damage(folder, "app.img", at: offset)
    }
    try Self.damage(folder, "app.img", at: 5_000)
    try Self.damage(folder, "app.img", at: 90_000)
    let two = try folder.run("image verify app.img --parallel --leaf-list app.leaves")
    #expect(two.errors.contains("leaf 1 at 0x1000"))
    #expect(two.errors.contains("and 1 more of 25"))
  }

  @Test func refusesWhatDoesNotFitTheRoot() throws {
    let folder = try Self.folder(" --leaf-list app.leaves")
    // Root, signature of the tree, and the protected area in front of both are at 100,032.
    for (offset, reason) in [
      (100_032 + 4 + 4 + 8, "digest tree signature at 0x186f0 is not that of trusted key 0"),
      (100_032 + 4 + 44 + 4 + 38, "digest tree signature at 0x186f0 is not that of trusted key 0"),
      (100_032 + 4 + 44 + 4 + 4, "digest tree signed by no trusted key"),
    ] {
      try Self.damage(folder, "app.img", at: offset)
      let answer = try folder.run("image verify app.img --key pub.pem --parallel")
      #expect(answer.status == 1)
      #expect(answer.errors.contains(reason), "\(answer.errors)")
      #expect(try folder.run("image verify app.img --key pub.pem").status == 1)
      try Self.damage(folder, "app.img", at: offset)
    }
    let list = try folder.read("app.leaves")
    try Self.damage(folder, "app.leaves", at: 100)
    for option in ["", " --parallel"] {
      let answer = try folder.run(
        "image verify app.img --key pub.pem --leaf-list app.leaves" + option)
      #expect(answer.status == 1)
      #expect(answer.errors.contains("its root is not the one in the image"))
    }
    try folder.write(list.dropLast(), "app.leaves")
    let short = try folder.run("image verify app.img --leaf-list app.leaves")
    #expect(short.errors.contains("app.leaves: leaf list: 799 bytes of digests"))
    let foreign = try folder.run("image verify app.img --leaf-list app.bin")
    #expect(foreign.errors.contains("app.bin: is no leaf list of a digest tree"))
    #expect(try folder.run("image verify app.img --leaf-list nothing").status == 64)
  }

  @Test func refusesWhatHasNoSignedTree() throws {
    let folder = try Self.folder()
    try folder.expect("image create app.bin plain.img --version 1.0.0 --key key.pem")
    let plain = try folder.run("image verify plain.img --key pub.pem --parallel")
    #expect(plain.status == 1)
    #expect(plain.errors.contains("plain.img: has no digest tree"))
    #expect(try folder.run("image verify plain.img --leaf-list app.img").status == 1)
    let several = try folder.run("image verify app.img plain.img --key pub.pem --parallel")
    #expect(several.status == 1)
    #expect(several.output.contains("app.img: good"))
    #expect(several.output.contains("plain.img: bad: has no digest tree"))
    try folder.expect(
      "image create app.bin unsigned.img --version 1.0.0 --unsigned --digest-tree 64K")
    #expect(try folder.run("image verify unsigned.img --parallel").status == 0)
    #expect(try folder.run("image verify unsigned.img --parallel --key pub.pem").status == 1)
  }

  @Test func coversTheEncryptedPayload() throws {
    let folder = try Self.folder()
    try folder.expect("key generate --type x25519 --output device.pem")
    let create = "image create app.bin secret.img --version 1.0.0 --key key.pem --digest-tree 4K"
    try folder.expect(create + " --encrypt-to device.pem")
    let tree = try folder.run("image verify secret.img --key pub.pem --parallel")
    #expect(tree.status == 0)
    #expect(tree.output.contains("payload    encrypted; checked as it is, not decrypted"))
    let whole = try folder.run("image verify secret.img --key pub.pem --decryption-key device.pem")
    #expect(whole.status == 0)
    #expect(whole.output.contains("tree       25 leaves of 4 KiB, all match"))
    // A payload that a device has decrypted in place is not what the tree covers.
    try folder.expect("image extract secret.img plain.bin --decryption-key device.pem")
    var image = try folder.read("secret.img")
    image.replaceSubrange(32..<32 + 100_000, with: try folder.read("plain.bin"))
    try folder.write(image, "decrypted.img")
    let decrypted = try folder.run("image verify decrypted.img --key pub.pem")
    #expect(decrypted.status == 0, "\(decrypted.errors)")
    #expect(decrypted.output.contains("not checked: they cover the encrypted payload"))
    try folder.expect(create + " --encrypt-to device.pem --clear")
    let clear = try folder.run("image verify secret.img --key pub.pem")
    #expect(clear.output.contains("tree       25 leaves of 4 KiB, all match"))
  }

  @Test func refusesWrongUsage() throws {
    let folder = try Self.folder()
    for (line, reason) in [
      ("--digest-tree 5K", "--digest-tree: leaves of 5120 bytes are not possible"),
      ("--digest-tree 128K", "--digest-tree: leaves of 131072 bytes are not possible"),
      ("--leaf-list x", "--leaf-list is about digest trees; give --digest-tree too"),
      ("--digest-tree 4K --pad --slot-size 256K", "give --leaf-list too"),
      ("--digest-tree 4K --tlv 0xbfa1=00", "is made by the image builder; use another one"),
    ] {
      let answer = try folder.run("image create app.bin no.img --version 1.0.0 --unsigned " + line)
      #expect(answer.status == 64)
      #expect(answer.errors.contains(reason), "\(answer.errors)")
    }
    let two = try folder.run("image verify app.img app.img --leaf-list x")
    #expect(two.status == 64)
    try folder.expect(
      "image create app.bin padded.img --version 1.0.0 --unsigned --digest-tree 4K --pad"
        + " --slot-size 256K --leaf-list padded.leaves")
    #expect(try folder.run("image verify padded.img --leaf-list padded.leaves").status == 0)
    #expect(try folder.run("image show padded.img").output.contains("Trailer at the end"))
  }
}

extension CommandFolder {
  /// Runs a line that has to succeed.
  fileprivate func expect(_ line: String) throws {
    let answer = try run(line)
    #expect(answer.status == 0, "\(line): \(answer.errors)")
  }
}
