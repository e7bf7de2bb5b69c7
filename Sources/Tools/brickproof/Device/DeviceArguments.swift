import ArgumentParser
import BootState
import Bootloader
import NORFlash

/// Why a device starts, on the command line.
struct ResetCauseArgument: ExpressibleByArgument {
  var cause: ResetCause

  private static var all: [ResetCause] { (0...9).compactMap(ResetCause.init(rawValue:)) }

  static var allValueStrings: [String] { all.map { "\($0.name)" } }

  init?(argument: String) {
    guard let cause = Self.all.first(where: { "\($0.name)" == argument }) else { return nil }
    self.cause = cause
  }
}

/// A slot that a device boots from, on the command line.
struct BootSlotArgument: ExpressibleByArgument {
  var slot: BootSlot

  private static var all: [BootSlot] { [.slotA, .slotB, .factory] }

  static var allValueStrings: [String] { all.map { "\($0.name)" } }

  init?(argument: String) {
    guard let slot = Self.all.first(where: { "\($0.name)" == argument }) else { return nil }
    self.slot = slot
  }
}

/// A slot that updates go to, on the command line.
struct UpdateSlotArgument: ExpressibleByArgument {
  var slot: UpdateSlot

  static var allValueStrings: [String] { ["slot-a", "slot-b"] }

  init?(argument: String) {
    guard let slot = BootSlotArgument(argument: argument)?.slot.updateSlot else { return nil }
    self.slot = slot
  }
}

/// A range of addresses on the command line: `START:SIZE`.
struct MemoryArgument: ExpressibleByArgument {
  var range: FlashRange

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = ByteAddress(argument: String(parts[0])),
      let size = ByteAddress(argument: String(parts[1])), size.value > 0,
      UInt64(start.value) + UInt64(size.value) <= 1 << 32
    else { return nil }
    range = FlashRange(start: start.value, count: size.value)
  }
}

/// Whether a device may leave a confirmed image, on the command line.
enum LateFallbackArgument: String, CaseIterable, ExpressibleByArgument {
  case allowed, factoryOnly = "factory-only", never

  var policy: LateFallback {
    switch self {
    case .allowed: .allowed
    case .factoryOnly: .factoryOnly
    case .never: .never
    }
  }
}

/// When a device decrypts, on the command line.
enum DecryptionArgument: String, CaseIterable, ExpressibleByArgument, Encodable {
  case install, boot

  var time: DecryptionTime { self == .install ? .atInstall : .atBoot }
}
