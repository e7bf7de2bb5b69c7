import PowerLoss
import Synchronization

/// One line on a terminal that says how far a search is, and is gone when it has ended.
final class ProgressLine: Sendable {
  private let isFinished = Mutex(false)
  private let width: Int

  /// `nil` if standard error is no terminal.
  init?() {
    guard let columns = Terminal.errorColumns else { return nil }
    width = columns
  }

  /// Shows a text in place of the one before.
  func show(_ text: String) {
    isFinished.withLock { isFinished in
      guard !isFinished else { return }
      StandardError.write("\r" + String(text.prefix(max(1, width - 1))) + "\u{1B}[K")
    }
  }

  /// Shows how far a search is.
  func show(_ progress: SearchProgress) {
    let rate = Int(Double(progress.crashPoints) / max(progress.seconds, 0.001))
    show(
      "\(Count.text(progress.images)) images, \(Count.text(progress.openImages)) open, "
        + "\(Count.text(progress.crashPoints)) crash points (\(Count.text(rate))/s), "
        + "nesting \(progress.deepestNesting), \(Count.seconds(progress.seconds))")
  }

  deinit { finish() }

  /// Takes the line away; nothing is shown any more.
  func finish() {
    isFinished.withLock { isFinished in
      guard !isFinished else { return }
      isFinished = true
      StandardError.write("\r\u{1B}[K")
    }
  }
}
