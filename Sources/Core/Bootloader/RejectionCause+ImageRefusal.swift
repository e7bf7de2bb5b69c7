public import BootState
public import FirmwareImage

extension RejectionCause {
  /// The class of a refusal, as it is kept in the boot record.
  public init(_ refusal: ImageRefusal) {
    self =
      switch refusal {
      case .truncated, .erased, .notAnImage, .outdatedFormat, .bigEndian, .headerTooSmall,
        .positionIndependent, .contradictoryEncryption, .unknownFlags, .headerChanged, .areaMagic,
        .areaSize, .areaTrailingBytes, .entryTooLong, .entryLength,
        .entryRepeated, .entryMisplaced, .entryContent, .tooManyEntries, .hashMissing, .compression:
        .format
      case .hashMismatch: .hash
      case .unsigned, .unknownKey, .revokedKey, .signatureMismatch, .signatureKind,
        .hashUnfitForKey:
        .signature
      case .contentKeyMissing, .notEncrypted: .decryption
      case .tooLarge, .loadAddress, .pureSignatureNeedsMemory: .placement
      case .notBootable, .compressed: .notBootable
      case .securityCounter: .securityCounter
      case .vendorID, .classID: .hardware
      case .dependency: .dependency
      }
  }

  /// The class of what a crypto provider could not do; `nil` if that says nothing about the image.
  public init?(_ error: CryptoError) {
    switch error {
    case .digestUnavailable: self = .format
    case .signatureUnavailable: self = .signature
    case .keyWrapUnavailable, .noDecryptionKey, .keyUnwrapFailed: self = .decryption
    case .engineFailed: return nil
    }
  }
}
