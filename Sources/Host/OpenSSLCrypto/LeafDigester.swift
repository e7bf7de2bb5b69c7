internal import COpenSSL
import FirmwareImage

/// Makes the digests of leaves, one after the other, in one thread.
@safe
struct LeafDigester: ~Copyable {
  private let context: DigestContext
  private let algorithm: OpaquePointer

  init() throws(OpenSSLError) {
    guard let context = DigestContext(), let algorithm = unsafe FetchedAlgorithms.digest(.sha256)
    else { throw .drainingQueue("preparing to hash leaves") }
    self.context = context
    unsafe self.algorithm = algorithm
  }

  /// Starts a leaf; one that was begun is dropped.
  func start() throws(OpenSSLError) {
    guard unsafe EVP_DigestInit_ex2(context.pointer, algorithm, nil) == 1 else {
      throw .drainingQueue("starting the hash of a leaf")
    }
  }

  /// Adds bytes to the leaf.
  func update(_ bytes: Span<UInt8>) throws(OpenSSLError) {
    guard context.update(bytes) else { throw .drainingQueue("hashing a leaf") }
  }

  /// Ends the leaf, and writes its digest to 32 bytes.
  func finish(into digest: UnsafeMutablePointer<UInt8>) throws(OpenSSLError) {
    var mark = DigestTree.leafMark
    guard unsafe EVP_DigestUpdate(context.pointer, &mark, 1) == 1,
      unsafe EVP_DigestFinal_ex(context.pointer, digest, nil) == 1
    else { throw .drainingQueue("ending the hash of a leaf") }
  }

  /// Ends the leaf, and returns its digest.
  func finish() throws(OpenSSLError) -> [32 of UInt8] {
    var digest: [32 of UInt8] = .init(repeating: 0)
    var place = digest.mutableSpan
    let result: Result<Void, OpenSSLError> = unsafe place.withUnsafeMutableBufferPointer { place in
      guard let base = place.baseAddress else { return .success(()) }
      do throws(OpenSSLError) {
        return .success(try unsafe finish(into: base))
      } catch { return .failure(error) }
    }
    try result.get()
    return digest
  }

  /// The root of a tree with these leaf digests.
  static func root(
    of digests: [UInt8], coveredSize: UInt32, leafSizeExponent: UInt8
  ) throws(OpenSSLError) -> [32 of UInt8] {
    var root: [32 of UInt8] = .init(repeating: 0)
    let shape = DigestTree(
      leafSizeExponent: leafSizeExponent, coveredSize: coveredSize, root: root)
    let digester = try LeafDigester()
    try digester.start()
    try digester.update(digests.span)
    try digester.update(shape.rootEnding.span)
    var place = root.mutableSpan
    let good = unsafe place.withUnsafeMutableBufferPointer {
      unsafe EVP_DigestFinal_ex(digester.context.pointer, $0.baseAddress, nil) == 1
    }
    guard good else { throw .drainingQueue("ending the hash of a leaf list") }
    return root
  }
}
