import BootState
import Bootloader
import DeviceModel
import FirmwareImage
import FlashEmulator
import FlashPartitions
import NORFlash
import OpenSSLCrypto
import SlotInstaller
import Testing

/// Every refusal reaches a user as one line of words.
@Suite struct DeviceErrorTests {
  static let transitions: [TransitionError] = [
    .logLost, .logUnreadable, .slotIsRunning(.slotA), .lastBootableSlot(.slotB),
    .trialInProgress(.slotA),
    .updatePending(.slotB), .runningImageNotConfirmed(.slotA), .notWriting(.slotB),
    .otherImage(expected: 1, found: 2), .slotNotConfirmed(.slotA), .noTrial(.slotB),
    .factoryIsRunning, .everyKeyRevoked,
  ]

  static let flashErrors: [FlashError] = [
    .outOfBounds(address: 16, count: 4), .misaligned(address: 17, count: 3, unit: 4),
    .notErased(address: 16), .wouldRestoreErasedBit(address: 16),
    .rewriteLimit(address: 16, limit: 2), .readOnly(address: 16), .unreadable(address: 16),
    .programFailed(address: 16), .eraseFailed(address: 16), .timedOut(address: 16), .powerLost,
  ]

  static let cryptoErrors: [CryptoError] =
    [
      .digestUnavailable(.sha384), .signatureUnavailable(.ed25519),
      .keyWrapUnavailable(.aesKeyWrap), .keyUnwrapFailed(.eciesX25519), .engineFailed(code: 7),
    ]
    + ([.rsaOAEP, .aesKeyWrap, .eciesP256, .eciesX25519, .eciesX25519SHA512] as [KeyWrapAlgorithm])
    .map { .noDecryptionKey($0) }

  static let logErrors: [MetadataLogError<FlashError>] = [
    .unsuitablePartition(.mixedRegions), .unsuitablePartition(.programUnit(128, largest: 64)),
    .unsuitablePartition(.tooSmall(size: 4096, sectorSize: 4096)),
    .unsuitablePartition(.needsTwoCopies(sectorCount: 4)), .notWritable(address: 16),
    .flash(.eraseFailed(address: 16)),
  ]

  static let installErrors: [InstallError<FlashError>] = [
    .refused(.hashMismatch), .crypto(.noDecryptionKey(.aesKeyWrap)),
    .bootState(.transition(.logLost)), .floorExhausted(counter: 9), .memoryTooSmall(needed: 99),
    .unsuitableSlot(.slotA), .flash(.readOnly(address: 16)), .tooManyBytes(imageSize: 9),
    .incomplete(written: 3, imageSize: 9), .otherImage(expected: 1, found: 2), .prologueNeeded,
  ]

  static var all: [DeviceError] {
    var errors: [DeviceError] = [
      .layout(.missing(.factory)), .layout(.missing(.slotA)), .layout(.missing(.slotB)),
      .layout(.missing(.metadata)), .table("it overlaps"), .key(.notAKey(source: "key.pem")),
      .notRunning, .powerLost, .imageUnreadable("gone"), .imageRefused(.unsigned),
      .imageTooLarge(size: 9, slot: 8), .file(.cannotRead(path: "dev", reason: "gone")),
      .sidecar(path: "dev.json", reason: "it is empty"),
      .bootState(.securityCounter(.unreadable)),
      .bootState(.securityCounter(.exhausted(value: 9))),
      .bootState(.securityCounter(.writeFailed(value: 9))),
    ]
    errors += flashErrors.map { .flash($0) } + cryptoErrors.map { .crypto($0) }
    errors += installErrors.map { .install($0) } + logErrors.map { .bootState(.log($0)) }
    return errors + transitions.map { .bootState(.transition($0)) }
  }

  @Test(arguments: all.indices)
  func isOneLineOfWords(_ index: Int) throws {
    let error = Self.all[index]
    let text = error.description
    #expect(text.count > 15)
    #expect(!text.contains("\n"))
    // A case or label of Swift that slipped through: camel case, or a label with a colon and a
    // number in parentheses.
    #expect(try /[a-z][A-Z]/.firstMatch(in: text) == nil, "\(text)")
    #expect(!text.contains("Optional") && !text.contains("("), "\(text)")
    #expect(try /^[a-z0-9]+(-[a-z0-9]+)*$/.wholeMatch(in: error.name) != nil, "\(error.name)")
  }

  @Test func differentErrorsHaveDifferentWords() {
    let texts = Self.all.map(\.description)
    // The same failure of the flash or of the crypto engine may come by two ways.
    #expect(Set(texts).count >= texts.count - 4)
  }

  @Test func aRefusalNamesPlaceAndRemedy() {
    #expect(DeviceError.notRunning.description.contains("boot it first"))
    #expect(
      DeviceError.install(.bootState(.transition(.slotIsRunning(.slotA)))).description
        == "the device runs from slot-a, which cannot be overwritten; use slot-b")
    #expect(
      DeviceError.install(.refused(.securityCounter(found: 1, minimum: 2))).description
        == "the image is refused: security counter 1 is below the floor of 2")
    #expect(DeviceError.install(.refused(.unknownKey)).name == "unknown-key")
  }
}
