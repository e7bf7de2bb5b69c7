import Foundation
import Workloads

/// Signed image files of several sizes, made once and kept.
final class ImageFiles {
  /// A file and its size in bytes.
  struct File {
    var path: String
    var size: Int
  }

  let folder: String
  private let brickproof: String

  /// Makes the keys.
  init(_ settings: Settings) throws {
    folder = settings.folder
    brickproof = settings.brickproof
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard !exists("key-public.pem") else { return }
    let key = "\(folder)/key.pem"
    // Images that another key signed would not verify.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".img") || name == "key.pem" {
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
    try ChildProcess.run([
      brickproof, "key", "generate", "--type", "ecdsa-p256", "--output", key,
    ])
    try Data(Material.keyEncryptionKey).write(to: URL(fileURLWithPath: keyEncryptionKey))
    try ChildProcess.run([brickproof, "key", "public", key, "--output", publicKey])
  }

  /// The public key that the images are signed for.
  var publicKey: String { "\(folder)/key-public.pem" }
  /// The raw key of the encrypted images.
  var keyEncryptionKey: String { "\(folder)/kek.bin" }

  /// A file of `size` bytes that do not compress; whole blocks of 4 KiB.
  func payload(of size: Int) throws -> File {
    let name = "payload-\(size)"
    let file = File(path: "\(folder)/\(name)", size: size)
    guard !exists(name) else { return file }
    let path = file.path + ".tmp"
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else { throw WrongResult("\(path) cannot be written: is the disk full?") }
    let piece = 1 << 20
    for offset in stride(from: 0, to: size, by: piece) {
      let count = min(piece, size - offset)
      try handle.write(contentsOf: Data(Material.randomBytes(count, seed: UInt64(offset + 1))))
    }
    try handle.close()
    try FileManager.default.moveItem(atPath: path, toPath: file.path)
    return file
  }

  /// A signed image with such a payload.
  func image(of size: Int) throws -> File { try made("image-\(size).img", size, []) }

  /// The same, encrypted.
  func encryptedImage(of size: Int) throws -> File {
    try made("encrypted-\(size).img", size, ["--encrypt-to", keyEncryptionKey])
  }

  /// The same with a digest tree of 4 KiB leaves.
  func treeImage(of size: Int) throws -> File {
    try made("tree-\(size).img", size, ["--digest-tree", "4K"])
  }

  private func made(_ name: String, _ size: Int, _ options: [String]) throws -> File {
    let path = "\(folder)/\(name)"
    if !exists(name) {
      let payload = try payload(of: size)
      try ChildProcess.run(
        [
          brickproof, "image", "create", payload.path, path, "--version", "1.0.0", "--key",
          "\(folder)/key.pem",
        ] + options)
    }
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    return File(path: path, size: size ?? 0)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }
}
