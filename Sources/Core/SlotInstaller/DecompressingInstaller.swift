public import BootState
public import FirmwareImage
import NORFlash

/// Installs images that may be compressed: what `SlotInstaller` is for plain ones.
///
/// The slot ends up with the plain image, an ordinary signed one, so that a boot loader needs no
/// decompressor; see `CompressedImage`. A plain image is installed as `SlotInstaller` does it.
///
/// ```
/// begin    both signatures checked, that of the compressed image and that of the plain one; size
///          after decompression, window, algorithm, and everything `SlotInstaller.begin` checks
/// write    the bytes as they are delivered: decrypted, decompressed, programmed
/// finish   the plain image is read back, verified, and staged
/// ```
///
/// The hash of what was delivered is not computed. It would come too late to keep damaged bytes from
/// the decompressor, which has to bear them anyway, and it would say nothing about the flash. The
/// hash of the plain image is signed as well, covers every byte that will run, and is compared with
/// what the slot returns.
///
/// After a loss of power `begin` starts at the first delivered byte again, because a decompressor
/// cannot start in the middle; what comes out up to the recorded progress is not programmed again.
///
/// It needs about 4 KiB of memory besides the decompressor, and a further 2 KiB while `begin` runs.
public struct DecompressingInstaller<
  Decompressor: PayloadDecompressor & ~Copyable
>: ~Copyable {
  /// The size of what is delivered, from the header to the end of the TLV areas, in bytes.
  public let imageSize: UInt32

  var installer: SlotInstaller
  var decompressor: Decompressor
  var unpacking: Unpacking

  /// The offset in the delivered image of the next byte that `write` expects.
  public var nextOffset: UInt32 { unpacking.nextOffset }
  /// The slot that is written.
  public var slot: UpdateSlot { installer.slot }
  /// How the payload will be stored.
  public var storedForm: StoredForm { installer.storedForm }
  /// The offset in the slot at which an interrupted installation goes on; 0 if it begins anew.
  public var resumedAt: UInt32 { installer.resumedAt }

  init(
    imageSize: UInt32, installer: SlotInstaller, decompressor: consuming Decompressor,
    unpacking: Unpacking
  ) {
    self.imageSize = imageSize
    self.installer = installer
    self.decompressor = decompressor
    self.unpacking = unpacking
  }
}

/// What lies between the delivered bytes and those of the plain image.
struct Unpacking {
  /// How a compressed image is unpacked; `nil` for a plain one, which passes as it is.
  let plan: Plan?
  /// The offset in the delivered image of the next byte to be taken.
  var nextOffset: UInt32
  /// The bytes that were taken and decrypted, but not used yet.
  var input: [256 of UInt8] = .init(repeating: 0)
  var inputStart = 0
  var inputEnd = 0
  /// The state of the decompression; `nil` for a plain image.
  var decompression: BoundedDecompression?
  /// The bytes of the plain image from `outputOffset` on that are still to be installed.
  var output: [512 of UInt8] = .init(repeating: 0)
  var outputCount = 0
  var outputOffset: UInt32
  /// Why the payload could not be unpacked.
  var failure: CompressionRefusal?

  struct Plan {
    /// Header and TLV areas of the plain image.
    var plain: ImagePrologue
    /// Where the compressed payload lies in the delivered image.
    var payload: FlashRange
    /// How the payload is delivered.
    var incoming: StoredForm
  }

  /// A plain image, from an offset on.
  init(plainFrom offset: UInt32) {
    plan = nil
    nextOffset = offset
    outputOffset = offset
  }

  /// A compressed image, from its first byte on.
  init(_ image: CompressedImage, payload: FlashRange, incoming: StoredForm) {
    plan = Plan(plain: image.plainPrologue, payload: payload, incoming: incoming)
    decompression = BoundedDecompression(image.payload)
    nextOffset = 0
    outputOffset = 0
  }
}
