import ArgumentParser
import FirmwareImage
import ImageBuilder
import OpenSSLCrypto

/// The options of `image create`, as far as they make a recipe.
struct ImageCreateOptions: ParsableArguments {
  @Option(help: "The version: MAJOR[.MINOR[.REVISION[+BUILD]]].")
  var version: String

  @Option(help: ArgumentHelp("The private key that signs.", valueName: "key.pem"))
  var key: String?

  @Flag(help: "Make an image without a signature, protected by its hash only.")
  var unsigned = false

  @Option(help: "The distance from the start of the image to the payload, in bytes.")
  var headerSize = ByteAddress(32)

  @Option(help: "The size of the slot; the image and a trailer must fit into it.")
  var slotSize: ByteAddress?

  @Option(help: "The smallest write of the flash in bytes: 1, 2, 4, 8, 16 or 32.")
  var align = 1

  @Option(
    help: "The distance of the trailer's fields: 8, 16 or 32; --align if that is more than 8.")
  var maxAlign: Int?

  @Flag(help: "Fill the slot, and end it with a trailer: the loader tries the image once.")
  var pad = false

  @Flag(help: "As --pad, and mark the image as confirmed: the loader keeps it.")
  var confirm = false

  @Flag(help: "The loader copies and never swaps; its trailer is smaller.")
  var overwriteOnly = false

  @Option(help: "The security counter: a number, or auto to make it from the version.")
  var securityCounter: String?

  @Option(help: ArgumentHelp("Another image that is needed; repeatable.", valueName: "id:version"))
  var dependency: [String] = []

  @Option(help: ArgumentHelp("Add a measured-boot record with this type.", valueName: "type"))
  var bootRecord: String?

  @Option(
    help: """
      Compress the payload: zlib or lzma2. A device that installs the image must be able to unpack it.
      """)
  var compress: CompressionArgument?

  @Flag(help: "Make ARM-Thumb code compress better; lzma2 only.")
  var armThumb = false

  @Option(
    help: "log2 of the memory that unpacking zlib takes: 9 to 15 (default: 15, which is 32 KiB).")
  var windowBits: UInt8?

  @Option(
    help: ArgumentHelp(
      "Encrypt to this public key (RSA-2048, P-256, X25519) or raw AES key.",
      valueName: "pub.pem|kek.bin"))
  var encryptTo: String?

  @Option(help: "The cipher of the payload: 128 or 256 (default: 128, or that of a raw AES key).")
  var aes: Int?

  @Option(help: "The hash of an X25519 key wrap: sha256 or sha512.")
  var eciesHash: DigestArgument?

  @Flag(help: "Leave the payload plain, but add the wrapped key: for the slot the image runs from.")
  var clear = false

  @Option(help: "The hash: sha256, sha384 or sha512 (default: the one of the key).")
  var hash: DigestArgument?

  @Flag(help: "Sign the image itself instead of its hash; ed25519 only.")
  var pure = false

  @Flag(help: "Put the whole public key into the image instead of its hash.")
  var embedPublicKey = false

  @Flag(help: "Fill an ECDSA signature up to a fixed length, for loaders before MCUboot 1.5.")
  var padSignature = false

  @Option(help: "The RAM address the loader puts the image at.")
  var loadAddress: ByteAddress?

  @Option(help: "The flash address the image is linked for.")
  var romFixed: ByteAddress?

  @Flag(help: "Mark the image as one that is not started.")
  var nonBootable = false

  @Option(help: "Who made the hardware: a UUID, or a domain name.")
  var vendorId: String?

  @Option(help: "The kind of hardware: a UUID, or a name.")
  var classId: String?

  @Option(
    help: ArgumentHelp(
      "Add a digest tree with leaves of this size: 4K, 8K, 16K, 32K or 64K.", valueName: "size"))
  var digestTree: ByteAddress?

  @Option(
    help: ArgumentHelp(
      "Write the leaf list to this file instead of behind the image.", valueName: "file"))
  var leafList: String?

  @Option(help: ArgumentHelp("An entry of your own; repeatable.", valueName: "type=hex"))
  var tlv: [String] = []
}

/// A hash algorithm on the command line.
enum DigestArgument: String, ExpressibleByArgument, CaseIterable {
  case sha256
  case sha384
  case sha512

  var algorithm: DigestAlgorithm {
    switch self {
    case .sha256: .sha256
    case .sha384: .sha384
    case .sha512: .sha512
    }
  }
}

/// A compression on the command line.
enum CompressionArgument: String, ExpressibleByArgument, CaseIterable {
  case zlib
  case lzma2
}
