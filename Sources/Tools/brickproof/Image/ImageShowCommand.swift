import ArgumentParser
import FirmwareImage
import OpenSSLCrypto

/// `brickproof image show`: what stands in an image.
struct ImageShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the header, the TLVs and the trailer of an image.",
    discussion: """
      Nothing is verified, except that the parts fit together; `image verify`
      does the rest. Of a broken image all is shown that can be read.

      Example: brickproof image show app.img
      """)

  @Argument(help: "The image, or a dump of a whole slot.")
  var image: String

  @Flag(help: "Print the parts as JSON, with all bytes of the entries.")
  var json = false

  func run() throws {
    try reportingFailures {
      var storage = try ImageInput.open(image)
      let (listing, refusal) = try ImageListing.read(&storage, path: image)
      if json {
        try JSONOutput.print(listing)
      } else if listing.header != nil {
        listing.printText()
      }
      if let refusal { throw CommandFailure.bad("\(image): \(refusal)") }
    }
  }
}
