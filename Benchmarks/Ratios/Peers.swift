/// The programs that Brickproof is compared with, as far as they are on this machine.
struct Peers {
  /// A program that works on one file.
  struct Peer {
    /// The name of the tool as it stands in tables and in the plot.
    var name: String
    /// The file it works on.
    enum Subject {
      case image
      case treeImage
      case encryptedImage
      case payload
    }
    var subject: Subject
    /// The command line for a file.
    var command: (ImageFiles.File) throws -> [String]
  }

  /// Tools that verify or hash a plain image.
  private(set) var verifying: [Peer] = []
  /// Tools that decrypt and hash.
  private(set) var decrypting: [Peer] = []
  /// Tools that are not here, with what would install them.
  private(set) var missing: [(name: String, remedy: String)] = []

  static let ownVerify = "brickproof image verify"
  static let ownTree = "brickproof image verify --parallel"
  static let ownDecrypt = "brickproof image verify, encrypted"

  init(_ settings: Settings, _ files: ImageFiles) {
    let (command, key) = (settings.brickproof, files.publicKey)
    verifying.append(
      Peer(name: Self.ownVerify, subject: .image) { file in
        [command, "image", "verify", file.path, "--key", key]
      })
    verifying.append(
      Peer(name: Self.ownTree, subject: .treeImage) { file in
        [command, "image", "verify", file.path, "--key", key, "--parallel"]
      })
    let decryptionKey = files.keyEncryptionKey
    decrypting.append(
      Peer(name: Self.ownDecrypt, subject: .encryptedImage) { file in
        [
          command, "image", "verify", file.path, "--key", key, "--decryption-key", decryptionKey,
        ]
      })
    addHashers()
    addImageTool(settings, key)
    addVeritysetup(files)
    addDecrypters(settings)
  }

  private mutating func addHashers() {
    add("openssl dgst -sha256", "openssl", "the package openssl") { path, file in
      [path, "dgst", "-sha256", file.path]
    }
    add("sha256sum", "sha256sum", "the package coreutils") { path, file in [path, file.path] }
    add("Python hashlib", "python3", "the package python3") { path, file in
      [
        path, "-c",
        "import hashlib,sys\n"
          + "print(hashlib.file_digest(open(sys.argv[1],'rb'),'sha256').hexdigest())", file.path,
      ]
    }
    add("rhash --sha256", "rhash", "the package rhash") { path, file in
      [path, "--sha256", file.path]
    }
  }

  private mutating func addImageTool(_ settings: Settings, _ key: String) {
    add(
      "imgtool verify", "imgtool", "Scripts/setup --tests", in: [settings.tools]
    ) { path, file in [path, "verify", "-k", key, file.path] }
  }

  private mutating func addVeritysetup(_ files: ImageFiles) {
    let folder = files.folder
    add(
      "veritysetup verify", "veritysetup", "the package cryptsetup-bin", subject: .payload
    ) { path, file in
      let tree = "\(file.path).verity"
      let text = try ChildProcess.output(of: [path, "format", file.path, tree], in: folder)
      let line = text.split(separator: "\n").first { $0.hasPrefix("Root hash:") }
      let root = line?.split(separator: ":").last?.filter { !$0.isWhitespace } ?? ""
      return [path, "verify", file.path, tree, String(root)]
    }
  }

  private mutating func addDecrypters(_ settings: Settings) {
    if let openssl = ChildProcess.find("openssl") {
      let keys = "-K 42424242424242424242424242424242 -iv 00000000000000000000000000000000"
      decrypting.append(
        Peer(name: "openssl enc | openssl dgst", subject: .encryptedImage) { file in
          [
            "/bin/sh", "-c",
            "'\(openssl)' enc -d -aes-128-ctr \(keys) -in '\(file.path)' | '\(openssl)' dgst -sha256",
          ]
        })
    }
    if let loop = settings.gcryptLoop {
      decrypting.append(
        Peer(name: "libgcrypt, C loop", subject: .encryptedImage) { file in [loop, file.path] })
    } else {
      missing.append(("libgcrypt, C loop", "the package libgcrypt20-dev"))
    }
  }

  private mutating func add(
    _ name: String, _ program: String, _ remedy: String, in folders: [String] = [],
    subject: Peer.Subject = .image,
    _ command: @escaping (String, ImageFiles.File) throws -> [String]
  ) {
    guard let path = ChildProcess.find(program, in: folders) else {
      missing.append((name, remedy))
      return
    }
    verifying.append(Peer(name: name, subject: subject) { file in try command(path, file) })
  }
}

extension Peers.Peer {
  /// The process that takes part in rounds on files with a payload of `size` bytes.
  func contestant(_ size: Int, _ files: ImageFiles) throws -> Contestant {
    let file =
      switch subject {
      case .image: try files.image(of: size)
      case .treeImage: try files.treeImage(of: size)
      case .encryptedImage: try files.encryptedImage(of: size)
      case .payload: try files.payload(of: size)
      }
    return Contestant(name, try command(file), bytes: file.size)
  }
}
