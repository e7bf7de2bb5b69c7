import ArgumentParser
import OpenSSLCrypto

/// `brickproof key public`: the public half of a private key.
struct KeyPublicCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "public",
    abstract: "Write the public half of a private key.",
    discussion: """
      The public key is PEM (SubjectPublicKeyInfo). Devices trust it, or images
      are encrypted to it.

      Example: brickproof key public signing.pem --output signing-public.pem
      """)

  @Argument(help: ArgumentHelp("The private key, PEM or DER.", valueName: "key.pem"))
  var key: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "pub.pem"))
  var output: String

  func run() throws {
    try reportingFailures {
      let privateKey = try KeyInput.privateKey(key)
      try OutputFile.writeAtomically(privateKey.publicPEM.utf8, to: output)
    }
  }
}
