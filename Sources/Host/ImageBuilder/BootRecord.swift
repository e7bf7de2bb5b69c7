import FirmwareImage

/// The measured-boot record: a CBOR map that the loader hands to the attestation service.
///
/// Keys in this order: 1 type, 4 version, 5 signer, 6 name of the measurement, 2 measurement. The
/// measurement is zeros in the file, because the record lies inside of what is measured; the loader
/// fills it in, and so it must come last. Source: Arm PSA Attestation API 1.0; imgtool 2.5.0.
struct BootRecord {
  static let maximumTypeLength = 12

  var type: String
  var version: ImageVersion
  var signer: [UInt8]
  var digest: DigestAlgorithm

  func encoded() -> [UInt8] {
    var bytes = Self.head(majorType: 5, 5)
    bytes += Self.key(1) + Self.text(type)
    bytes += Self.key(4) + Self.text("\(version.major).\(version.minor).\(version.revision)")
    bytes += Self.key(5) + Self.byteString(signer)
    bytes += Self.key(6) + Self.text(measurementName)
    bytes += Self.key(2) + Self.byteString([UInt8](repeating: 0, count: digest.size))
    return bytes
  }

  private var measurementName: String {
    switch digest {
    case .sha256: "SHA256"
    case .sha384: "SHA384"
    case .sha512: "SHA512"
    }
  }

  private static func key(_ number: Int) -> [UInt8] { head(majorType: 0, number) }

  private static func text(_ text: String) -> [UInt8] {
    head(majorType: 3, text.utf8.count) + text.utf8
  }

  private static func byteString(_ bytes: [UInt8]) -> [UInt8] {
    head(majorType: 2, bytes.count) + bytes
  }

  /// The head of a CBOR item; every length in a record is below 256.
  private static func head(majorType: UInt8, _ number: Int) -> [UInt8] {
    number < 24 ? [majorType << 5 | UInt8(number)] : [majorType << 5 | 24, UInt8(number)]
  }
}
