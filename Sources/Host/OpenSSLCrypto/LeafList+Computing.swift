import Dispatch
public import FirmwareImage
import Synchronization

extension LeafList {
  /// Computes the digests over the first `coveredSize` bytes of a storage, in several threads.
  ///
  /// Each thread needs a quarter of a mebibyte, whatever the size.
  ///
  /// - Parameter threads: The number of threads, or `nil` for one on each processor.
  /// - Precondition: The exponent is one of `DigestTree.leafSizeExponents`, and there is a byte to
  ///   cover.
  /// - Throws: `LeafComputationError.storage` if a read failed, or `.engine`.
  /// - Complexity: O(`coveredSize`)
  public init<S: SharedStorage & ~Copyable>(
    over storage: borrowing S, coveredSize: UInt32, leafSizeExponent: UInt8, threads: Int? = nil
  ) throws(LeafComputationError<S.Failure>) {
    let shape = DigestTree(
      leafSizeExponent: leafSizeExponent, coveredSize: coveredSize, root: .init(repeating: 0))
    let digests = try LeafComputation.digests(
      of: shape, firstLeaves: shape.leafCount, in: storage, threads: threads)
    do {
      try self.init(digests, coveredSize: coveredSize, leafSizeExponent: leafSizeExponent)
    } catch { throw .engine(error) }
  }

  /// The leaves whose digests are not the same in both lists, in order.
  ///
  /// - Precondition: Both lists are of trees of the same shape.
  /// - Complexity: O(number of leaves)
  public func leaves(differingFrom other: LeafList) -> [UInt32] {
    precondition(
      tree.coveredSize == other.tree.coveredSize
        && tree.leafSizeExponent == other.tree.leafSizeExponent)
    return leaves(differingFrom: other.digests)
  }

  /// The leaves among the first ones that do not have the digests that were computed of them.
  public func leaves(differingFrom computed: [UInt8]) -> [UInt32] {
    let size = DigestTree.digestSize
    return (0..<computed.count / size).lazy.map(UInt32.init).filter {
      let start = Int($0) * size
      return !hasDigest(computed.span.extracting(start..<start + size), ofLeaf: $0)
    }
  }
}

/// Why the digests of leaves could not be computed.
public enum LeafComputationError<Failure: Error>: Error {
  /// The storage could not be read.
  case storage(Failure)
  /// libcrypto failed.
  case engine(OpenSSLError)
}

extension LeafComputationError: Equatable where Failure: Equatable {}

/// Computes digests of leaves in several threads.
public enum LeafComputation {
  /// What a thread reads and hashes at a time: enough that its calls do not matter, small enough for
  /// the second cache.
  private static var portionSize: UInt32 { 256 << 10 }

  /// The digests of the first leaves of a tree, 32 bytes each; the root is not looked at.
  ///
  /// - Parameter threads: The number of threads, or `nil` for one on each processor.
  /// - Precondition: The tree has as many leaves.
  /// - Throws: `LeafComputationError.storage` if a read failed, or `.engine`.
  /// - Complexity: O(size of the leaves)
  public static func digests<S: SharedStorage & ~Copyable>(
    of tree: DigestTree, firstLeaves count: UInt32, in storage: borrowing S, threads: Int? = nil
  ) throws(LeafComputationError<S.Failure>) -> [UInt8] {
    precondition(count <= tree.leafCount, "the tree has no such leaves")
    let leavesInPortion = portionSize >> UInt32(tree.leafSizeExponent)
    let portions = Int((count + leavesInPortion - 1) / leavesInPortion)
    let workers = max(1, min(threads ?? Processors.count, portions))
    var digests = [UInt8](repeating: 0, count: Int(count) * DigestTree.digestSize)
    let work = PortionQueue<LeafComputationError<S.Failure>>(count: portions)
    unsafe digests.withUnsafeMutableBufferPointer { all in
      guard let base = all.baseAddress else { return }
      let place = unsafe DigestPlace(base)
      guard workers > 1 else {
        return hashPortions(work, of: tree, firstLeaves: count, in: storage, into: place)
      }
      DispatchQueue.concurrentPerform(iterations: workers) { _ in
        hashPortions(work, of: tree, firstLeaves: count, in: storage, into: place)
      }
    }
    if let failure = work.failure { throw failure }
    return digests
  }

  /// Hashes portions until none is left.
  private static func hashPortions<S: SharedStorage & ~Copyable>(
    _ work: PortionQueue<LeafComputationError<S.Failure>>, of tree: DigestTree,
    firstLeaves count: UInt32, in storage: borrowing S, into place: DigestPlace
  ) {
    do throws(LeafComputationError<S.Failure>) {
      var buffer = [UInt8](repeating: 0, count: Int(portionSize))
      let digester: LeafDigester
      do throws(OpenSSLError) { digester = try LeafDigester() } catch { throw .engine(error) }
      let leavesInPortion = portionSize >> UInt32(tree.leafSizeExponent)
      while let portion = work.take() {
        let first = UInt32(portion) * leavesInPortion
        let leaves = first..<min(first + leavesInPortion, count)
        try hash(leaves, of: tree, in: storage, with: digester, &buffer, into: place)
      }
    } catch { work.fail(error) }
  }

  private static func hash<S: SharedStorage & ~Copyable>(
    _ leaves: Range<UInt32>, of tree: DigestTree, in storage: borrowing S,
    with digester: borrowing LeafDigester, _ buffer: inout [UInt8], into place: DigestPlace
  ) throws(LeafComputationError<S.Failure>) {
    let start = tree.range(ofLeaf: leaves.lowerBound).lowerBound
    let end = tree.range(ofLeaf: leaves.upperBound - 1).upperBound
    var span = buffer.mutableSpan
    let result: Swift.Result<Void, OpenSSLError>
    do throws(S.Failure) {
      result = try storage.withBytes(at: start, count: Int(end - start), buffer: &span) { bytes in
        do throws(OpenSSLError) {
          for leaf in leaves {
            let range = tree.range(ofLeaf: leaf)
            let part = Int(range.lowerBound - start)..<Int(range.upperBound - start)
            try digester.start()
            try digester.update(bytes.extracting(part))
            try unsafe digester.finish(into: place.digest(ofLeaf: leaf))
          }
          return .success(())
        } catch { return .failure(error) }
      }
    } catch { throw .storage(error) }
    do { try result.get() } catch { throw .engine(error) }
  }
}

/// Where the digests of leaves go; each thread writes those of other leaves.
@safe
private struct DigestPlace: @unchecked Sendable {
  private let base: UnsafeMutablePointer<UInt8>

  init(_ base: UnsafeMutablePointer<UInt8>) { unsafe self.base = base }

  func digest(ofLeaf index: UInt32) -> UnsafeMutablePointer<UInt8> {
    unsafe base + Int(index) * DigestTree.digestSize
  }
}

/// Portions of work that threads take one after the other, until one of them fails.
private final class PortionQueue<Failure: Error>: Sendable {
  private let next = Atomic<Int>(0)
  private let first = Mutex<Failure?>(nil)
  private let count: Int

  init(count: Int) { self.count = count }

  /// What went wrong first.
  var failure: Failure? { first.withLock { $0 } }

  /// A portion that nobody has yet.
  func take() -> Int? {
    let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return number < count ? number : nil
  }

  /// Ends the work.
  func fail(_ failure: Failure) {
    next.store(count, ordering: .relaxed)
    first.withLock { if $0 == nil { $0 = failure } }
  }
}
