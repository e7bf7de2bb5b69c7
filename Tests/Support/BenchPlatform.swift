public import BootState
public import Bootloader
public import FirmwareImage
public import NORFlash

/// The hardware around the flash, with everything that the boot loader does to it on record.
public struct BenchPlatform: BootPlatform {
  /// A call that the boot loader made.
  public enum Event: Equatable, Sendable {
    /// It left a state in retained RAM.
    case retained(RunPhase)
    /// It began to load an image to this address.
    case beganLoad(UInt32)
    /// It ended loading.
    case endedLoad
    /// It raised the security floor.
    case raisedFloor(UInt32)
    /// It armed the watchdog.
    case armed(WatchdogPurpose)
  }

  /// What is wrong with the store of the floor.
  public enum FloorFault: Equatable, Sendable {
    /// The store cannot be read.
    case unreadable
    /// The store does not take a value.
    case unwritable
  }

  /// The calls so far.
  public var events: [Event] = []
  /// What survives a reset.
  public var retained: RetainedState?
  /// The security floor.
  public var floor: UInt32 = 0
  /// The highest floor the store can hold.
  public var floorLimit: UInt32 = .max
  /// What is wrong with the store of the floor.
  public var floorFault: FloorFault?
  /// The RAM for images.
  public let memoryRange: FlashRange?
  /// The content of that RAM; behind it lies a guard of 64 bytes that nothing may write.
  public private(set) var memory: [UInt8]
  /// The number of chunks that were shown to the platform.
  public private(set) var chunkCount = 0
  private var loadOffset: Int?

  /// Makes the hardware of a device.
  public init(memoryRange: FlashRange?) {
    self.memoryRange = memoryRange
    memory = Array(repeating: 0xA5, count: Int(memoryRange?.count ?? 0) + 64)
  }

  /// Whether nothing was written behind the RAM for images.
  public var guardIsIntact: Bool { memory.suffix(64).allSatisfy { $0 == 0xA5 } }

  /// The power goes: nothing in RAM is left.
  public mutating func losePower() {
    retained = nil
    memory = Array(repeating: 0xA5, count: memory.count)
  }

  /// What the run before left in RAM.
  public mutating func retainedState() -> RetainedState? { retained }

  /// Leaves a state in RAM that survives a reset.
  public mutating func retain(_ state: RetainedState) {
    retained = state
    events.append(.retained(state.phase))
  }

  /// Copies what is received from now on.
  public mutating func beginLoad(at address: UInt32) {
    events.append(.beganLoad(address))
    loadOffset = Int(address - (memoryRange?.start ?? 0))
  }

  /// Copies nothing any more.
  public mutating func endLoad() {
    events.append(.endedLoad)
    loadOffset = nil
  }

  /// Notes that the watchdog runs.
  public mutating func armWatchdog(for purpose: WatchdogPurpose) {
    events.append(.armed(purpose))
  }

  /// Copies without a look at the end of the RAM, as the boot loader promises that it may.
  public mutating func receive(
    _ bytes: Span<UInt8>, at imageOffset: UInt32
  ) throws(PayloadSinkError) {
    chunkCount += 1
    guard let loadOffset else { return }
    for index in bytes.indices where loadOffset + Int(imageOffset) + index < memory.count {
      memory[loadOffset + Int(imageOffset) + index] = bytes[index]
    }
  }

  /// The security floor, unless the store cannot be read.
  public mutating func securityFloor() throws(SecurityCounterError) -> UInt32 {
    if floorFault == .unreadable { throw .unreadable }
    return floor
  }

  /// Whether the store has room for a value.
  public func canRaiseSecurityFloor(to value: UInt32) -> Bool { value <= floorLimit }

  /// Raises the floor, unless the store does not take it.
  public mutating func raiseSecurityFloor(to value: UInt32) throws(SecurityCounterError) {
    if floorFault == .unwritable { throw .writeFailed(value: value) }
    guard value <= floorLimit else { throw .exhausted(value: value) }
    events.append(.raisedFloor(value))
    floor = max(floor, value)
  }
}
