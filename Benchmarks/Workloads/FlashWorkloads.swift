import CReference
import FirmwareImage
import FlashEmulator
import NORFlash
import OpenSSLCrypto

/// The primitives of the emulator on a part with any-bit programming, and the same in C.
public final class FlashWorkloads {
  private static let block = 4_096
  private static let repetitions = 256

  private var flash: EmulatedFlash
  private let page = Material.randomBytes(FlashWorkloads.block, seed: 5)
  private var cells = [UInt8](repeating: 0xFF, count: 1 << 20)

  /// Makes an emulated W25Q128JV, and a megabyte of plain memory for the C code.
  public init() throws { flash = EmulatedFlash(part: try .named("W25Q128JV")) }

  /// Erasing blocks of 4 KiB.
  public var erase: Workload {
    let count = Self.repetitions
    return Workload("emulator erase 4 KiB", .operations(count)) { [self] in
      try Self.erase(&flash, count)
    }
  }

  /// Erasing a block of 4 KiB and programming all of it in one call.
  public var eraseAndProgram: Workload {
    let count = Self.repetitions
    return Workload("emulator erase + program 4 KiB", .operations(count)) { [self] in
      try Self.eraseAndProgram(&flash, page, count)
    }
  }

  /// Programming eight bytes at a time.
  public var programUnits: Workload {
    let count = 1 << 17
    return Workload("emulator program 8 B", .operations(count)) { [self] in
      try Self.programUnits(&flash, page, count)
    }
  }

  /// Reading 4 KiB.
  public var read: Workload {
    let count = 4 * Self.repetitions
    return Workload("emulator read 4 KiB", .operations(count)) { [self] in
      try Self.read(&flash, count)
    }
  }

  /// A checkpoint, eight blocks erased and programmed, and back.
  public var checkpoint: Workload {
    let count = 64
    return Workload("emulator checkpoint + 8 blocks + rollback", .operations(count)) { [self] in
      for _ in 0..<count { try Self.checkpoint(&flash, page) }
      flash.discardCheckpoints()
    }
  }

  /// The same in C: memset, then AND with a check.
  public var referenceEraseAndProgram: Workload {
    let count = Self.repetitions
    return Workload("C memset + AND 4 KiB", .operations(count)) { [self] in
      for index in 0..<count { try referenceBlock(index) }
    }
  }

  /// The same in C: AND with a check, eight bytes at a time.
  public var referenceProgramUnits: Workload {
    let count = 1 << 17
    return Workload("C AND 8 B", .operations(count)) { [self] in
      let good = unsafe cells.withUnsafeMutableBufferPointer { cells in
        unsafe page.withUnsafeBufferPointer { page in
          unsafe Self.referenceUnits(cells.baseAddress!, page.baseAddress!, count)
        }
      }
      guard good else { throw WrongResult("C code refuses to program") }
    }
  }

  /// The same in C: memcpy.
  public var referenceRead: Workload {
    let count = 4 * Self.repetitions
    let buffer = Buffer(count: Self.block)
    return Workload("C memcpy 4 KiB", .operations(count)) { [self] in
      unsafe cells.withUnsafeBufferPointer { cells in
        for index in 0..<count {
          unsafe reference_copy(
            &buffer.bytes, cells.baseAddress! + (index % 256) * Self.block, Self.block)
        }
      }
    }
  }

  /// The same in C: eight blocks saved by memcpy, erased, programmed, and copied back.
  public var referenceCheckpoint: Workload {
    let count = 64
    let saved = Buffer(count: 8 * Self.block)
    return Workload("C 8 blocks saved, written, restored", .operations(count)) { [self] in
      for _ in 0..<count {
        unsafe reference_copy(&saved.bytes, cells, saved.bytes.count)
        for index in 0..<8 { try referenceBlock(index) }
        unsafe reference_copy(&cells, saved.bytes, saved.bytes.count)
      }
    }
  }

  private func referenceBlock(_ index: Int) throws {
    let good = unsafe cells.withUnsafeMutableBufferPointer { cells in
      let start = unsafe cells.baseAddress! + (index % 256) * Self.block
      unsafe reference_erase(start, Self.block)
      return unsafe reference_program(start, page, Self.block) == 1
    }
    guard good else { throw WrongResult("C code refuses to program") }
  }

