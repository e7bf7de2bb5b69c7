import Foundation

/// How much is measured, and with what.
struct Settings {
  /// Whether small sizes and few rounds will do.
  var isQuick: Bool
  /// The folder for images, which are kept from one run to the next.
  var folder: String
  /// The built command.
  var brickproof: String
  /// The folder with imgtool, if it was set up.
  var tools: String
  /// The program that `Peers/decrypt-and-hash.c` was compiled to, if libgcrypt is there.
  var gcryptLoop: String?

  /// The rounds of each measurement.
  var rounds: Int { isQuick ? 3 : 9 }
  /// The size of the images in memory, in bytes.
  var imageSize: Int { isQuick ? 8 << 20 : 64 << 20 }
  /// The sizes of the image files, in bytes.
  var fileSizes: [Int] {
    let kibibytes =
      isQuick ? [64, 1_024, 16_384] : [64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576]
    return kibibytes.map { $0 << 10 }
  }

  /// The size at which the command is compared with other tools by the time that passes, in bytes.
  var largeSize: Int { isQuick ? 16 << 20 : 64 << 20 }

  /// Says what is being done.
  func say(_ text: String) {
    FileHandle.standardError.write(Data("bench: \(text)\n".utf8))
  }
}
