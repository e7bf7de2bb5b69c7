import FirmwareImage
import NORFlash
import OpenSSLCrypto
import Testing

@Suite("An image known by its prologue only")
struct PrologueTests {
  @Test("Examining the prologue and the image gives the same facts", arguments: Vector.accepted)
  func sameFacts(_ vector: Vector) throws {
    let requirements = ImageRequirements(
      signature: vector.signingKey == nil ? .hashOnly : .trustedKey, bootability: .notRequired)
    var storage = MemoryStorage(try Fixture.bytes(vector.file))
    var crypto = try Fixture.provider(
      trusting: vector.keyNames, decryptingWith: vector.decryptionKeyName)
    let whole = try ImageVerifier.examine(&storage, crypto: &crypto, requirements: requirements)
    var prologue = try ImagePrologue(reading: &storage)
    #expect(prologue.size == whole.imageSize)
    let early = try ImageVerifier.examine(&prologue, crypto: &crypto, requirements: requirements)
    #expect(early == whole)
    guard whole.contentKeyWrap != nil else { return }
    let first = try ImageVerifier.contentKey(of: whole, in: &storage, crypto: &crypto)
    let second = try ImageVerifier.contentKey(of: early, in: &prologue, crypto: &crypto)
    #expect(first.size == second.size)
    let isSame = first.storage.span.isEqual(to: second.storage.span)
    #expect(isSame)
  }

  @Test("The payload cannot be read from a prologue")
  func payload() throws {
    var storage = MemoryStorage(try Fixture.bytes("images/06-ec256.bin"))
    var prologue = try ImagePrologue(reading: &storage)
    for (address, count) in [
      (0, 33), (31, 2), (32, 1), (5034, 2), (5186, 2), (5187, 1), (Int(UInt32.max), 8),
    ] {
      var memory = [UInt8](repeating: 0, count: count)
      var buffer = memory.mutableSpan
      var caught: ImagePrologueError?
      do throws(ImagePrologueError) {
        try prologue.read(at: UInt32(address), into: &buffer)
      } catch { caught = error }
      #expect(
        caught == .notInPrologue(address: UInt32(address), count: UInt32(count)))
    }
  }

  @Test("TLV areas beyond the capacity are refused with their size")
  func capacity() throws {
    var image = SyntheticImage()
    image.unprotected = [(TLVType(rawValue: 0xA0), [UInt8](repeating: 1, count: 2048 - 44))]
    var fitting = MemoryStorage(try image.bytes())
    _ = try ImagePrologue(reading: &fitting)
    image.unprotected[0].data.append(1)
    var storage = MemoryStorage(try image.bytes())
    guard
      case .failure(.prologue(.tooLarge(size: 2049, capacity: 2048))) =
        Result(catching: { () throws(ImagePrologueReadError<FlashError>) in
          try ImagePrologue(reading: &storage)
        })
    else {
      Issue.record("accepted")
      return
    }
  }

  @Test("Something that is no image has no prologue")
  func noImage() throws {
    var storage = MemoryStorage([UInt8](repeating: 0xFF, count: 100))
    guard
      case .failure(.prologue(.refused(.erased))) =
        Result(catching: { () throws(ImagePrologueReadError<FlashError>) in
          try ImagePrologue(reading: &storage)
        })
    else {
      Issue.record("accepted")
      return
    }
  }
}
