import NORFlash
import Testing

@testable import BootState

@Suite("What survives a reset in RAM")
struct DecisionRetainedStateTests {
  /// Written down by hand; the checksum is zlib's crc32 of the first twelve bytes.
  static let golden: [UInt8] = [
    0x52, 0x54, 0x42, 0x50, 0x02, 0x01, 0x01, 0x00, 0x03, 0x00, 0xFF, 0x00,
  ]
  static let checksum: [UInt8] = [0x41, 0xB7, 0x70, 0x25]

  private var state: RetainedState {
    var state = RetainedState(phase: .application, runningSlot: .slotB)
    state.isResetPlanned = true
    state.faultsWithoutLog = FaultCounts(slotA: 3, slotB: 0, factory: 255)
    return state
  }

  private func encoded(_ state: RetainedState) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xA5, count: 20)
    var span = bytes.mutableSpan
    state.encode(into: &span)
    return bytes
  }

  @Test("is encoded as documented, byte for byte, and nothing behind it is touched")
  func goldenBytes() {
    #expect(encoded(state) == Self.golden + Self.checksum + [0xA5, 0xA5, 0xA5, 0xA5])
  }

  @Test("is read as it was written")
  func roundTrip() throws {
    for phase in [RunPhase.loader, .application] {
      for slot in [BootSlot?.none, .slotA, .slotB, .factory] {
        for isPlanned in [false, true] {
          var state = RetainedState(phase: phase, runningSlot: slot)
          state.isResetPlanned = isPlanned
          state.faultsWithoutLog = FaultCounts(slotA: 1, slotB: 2, factory: 3)
          #expect(RetainedState(decoding: encoded(state).span) == state)
        }
      }
    }
  }

  @Test("is not believed with any single bit wrong", arguments: 0..<128)
  func singleBit(_ bit: Int) {
    var bytes = Self.golden + Self.checksum
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    #expect(RetainedState(decoding: bytes.span) == nil)
  }

  @Test("is not believed when it is cut short", arguments: 0..<16)
  func truncated(_ count: Int) {
    let bytes = Array((Self.golden + Self.checksum).prefix(count))
    #expect(RetainedState(decoding: bytes.span) == nil)
  }

  @Test("is not found in RAM after power-on", arguments: [0x00, 0xFF, 0x55] as [UInt8])
  func patterns(_ byte: UInt8) {
    #expect(RetainedState(decoding: [UInt8](repeating: byte, count: 16).span) == nil)
  }

  @Test("with a good checksum but a phase nobody writes is not believed", arguments: [0, 3, 255])
  func unknownPhase(_ phase: UInt8) {
    var bytes = Self.golden
    bytes[4] = phase
    let checksum = CRC32.checksum(of: bytes.span)
    for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(checksum >> shift & 0xFF)) }
    #expect(RetainedState(decoding: bytes.span) == nil)
  }
}
