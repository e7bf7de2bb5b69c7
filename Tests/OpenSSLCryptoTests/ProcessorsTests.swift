import Foundation
import Testing

@testable import OpenSSLCrypto

/// The number of processors is that of the system, as Foundation knows it too.
@Suite struct ProcessorsTests {
  @Test func theNumberIsThatOfFoundation() {
    #expect(Processors.count == ProcessInfo.processInfo.activeProcessorCount)
  }

  @Test(
    arguments: [
      ("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2),
      ("Cpus_allowed:\tff,ffffffff\n", 40),
      ("Cpus_allowed:\t00000000,00000010\nMems_allowed:\t1\n", 1),
      ("Name:\tCpus_allowed:\nCpus_allowed_list:\t0-3\n", nil),
      ("Cpus_allowed:\t0\n", nil),
      ("", nil),
    ] as [(String, Int?)])
  func theMaskIsCounted(status: String, expected: Int?) {
    #expect(Processors.allowedCount(inStatus: Array(status.utf8)) == expected)
  }
}