  private static func referenceUnits(
    _ cells: UnsafeMutablePointer<UInt8>, _ page: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    // The first round over the block decides what it holds; the rest program the same again.
    unsafe reference_erase(cells, block)
    var good: Int32 = 1
    for _ in 0..<count / (block / 8) {
      for offset in stride(from: 0, to: block, by: 8) {
        good &= unsafe reference_program(cells + offset, page + offset, 8)
      }
    }
    return good == 1
  }

  // The emulator is lent out once for all repetitions: an access to a class costs more than the
  // shortest of these operations.

  private static func erase(_ flash: inout EmulatedFlash, _ count: Int) throws(FlashError) {
    for index in 0..<count {
      try flash.erase(at: UInt32(index % 256 * block), count: UInt32(block))
    }
  }

  private static func eraseAndProgram(
    _ flash: inout EmulatedFlash, _ page: [UInt8], _ count: Int
  ) throws(FlashError) {
    for index in 0..<count {
      let address = UInt32(index % 256 * block)
      try flash.erase(at: address, count: UInt32(block))
      try flash.program(at: address, page.span)
    }
  }

  private static func programUnits(
    _ flash: inout EmulatedFlash, _ page: [UInt8], _ count: Int
  ) throws(FlashError) {
    try flash.erase(at: 0, count: UInt32(block))
    let bytes = page.span
    for _ in 0..<count / (block / 8) {
      for offset in stride(from: 0, to: block, by: 8) {
        try flash.program(at: UInt32(offset), bytes.extracting(offset..<offset + 8))
      }
    }
  }

  private static func read(_ flash: inout EmulatedFlash, _ count: Int) throws(FlashError) {
    var buffer = [UInt8](repeating: 0, count: block)
    var span = buffer.mutableSpan
    for index in 0..<count { try flash.read(at: UInt32(index % 256 * block), into: &span) }
  }

  private static func checkpoint(
    _ flash: inout EmulatedFlash, _ page: [UInt8]
  ) throws(FlashError) {
    let checkpoint = flash.checkpoint()
    try eraseAndProgram(&flash, page, 8)
    flash.rollback(to: checkpoint)
  }
}

/// Decrypting, hashing and programming a payload in one pass, chunk by chunk.
public final class FlashPipeline {
  private static let chunk = 32_768

  private var flash: EmulatedFlash
  private var crypto: OpenSSLProvider
  private let source: [UInt8]
  private var cells: [UInt8]
  private var buffer = [UInt8](repeating: 0, count: FlashPipeline.chunk)

  /// Prepares a payload of `size` bytes, up to the 16 MiB of a W25Q128JV.
  public init(size: Int) throws {
    flash = EmulatedFlash(part: try .named("W25Q128JV"))
    crypto = try OpenSSLProvider(trustedKeys: [])
    source = Material.randomBytes(size, seed: 8)
    cells = [UInt8](repeating: 0xFF, count: size)
  }

  /// One pass; the second one programs the same bytes, which the part allows, at the same cost.
  public var run: Workload {
    Workload("decrypt, hash, program", .bytes(source.count)) { [self] in
      var chunk: [UInt8] = []
      swap(&chunk, &buffer)
      defer { swap(&chunk, &buffer) }
      try Self.pass(source, &chunk, &flash, &crypto)
    }
  }

  /// The programming alone, in C.
  public var reference: Workload {
    Workload("C AND", .bytes(source.count)) { [self] in
      let size = cells.count
      let good = unsafe cells.withUnsafeMutableBufferPointer { cells in
        var good: Int32 = 1
        for offset in stride(from: 0, to: size, by: Self.chunk) {
          let count = min(Self.chunk, size - offset)
          good &= unsafe reference_program(cells.baseAddress! + offset, buffer, count)
        }
        return good == 1
      }
      guard good else { throw WrongResult("C code refuses to program") }
    }
  }

  private static func pass(
    _ source: [UInt8], _ buffer: inout [UInt8], _ flash: inout EmulatedFlash,
    _ crypto: inout OpenSSLProvider
  ) throws {
    try crypto.startDigest(.sha256)
    try crypto.startCipher(key: ContentKey(size: 16), payloadOffset: 0)
    for offset in stride(from: 0, to: source.count, by: chunk) {
      let count = min(chunk, source.count - offset)
      var whole = buffer.mutableSpan
      var part = whole._mutatingExtracting(first: count)
      try crypto.applyCipher(from: source.span.extracting(offset..<offset + count), to: &part)
      try crypto.updateDigest(part.span)
      try flash.program(at: UInt32(offset), part.span)
    }
    _ = try crypto.finishDigest()
  }
}
