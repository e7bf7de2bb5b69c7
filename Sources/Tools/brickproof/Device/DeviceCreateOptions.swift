import ArgumentParser
import BootState
import Bootloader
import DeviceModel
import FlashEmulator
import FlashPartitions
import ImageBuilder
import NORFlash
import OpenSSLCrypto
import TableFormats

/// What a new device is.
struct DeviceCreateOptions: ParsableArguments {
  @Option(help: "The flash part; 'brickproof flash parts' lists them.")
  var part: String

  @Option(help: "The partition table: ESP-IDF CSV or binary, or mtdparts=.")
  var table: String

  @Option(help: ArgumentHelp("A public key to trust; repeatable.", valueName: "pub.pem"))
  var key: [String]

  @Option(
    help: ArgumentHelp(
      "The private key or raw AES key for encrypted images.", valueName: "key.pem|kek.bin"))
  var decryptionKey: String?

  @Option(
    help: """
      When encrypted payloads are decrypted: install (plain in the slot, runs in place) or boot \
      (encrypted in the slot, loaded into RAM).
      """)
  var decrypt = DecryptionArgument.install

  @Option(help: "The vendor id images must carry: a UUID or a name.")
  var vendorId: String?

  @Option(help: "The class id images must carry: a UUID or a name.")
  var classId: String?

  @Option(help: "N: the trial runs that may end in a fault before an update is rejected.")
  var faults: UInt8 = 3

  @Option(help: "M: the trial runs in all before an update is rejected.")
  var starts: UInt8 = 8

  @Option(help: "The faults in a row that suspend a confirmed image; 0 for never.")
  var confirmedFaults: UInt8 = 5

  @Option(help: "Whether the device may leave a confirmed image.")
  var lateFallback = LateFallbackArgument.allowed

  @Option(
    help: ArgumentHelp(
      "The RAM images are loaded to (default: at 0x20000000, as large as the largest slot).",
      valueName: "start:size"))
  var memory: MemoryArgument?

  @Option(help: "The address at which the processor sees the flash.")
  var flashBase = ByteAddress(0)

  @Option(
    help: "The memory for unpacking compressed images: the largest window, or 0 for none.")
  var decompressionWindow = ByteAddress(131_072)

  func validate() throws {
    guard !key.isEmpty else { throw ValidationError("give at least one --key") }
    guard faults > 0 else { throw ValidationError("--faults must be at least 1") }
    guard starts >= faults else {
      throw ValidationError("--starts \(starts) must not be below --faults \(faults)")
    }
  }

  /// The device that the options describe.
  ///
  /// - Throws: `CommandFailure`: status 64 for files that cannot be used, 1 for a table with errors.
  func description() throws(CommandFailure) -> DeviceDescription {
    let flashPart = try FlashPart.named(byArgument: part)
    var keys: [PublicKey] = []
    for path in key { keys.append(try KeyInput.publicKey(path)) }
    var description = DeviceDescription(
      part: flashPart, table: try partitionTable(on: flashPart), trustedKeys: keys)
    if let decryptionKey { description.decryptionKey = try deviceKey(decryptionKey) }
    description.decryption = decrypt.time
    try setIdentifiers(of: &description)
    description.policy.faultLimit = faults
    description.policy.startLimit = starts
    description.policy.confirmedFaultLimit = confirmedFaults
    description.policy.lateFallback = lateFallback.policy
    description.memory = memory?.range
    description.flashBase = flashBase.value
    description.decompressionWindow = decompressionWindow.value
    return description
  }

  private func partitionTable(on part: FlashPart) throws(CommandFailure) -> PartitionTable {
    var options = TableFileOptions()
    options.mtdparts = MTDPartsOptions(flashSize: part.size)
    let file: TableFile
    do throws(TableFileError) {
      file = try TableFile.load(table, options: options)
    } catch {
      if case .unreadable = error { throw .usage(error.description) }
      throw .bad("\(table): \(error)")
    }
    var rules = PartitionCheckOptions()
    rules.roles = .required
    let findings = file.table.findings(on: part.geometry, options: rules)
    if let first = findings.first, first.severity == .error {
      let place = file.parsed.position(of: first).map { "\($0): " } ?? ""
      throw .bad("\(table): \(place)\(first.message)")
    }
    return file.table
  }

  private func deviceKey(_ path: String) throws(CommandFailure) -> DeviceDecryptionKey {
    let bytes = try InputFile.read(path)
    // Loading by path first gives messages that name the file.
    _ = try KeyInput.decryptionKey(path)
    do throws(KeyError) {
      return try DeviceDecryptionKey(fileBytes: bytes)
    } catch {
      throw .usage("\(path): \(error)")
    }
  }

  private func setIdentifiers(of description: inout DeviceDescription) throws(CommandFailure) {
    do throws(ImageBuilderError) {
      var vendor: HardwareIdentifier?
      if let vendorId { vendor = try HardwareIdentifier(vendorId) }
      description.vendorID = vendor?.vendorUUID()
      if let classId {
        description.classID = try HardwareIdentifier(classId).classUUID(of: vendor)
      }
    } catch {
      throw .usage(error.description)
    }
  }
}
