import DeviceModel
import FlashEmulator
import OpenSSLCrypto
import TableFormats

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The folder that keeps what the demo made.
struct DemoFolder {
  /// The path of the folder.
  let path: String

  static let deviceKey = "device-key.pem"

  /// Makes the folder, or takes an empty one.
  ///
  /// - Throws: `CommandFailure` with status 64 if there is something in it, 70 if it cannot be made.
  init(creating path: String) throws(CommandFailure) {
    let files = FileManager.default
    if let found = try? files.contentsOfDirectory(atPath: path), !found.isEmpty {
      throw .usage("\(path): is not empty; name a new folder")
    }
    do {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .failure("\(path): cannot be made a folder: \(FileError.text(of: error))")
    }
    self.path = path
  }

  /// The path of a file in the folder.
  func path(of file: String) -> String { path + "/" + file }

  /// Writes everything that is not there yet.
  ///
  /// - Throws: `CommandFailure` with status 70.
  func keep(
    _ keys: DemoKeys, _ images: DemoImages, _ device: borrowing EmulatedDevice
  ) throws(CommandFailure) {
    do {
      try keys.signing.writePEM(to: path(of: "signing-key.pem"))
      try keys.stranger.writePEM(to: path(of: "stranger-key.pem"))
      let table = try ESPCSV.text(of: device.description.table)
      try OutputFile.writeAtomically(table.utf8, to: path(of: "partitions.csv"))
      try OutputFile.writeAtomically(
        keys.signing.publicPEM.utf8, to: path(of: "signing-public.pem"))
      for image in images.all {
        try OutputFile.writeAtomically(image.bytes, to: path(of: image.file))
      }
      try device.save(to: path(of: "device.bin"))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw .failure("\(error)")
    }
  }

  /// What the reader can do with the files.
  var hints: [String] {
    [
      "Everything lies in \(path); look at it, break it, go on with it:",
      "  brickproof device status \(path)/device.bin",
      "  brickproof device log \(path)/device.bin",
      "  brickproof image show \(path)/firmware-2.0.0.img",
      "  brickproof device corrupt \(path)/device.bin --partition slot-a --offset 0x1000",
      "  brickproof device boot \(path)/device.bin --examine-all",
    ]
  }
}
