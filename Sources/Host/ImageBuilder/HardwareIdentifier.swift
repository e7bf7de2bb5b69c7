import OpenSSLCrypto

/// A vendor or class id as a user gives it: a UUID, or a name that becomes one.
public enum HardwareIdentifier: Sendable {
  /// The 16 bytes themselves.
  case uuid([16 of UInt8])
  /// A name: a vendor's domain, or a class of that vendor's hardware.
  case name(String)

  /// Reads a UUID with or without dashes; any other printable text is a name.
  ///
  /// - Throws: `ImageBuilderError.invalidHardwareIdentifier` if the text is empty or not printable.
  public init(_ text: String) throws(ImageBuilderError) {
    if let uuid = Self.parseUUID(text) {
      self = .uuid(uuid)
    } else if !text.isEmpty, text.unicodeScalars.allSatisfy(Self.isPrintable) {
      self = .name(text)
    } else {
      throw .invalidHardwareIdentifier(text)
    }
  }

  /// The vendor id: a name is a UUIDv5 in the namespace of domain names, as imgtool makes it.
  public func vendorUUID() -> [16 of UInt8] {
    switch self {
    case .uuid(let bytes): bytes
    case .name(let name):
      NameBasedUUID.make(namespace: NameBasedUUID.domainNameSpace, name: name)
    }
  }

  /// The class id: a name is a UUIDv5 in the namespace of the vendor id, as imgtool makes it.
  ///
  /// - Throws: `ImageBuilderError.classNameNeedsVendor` if a name has no vendor.
  public func classUUID(of vendor: HardwareIdentifier?) throws(ImageBuilderError) -> [16 of UInt8] {
    switch self {
    case .uuid(let bytes): return bytes
    case .name(let name):
      guard let vendor else { throw .classNameNeedsVendor(name) }
      return NameBasedUUID.make(namespace: vendor.vendorUUID(), name: name)
    }
  }

  private static func parseUUID(_ text: String) -> [16 of UInt8]? {
    var characters = Array(text.utf8)
    let dashes = [8, 13, 18, 23]
    if characters.count == 36 {
      guard dashes.allSatisfy({ characters[$0] == UInt8(ascii: "-") }) else { return nil }
      for position in dashes.reversed() { characters.remove(at: position) }
    }
    guard characters.count == 32 else { return nil }
    var bytes = [16 of UInt8](repeating: 0)
    for (index, character) in characters.enumerated() {
      guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
      bytes[index / 2] = bytes[index / 2] << 4 | UInt8(digit)
    }
    return bytes
  }

  private static func isPrintable(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }
}
