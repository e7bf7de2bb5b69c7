public import BootState
public import FirmwareImage
import NORFlash

/// Whether an installation that was interrupted goes on where it stopped.
public enum Resumption: Equatable, Sendable {
  /// Where the record says so and the image is the same.
  case whenPossible
  /// The update starts from its first byte.
  case never
}

/// Writes an update into a slot as it streams in, and stages it when the slot holds what was signed.
///
/// ```
/// begin    prologue checked -> record `writing` -> nothing erased yet
/// write    any chunk size; each erase block is erased just before its first byte is programmed;
///          a progress record each sixteenth of the slot
/// finish   slot read back and verified -> record `staged`
/// ```
///
/// After a loss of power, `begin` with the same image goes on at `nextOffset`: the last recorded
/// sixteenth, rounded down to an erase block, and erased again from there on. What a slot held
/// before is never taken for progress.
///
/// The bytes are those of the image file from the header to the end of the TLV areas; a trailer
/// behind them is not written.
public struct SlotInstaller {
  /// The number of bytes that are programmed at once.
  public static var pageSize: Int { 512 }

  /// The slot that is written.
  public let slot: UpdateSlot
  /// How the payload will be stored.
  public let storedForm: StoredForm
  /// The size of the image in bytes; the size of the slot if it was begun without a prologue.
  public let imageSize: UInt32
  /// The offset in the image of the next byte that `write` expects.
  public internal(set) var nextOffset: UInt32

  let range: FlashRange
  let imageTag: UInt64
  let decryptedPayload: FlashRange?
  /// The image offset of the first byte in the page; everything before it is programmed.
  var pageOffset: UInt32
  var page: [512 of UInt8]
  /// Whether the page holds what is to be programmed.
  var isPageDecrypted: Bool
  /// The offset in the slot up to which blocks are erased.
  var erasedEnd: UInt32
  var progress: UInt8
  let announcement: Announcement
  /// The offset at which an interrupted installation went on; 0 if it began at the start.
  let resumedAt: UInt32

  /// What was known of the image when its installation began.
  enum Announcement: Equatable {
    case prologue
    case none
  }

  /// The bytes that wait in the page.
  var pageCount: Int { Int(nextOffset - pageOffset) }

  init(
    slot: UpdateSlot, range: FlashRange, storedForm: StoredForm, imageSize: UInt32,
    imageTag: UInt64, decryptedPayload: FlashRange?, resumedAt offset: UInt32, progress: UInt8,
    announcement: Announcement
  ) {
    self.slot = slot
    self.range = range
    self.storedForm = storedForm
    self.imageSize = imageSize
    self.imageTag = imageTag
    self.decryptedPayload = decryptedPayload
    self.announcement = announcement
    resumedAt = offset
    nextOffset = offset
    pageOffset = offset
    erasedEnd = offset
    page = .init(repeating: 0)
    isPageDecrypted = false
    self.progress = progress
  }
}
