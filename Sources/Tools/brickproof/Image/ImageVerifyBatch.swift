import Dispatch
import FirmwareImage
import OpenSSLCrypto
import Synchronization

/// What a number of images is verified with.
struct ImageVerifyBatch: Sendable {
  /// Whether the options describe a device.
  enum DeviceDescription {
    case given
    case none
  }

  /// What became of one image.
  struct Result: Sendable {
    var report: ImageVerifyReport
    /// Why it is not good, or cannot be read.
    var failure: CommandFailure?

    /// An image that is good.
    init(report: ImageVerifyReport) { self.report = report }

    /// An image that is not.
    init(_ path: String, _ failure: ImageCheckFailure) {
      report = ImageVerifyReport(path, failure)
      self.failure = failure.commandFailure(path)
    }
  }

  var keys: [PublicKey]
  /// The files of the keys.
  var keyNames: [String]
  var decryptionKey: DecryptionKey?
  var requirements: ImageRequirements
  var device: DeviceDescription
  /// The file with the leaf list of the image; `nil` to look for one behind it.
  var leafListPath: String?

  func checker(hashing: HashingPlace) throws(ImageCheckFailure) -> ImageChecker {
    try ImageChecker(
      keys: keys, decryptionKey: decryptionKey, requirements: requirements, hashing: hashing)
  }

  /// Verifies one image by its hash, and its digest tree if it has one.
  ///
  /// - Parameter treeThreads: The number of threads for the tree, or `nil` for all processors.
  func report(
    on path: String, with checker: inout ImageChecker, treeThreads: Int?
  ) throws(ImageCheckFailure) -> ImageVerifyReport {
    let checked = try checker.check(path) { DiscardingSink() }.image
    var report = ImageVerifyReport(path, checked, keys: keyNames)
    let trees = ImageTreeChecker(
      keys: keys, leafListPath: leafListPath, threads: treeThreads)
    if let tree = try trees.check(path, image: checked) {
      report.digestTree = ImageTreeReport(tree, keys: keyNames)
    } else if leafListPath != nil {
      throw .noTree
    }
    if device == .given { report.device = "accepts" }
    if decryptionKey != nil {
      report.decryptionKey = checked.storedForm == .plain ? "not-used" : "used"
    }
    return report
  }

  /// Verifies images on all processors.
  ///
  /// - Parameter show: Gets each result, in the order of the images, as soon as those in front of it
  ///   are known.
  /// - Returns: The results in the order of the images.
  func verify(_ paths: [String], show: @Sendable (Result) -> Void) -> [Result] {
    let board = ResultBoard(count: paths.count)
    let workers = min(paths.count, Processors.count)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      do throws(ImageCheckFailure) {
        // A thread has one set of contexts for all its images.
        var checker = try checker(hashing: .callingThread)
        while let number = board.take() {
          board.keep(result(on: paths[number], with: &checker), number, show)
        }
      } catch {
        while let number = board.take() {
          board.keep(Result(paths[number], error), number, show)
        }
      }
    }
    return board.results
  }

  /// Verifies one image by its prologue and its digest tree, on all processors; its hash is not
  /// computed.
  func treeReport(on path: String) throws(ImageCheckFailure) -> ImageVerifyReport {
    let trees = ImageTreeChecker(keys: keys, leafListPath: leafListPath)
    let summary = try trees.summary(of: path, requirements: requirements)
    guard let tree = try trees.check(path, image: nil) else { throw .noTree }
    guard keys.isEmpty || tree.signingKey != nil else { throw .unsignedTree }
    var report = ImageVerifyReport(path, summary, keys: keyNames)
    report.digestCheck = "not-computed"
    // A pure signature covers the payload in one piece, and was not looked at.
    if summary.isPureSignature, report.key != nil { report.signature = "not-checked" }
    report.digestTree = ImageTreeReport(tree, keys: keyNames)
    if device == .given { report.device = "accepts" }
    if decryptionKey != nil { report.decryptionKey = "not-used" }
    return report
  }

  /// Verifies images by their digest trees, one after the other, each on all processors.
  func verifyTrees(_ paths: [String], show: (Result) -> Void) -> [Result] {
    paths.map { path in
      let result: Result
      do throws(ImageCheckFailure) {
        result = Result(report: try treeReport(on: path))
      } catch {
        result = Result(path, error)
      }
      show(result)
      return result
    }
  }

  private func result(on path: String, with checker: inout ImageChecker) -> Result {
    do throws(ImageCheckFailure) {
      return Result(report: try report(on: path, with: &checker, treeThreads: 1))
    } catch {
      return Result(path, error)
    }
  }
}

/// The results of a batch, put together by several threads.
private final class ResultBoard: Sendable {
  private struct State {
    var found: [ImageVerifyBatch.Result?]
    var next = 0
    var shown = 0
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(found: Array(repeating: nil, count: count))) }

  var results: [ImageVerifyBatch.Result] { state.withLock { $0.found.compactMap { $0 } } }

  /// The number of an image that nobody has yet.
  func take() -> Int? {
    state.withLock { state in
      guard state.next < state.found.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  /// Keeps a result, and shows those that are complete up to it.
  func keep(
    _ result: ImageVerifyBatch.Result, _ number: Int, _ show: (ImageVerifyBatch.Result) -> Void
  ) {
    state.withLock { state in
      state.found[number] = result
      while state.shown < state.found.count, let ready = state.found[state.shown] {
        show(ready)
        state.shown += 1
      }
    }
  }
}

/// Verdicts on several images, as JSON.
struct ImageVerifyReports: Encodable {
  var formatVersion = 1
  var images: [ImageVerifyReport]
}
