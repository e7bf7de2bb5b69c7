import ArgumentParser

/// `brickproof key`: keys that sign and encrypt images.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make keys, and take their public halves.",
    discussion: """
      Keys are PEM files as OpenSSL and imgtool read them. A private key signs
      images (RSA, ECDSA, Ed25519), or decrypts them on a device (RSA-2048,
      P-256, X25519); never use one for both.

      Example: brickproof key generate --type ed25519 --output signing.pem
      """,
    subcommands: [KeyGenerateCommand.self, KeyPublicCommand.self])
}
