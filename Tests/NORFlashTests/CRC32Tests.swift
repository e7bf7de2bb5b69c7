import CZlib
import NORFlash
import Testing

@Suite struct CRC32Tests {
  @Test func agreesWithTheCheckValueOfTheCatalogue() {
    let digits = Array("123456789".utf8)
    #expect(CRC32.checksum(of: digits.span) == 0xCBF4_3926)
  }

  @Test(arguments: [0, 1, 2, 3, 15, 16, 17, 255, 4096, 70_001])
  func agreesWithZlib(count: Int) {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let expected = unsafe bytes.withUnsafeBufferPointer {
      unsafe crc32(0, $0.baseAddress, UInt32($0.count))
    }
    #expect(UInt(CRC32.checksum(of: bytes.span)) == expected || count == 0)
    var inParts = CRC32()
    inParts.update(bytes.span.extracting(0..<count / 3))
    inParts.update(bytes.span.extracting(count / 3..<count))
    #expect(inParts.value == CRC32.checksum(of: bytes.span))
  }
}
