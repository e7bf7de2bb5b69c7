import BootState
import Bootloader
import FirmwareImage
import Hardware
import NORFlash

/// A flash that the processor sees at an address: 1 MiB in blocks of 4 KiB.
struct MemoryMappedFlash: ~Copyable, FlashDevice {
  let geometry = FlashGeometry(blockCount: 256, eraseBlock: 4096, programUnit: 4)

  mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(FlashError) {
    try geometry.checkBounds(at: address, count: UInt32(buffer.count))
    guard let base = unsafe hardware_flash_base() else { throw .unreadable(address: address) }
    unsafe buffer.withUnsafeMutableBytes { target in
      unsafe target.baseAddress?.copyMemory(from: base + Int(address), byteCount: target.count)
    }
  }

  mutating func program(at address: UInt32, _ bytes: Span<UInt8>) throws(FlashError) {
    try geometry.checkProgram(at: address, count: UInt32(bytes.count))
    let status = unsafe bytes.withUnsafeBufferPointer { source in
      unsafe hardware_flash_program(address, source.baseAddress, source.count)
    }
    guard status == 0 else { throw .programFailed(address: address) }
  }

  mutating func erase(at address: UInt32, count: UInt32) throws(FlashError) {
    try geometry.checkErase(at: address, count: count)
    guard hardware_flash_erase(address, count) == 0 else { throw .eraseFailed(address: address) }
  }
}

/// A crypto provider without state of its own, as a driver of a hardware engine would be.
struct CryptoEngine: ~Copyable, CryptoProvider {
  var trustedKeyCount: Int { Int(hardware_key_count()) }

  func trustedKeyAlgorithm(at index: Int) -> SignatureAlgorithm {
    SignatureAlgorithm(rawValue: UInt8(truncatingIfNeeded: hardware_key_kind(UInt32(index))))
      ?? .ecdsaP256
  }

  func trustedKey(at index: Int, hasHash hash: Span<UInt8>) -> Bool {
    unsafe hash.withUnsafeBufferPointer {
      unsafe hardware_key_has_hash(UInt32(index), $0.baseAddress, $0.count) != 0
    }
  }

  func trustedKey(at index: Int, isPublicKey key: Span<UInt8>) -> Bool {
    unsafe key.withUnsafeBufferPointer {
      unsafe hardware_key_is(UInt32(index), $0.baseAddress, $0.count) != 0
    }
  }

  mutating func startDigest(_ algorithm: DigestAlgorithm) throws(CryptoError) {
    try check(hardware_digest_start(UInt32(algorithm.rawValue)))
  }

  mutating func updateDigest(_ bytes: Span<UInt8>) throws(CryptoError) {
    try check(
      unsafe bytes.withUnsafeBufferPointer {
        unsafe hardware_digest_update($0.baseAddress, $0.count)
      })
  }

  mutating func finishDigest() throws(CryptoError) -> ImageDigest {
    var digest = ImageDigest(algorithm: .sha256)
    var bytes = digest.storage.mutableSpan
    try check(
      unsafe bytes.withUnsafeMutableBufferPointer { unsafe hardware_digest_finish($0.baseAddress) })
    return digest
  }

  mutating func isValidSignature(
    _ signature: Span<UInt8>, of digest: ImageDigest, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool {
    try isValidPureSignature(
      signature, ofMessage: digest.storage.span.extracting(first: digest.algorithm.size),
      byTrustedKeyAt: index)
  }

  mutating func isValidPureSignature(
    _ signature: Span<UInt8>, ofMessage message: Span<UInt8>, byTrustedKeyAt index: Int
  ) throws(CryptoError) -> Bool {
    unsafe signature.withUnsafeBufferPointer { signature in
      unsafe message.withUnsafeBufferPointer { message in
        unsafe hardware_signature_check(
          UInt32(index), signature.baseAddress, signature.count, message.baseAddress,
          message.count) == 1
      }
    }
  }

  mutating func unwrapContentKey(
    _ wrapped: Span<UInt8>, algorithm: KeyWrapAlgorithm, keySize: Int
  ) throws(CryptoError) -> ContentKey {
    var key = ContentKey(size: keySize)
    var bytes = key.storage.mutableSpan
    try check(
      unsafe wrapped.withUnsafeBufferPointer { wrapped in
        unsafe bytes.withUnsafeMutableBufferPointer { key in
          unsafe hardware_key_unwrap(
            UInt32(algorithm.rawValue), wrapped.baseAddress, wrapped.count, key.baseAddress,
            keySize)
        }
      })
    return key
  }

  mutating func startCipher(key: ContentKey, payloadOffset offset: UInt32) throws(CryptoError) {
    try check(
      unsafe key.storage.span.withUnsafeBufferPointer {
        unsafe hardware_cipher_start($0.baseAddress, key.size, offset)
      })
  }

  mutating func applyCipher(to bytes: inout MutableSpan<UInt8>) throws(CryptoError) {
    try check(
      unsafe bytes.withUnsafeMutableBufferPointer {
        unsafe hardware_cipher_apply($0.baseAddress, $0.count)
      })
  }

  private func check(_ code: UInt32) throws(CryptoError) {
    guard code == 0 else { throw .engineFailed(code: code) }
  }
}

/// Fuses, a watchdog, retained RAM and a copier: what a port writes for its board.
struct Board: ~Copyable, BootPlatform {
  private var loadAddress: UInt32?

