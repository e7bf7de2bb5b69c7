import ArgumentParser
import TableFormats

/// An address or a number of bytes on the command line: `4096`, `0x1000`, `4K` or `1M`.
struct ByteAddress: ExpressibleByArgument, Equatable, Sendable {
  /// The number of bytes.
  var value: UInt32

  /// Makes an address.
  init(_ value: UInt32) { self.value = value }

  /// Reads an argument; `nil` if it is no number of 32 bits.
  init?(argument: String) {
    guard let number = TableNumber.esp(argument), let value = UInt32(exactly: number) else {
      return nil
    }
    self.value = value
  }

  /// The form that help texts show.
  var defaultValueDescription: String { TableNumber.hexadecimal(value) }
}
