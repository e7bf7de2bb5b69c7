import BootState
import Bootloader
import FirmwareImage
import FlashEmulator
import FlashPartitions
public import NORFlash
import OpenSSLCrypto
import TableFormats

extension EmulatedDevice {
  /// Builds a device as a factory does: erased flash, the factory image programmed and verified, and
  /// an empty boot state on record.
  ///
  /// - Throws: `DeviceError.table` or `.layout` if the table does not fit the part,
  ///   `.imageRefused` if the device would not boot the factory image, `.imageTooLarge`, `.key`,
  ///   `.imageUnreadable`.
  public static func manufacture<S: ReadableStorage & ~Copyable>(
    _ description: DeviceDescription, factoryImage: inout S
  ) throws(DeviceError) -> EmulatedDevice {
    try check(description)
    let layout = try description.layout()
    guard let factory = layout.factory else { throw .layout(.missing(.factory)) }
    let form = try factoryForm(of: &factoryImage, description)
    var device = try EmulatedDevice(
      description: description,
      configuration: description.configuration(factoryForm: form, examination: .untilBootable),
      flash: EmulatedFlash(part: description.part), platform: EmulatedPlatform())
    device.platform = EmulatedPlatform(memoryRange: device.configuration.memory)
    device.registerPartitions()
    try device.programFactory(&factoryImage, into: factory, form: form)
    try device.beginLog()
    return device
  }

  /// Names the partitions, so that the flash keeps statistics of each.
  mutating func registerPartitions() {
    for index in description.table.indices {
      let partition = description.table[index]
      flash.register("\(partition.label)", range: partition.range)
    }
  }

  private static func check(_ description: DeviceDescription) throws(DeviceError) {
    if let finding = description.table.firstError(on: description.part.geometry) {
      throw .table(finding.inWords(about: description.table).message)
    }
  }

  /// A device that decrypts at boot keeps an encrypted factory image as it is.
  private static func factoryForm<S: ReadableStorage & ~Copyable>(
    of image: inout S, _ description: DeviceDescription
  ) throws(DeviceError) -> StoredForm {
    do throws(ImageCheckError<S.Failure>) {
      let header = try ImageVerifier.header(of: &image)
      return header.isEncrypted && description.decryption == .atBoot ? .ciphertext : .plain
    } catch {
      throw DeviceError(error)
    }
  }

  private mutating func programFactory<S: ReadableStorage & ~Copyable>(
    _ image: inout S, into range: FlashRange, form: StoredForm
  ) throws(DeviceError) {
    var content = ImageCollector()
    var buffer = Self.verificationBuffer()
    var span = buffer.mutableSpan
    let summary: ImageSummary
    do throws(ImageCheckError<S.Failure>) {
      let header = try ImageVerifier.header(of: &image)
      let requirements = configuration.requirements(
        for: .factory, header: header, securityFloor: 0, revokedKeys: 0)
      summary = try ImageVerifier.verify(
        &image, crypto: &crypto, requirements: requirements,
        storedForm: header.isEncrypted ? .ciphertext : .plain, buffer: &span, sink: &content)
    } catch {
      throw DeviceError(error)
    }
    guard summary.imageSize <= range.count else {
      throw .imageTooLarge(size: summary.imageSize, slot: range.count)
    }
    var bytes = form == .plain ? content.bytes : []
    do throws(S.Failure) {
      try image.appendBytes(to: &bytes, upTo: summary.imageSize)
    } catch {
      throw .imageUnreadable("\(error)")
    }
    let unit = Int(flash.geometry.largestProgramUnit)
    bytes += [UInt8](
      repeating: flash.geometry.erased.byte, count: (unit - bytes.count % unit) % unit)
    do throws(FlashError) {
      try flash.program(at: range.start, bytes.span)
    } catch {
      throw .flash(error)
    }
  }

  /// Writes the state of a device with two empty slots.
  private mutating func beginLog() throws(DeviceError) {
    let layout = configuration.layout
    do throws(MetadataLogError<FlashError>) {
      try flash.withPartition(
        layout.metadata, mapFailure: { MetadataLogError.flash($0) }
      ) { (view) throws(MetadataLogError<FlashError>) in
        var log = try MetadataLog.mount(on: &view, tableDigest: layout.tableDigest)
        try log.append(BootRecord(), to: &view)
      }
    } catch {
      throw .bootState(.log(error))
    }
  }
}

/// Keeps header and plain payload of an image that is being verified.
struct ImageCollector: PayloadSink {
  var bytes: [UInt8] = []

  mutating func receive(_ bytes: Span<UInt8>, at imageOffset: UInt32) {
    for index in bytes.indices { self.bytes.append(bytes[index]) }
  }
}

extension ReadableStorage where Self: ~Copyable {
  /// Appends the bytes from `bytes.count` to `end`.
  mutating func appendBytes(to bytes: inout [UInt8], upTo end: UInt32) throws(Failure) {
    guard bytes.count < Int(end) else { return }
    var rest = [UInt8](repeating: 0, count: Int(end) - bytes.count)
    var span = rest.mutableSpan
    try read(at: UInt32(bytes.count), into: &span)
    bytes += rest
  }
}

extension DeviceError {
  /// Classifies the end of an image check.
  init<Failure: Error>(_ error: ImageCheckError<Failure>) {
    switch error {
    case .storage(let failure): self = .imageUnreadable("\(failure)")
    case .refused(let refusal): self = .imageRefused(refusal)
    case .crypto(let failure): self = .crypto(failure)
    case .sink: self = .imageUnreadable("its payload could not be kept")
    }
  }
}