  mutating func retainedState() -> RetainedState? {
    let bytes = unsafe UnsafeBufferPointer(
      start: hardware_retained(), count: RetainedState.encodedSize)
    return RetainedState(decoding: unsafe bytes.span)
  }

  mutating func retain(_ state: RetainedState) {
    let bytes = unsafe UnsafeMutableBufferPointer(
      start: hardware_retained(), count: RetainedState.encodedSize)
    var span = unsafe bytes.mutableSpan
    state.encode(into: &span)
  }

  mutating func securityFloor() throws(SecurityCounterError) -> UInt32 { hardware_fuses_read() }

  func canRaiseSecurityFloor(to value: UInt32) -> Bool { value < 64 }

  mutating func raiseSecurityFloor(to value: UInt32) throws(SecurityCounterError) {
    guard hardware_fuses_write(value) == 0 else { throw .writeFailed(value: value) }
  }

  mutating func beginLoad(at address: UInt32) { loadAddress = address }

  mutating func endLoad() { loadAddress = nil }

  mutating func receive(_ bytes: Span<UInt8>, at imageOffset: UInt32) throws(PayloadSinkError) {
    hardware_watchdog_feed()
    guard let loadAddress else { return }
    unsafe bytes.withUnsafeBufferPointer {
      unsafe hardware_load(loadAddress + imageOffset, $0.baseAddress, $0.count)
    }
  }

  mutating func armWatchdog(for purpose: WatchdogPurpose) {
    hardware_watchdog_start(purpose == .trial ? 60 : 10)
  }
}

/// The layout of the board's flash.
func layout() -> BootLayout {
  BootLayout(
    factory: FlashRange(start: 0x10000, count: 0x30000),
    slotA: FlashRange(start: 0x40000, count: 0x50000),
    slotB: FlashRange(start: 0x90000, count: 0x50000),
    metadata: FlashRange(start: 0xE0000, count: 0x2000), tableDigest: 1)
}

/// A configuration with every feature in use.
func configuration() -> BootConfiguration {
  BootConfiguration(
    layout: layout(), decryption: .atBoot, vendorID: .init(repeating: 1),
    classID: .init(repeating: 2), flashBase: 0x800_0000,
    memory: FlashRange(start: 0x2000_0000, count: 0x40000))
}

/// Boots the board, from the reset to the handover.
func boot<Features: BootFeatures>(
  _ configuration: BootConfiguration, with features: Features.Type
) {
  var flash = MemoryMappedFlash()
  var crypto = CryptoEngine()
  var board = Board()
  let memory = unsafe UnsafeMutableBufferPointer(
    start: hardware_buffer(), count: hardware_buffer_size())
  var buffer = unsafe memory.mutableSpan
  let causes = ResetCauseFlags(rawValue: UInt16(truncatingIfNeeded: hardware_reset_cause()))
  do throws(BootError<FlashError>) {
    take(
      try Bootloader.boot(
        flash: &flash, crypto: &crypto, platform: &board, resetCause: causes.resolved,
        configuration: configuration, buffer: &buffer, features: Features.self))
  } catch {
    take(error)
  }
}

/// Hands a value to code that the compiler cannot see through.
func take<Value>(_ value: Value) {
  unsafe withUnsafePointer(to: value) { unsafe hardware_take($0, MemoryLayout<Value>.size) }
}
