public import BootState
public import Bootloader
public import FirmwareImage
public import NORFlash

/// Learns of each change of what outlives a reset beside the flash.
public protocol PlatformWatcher: AnyObject {
  /// The security floor or the retained RAM has changed.
  func platformHas(floor: UInt32, retainedMemory: [UInt8])
}

/// The hardware of an emulated device around its flash: RAM, one-time programmable memory, watchdog.
public struct EmulatedPlatform: BootPlatform {
  /// The addresses of the RAM that images are loaded to, or `nil` if the device has none for that.
  public let memoryRange: FlashRange?
  /// The content of that RAM; empty until an image is loaded.
  public private(set) var memory: [UInt8]
  /// The RAM that survives a reset, but no loss of power.
  public var retainedMemory: [UInt8] { didSet { tellWatcher() } }
  /// The security floor.
  public var floor: UInt32 { didSet { tellWatcher() } }
  /// The highest floor the store can hold.
  public var floorLimit: UInt32
  /// What the watchdog guards, or `nil` while it is not armed.
  public var watchdog: WatchdogPurpose?
  /// Who learns of each change of what outlives a reset, at the moment it happens.
  public var watcher: (any PlatformWatcher)?
  private var loadOffset: Int?

  /// Makes the hardware of a device that was never switched on.
  public init(memoryRange: FlashRange? = nil, floor: UInt32 = 0, floorLimit: UInt32 = .max) {
    self.memoryRange = memoryRange
    self.floor = floor
    self.floorLimit = floorLimit
    memory = []
    retainedMemory = []
  }

  private func tellWatcher() {
    watcher?.platformHas(floor: floor, retainedMemory: retainedMemory)
  }

  /// The power goes: RAM loses its content, the watchdog stops.
  public mutating func losePower() {
    memory = []
    retainedMemory = []
    watchdog = nil
    loadOffset = nil
  }

  /// What the run before left in retained RAM.
  public mutating func retainedState() -> RetainedState? {
    RetainedState(decoding: retainedMemory.span)
  }

  /// Leaves a state in retained RAM.
  public mutating func retain(_ state: RetainedState) {
    retainedMemory = [UInt8](repeating: 0, count: RetainedState.encodedSize)
    var span = retainedMemory.mutableSpan
    state.encode(into: &span)
  }

  /// Begins to load an image to `address`, which lies in `memoryRange`.
  public mutating func beginLoad(at address: UInt32) {
    guard let memoryRange, memoryRange.contains(address) else { return }
    if memory.isEmpty { memory = [UInt8](repeating: 0, count: Int(memoryRange.count)) }
    loadOffset = Int(address - memoryRange.start)
  }

  /// Ends loading.
  public mutating func endLoad() { loadOffset = nil }

  /// Copies a chunk of the image that is being loaded.
  ///
  /// - Throws: `PayloadSinkError.outOfSpace` behind the end of the RAM.
  public mutating func receive(
    _ bytes: Span<UInt8>, at imageOffset: UInt32
  ) throws(PayloadSinkError) {
    guard let loadOffset else { return }
    let start = loadOffset + Int(imageOffset)
    guard start + bytes.count <= memory.count else {
      throw .outOfSpace(imageOffset: imageOffset)
    }
    var span = memory.mutableSpan
    span.copy(bytes, at: start)
  }

  /// Starts the watchdog.
  public mutating func armWatchdog(for purpose: WatchdogPurpose) { watchdog = purpose }

  /// The security floor.
  public mutating func securityFloor() -> UInt32 { floor }

  /// Whether the store has room for `value`.
  public func canRaiseSecurityFloor(to value: UInt32) -> Bool { value <= floorLimit }

  /// Raises the floor.
  ///
  /// - Throws: `SecurityCounterError.exhausted` above `floorLimit`.
  public mutating func raiseSecurityFloor(to value: UInt32) throws(SecurityCounterError) {
    guard value <= floorLimit else { throw .exhausted(value: value) }
    floor = max(floor, value)
  }
}
