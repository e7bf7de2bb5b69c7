internal import COpenSSL

/// UUIDs that are derived from a name: version 5 of RFC 4122.
///
/// Vendor and class ids of images may be given as text; imgtool turns the text into such a UUID.
public enum NameBasedUUID {
  /// The namespace of domain names, RFC 4122 appendix C.
  public static var domainNameSpace: [16 of UInt8] {
    [
      0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30,
      0xc8,
    ]
  }

  /// The UUID of `name` in a namespace.
  public static func make(namespace: [16 of UInt8], name: String) -> [16 of UInt8] {
    var input: [UInt8] = []
    for index in namespace.indices { input.append(namespace[index]) }
    input.append(contentsOf: name.utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    var size: UInt32 = 0
    let good = unsafe EVP_Digest(input, input.count, &digest, &size, EVP_sha1(), nil)
    precondition(good == 1, "libcrypto without SHA-1")
    var uuid = [16 of UInt8](repeating: 0)
    for index in uuid.indices { uuid[index] = digest[index] }
    uuid[6] = uuid[6] & 0x0F | 0x50
    uuid[8] = uuid[8] & 0x3F | 0x80
    return uuid
  }
}
