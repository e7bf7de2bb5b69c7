import FirmwareImage
import NORFlash
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct ObservedStorageTests {
  private func verify(
    _ image: [UInt8], cancelAfter reads: Int = .max
  ) throws -> (result: Result<ImageSummary, any Error>, positions: [UInt32]) {
    var positions: [UInt32] = []
    var storage = ObservedStorage(MemoryStorage(image)) { progress in
      #expect(progress.size == UInt32(image.count))
      positions.append(progress.position)
      return positions.count == reads ? .cancel : .goOn
    }
    var crypto = try OpenSSLProvider(trustedKeys: [ImageFixture.key.publicKey])
    var buffer = [UInt8](repeating: 0, count: 1_024)
    var span = buffer.mutableSpan
    do {
      return (
        .success(try ImageVerifier.verify(&storage, crypto: &crypto, buffer: &span)), positions
      )
    } catch { return (.failure(error), positions) }
  }

  @Test func seesTheWholePass() throws {
    let image = try ImageFixture.image(1, payloadSize: 20_000)
    let (result, positions) = try verify(image)
    _ = try result.get()
    #expect(positions.count >= 20)
    #expect(positions.contains { $0 > 20_000 })
  }

  @Test func endsBetweenTwoChunks() throws {
    let image = try ImageFixture.image(1, payloadSize: 20_000)
    let total = try verify(image).positions.count
    for reads in 1...total {
      let (result, positions) = try verify(image, cancelAfter: reads)
      #expect(throws: ImageCheckError<ObservedStorageError<FlashError>>.storage(.cancelled)) {
        try result.get()
      }
      #expect(positions.count == reads)
    }
  }
}
