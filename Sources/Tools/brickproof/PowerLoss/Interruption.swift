import Dispatch
import Foundation

/// Ctrl-C: the first asks to come to an end, a second ends the process.
final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  private let source: any DispatchSourceSignal

  /// Takes over `SIGINT` for the rest of the process.
  init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { [weak self] in self?.note() }
    source.resume()
  }

  /// Whether somebody asked to come to an end.
  var isRequested: Bool { lock.withLock { count > 0 } }

  private func note() {
    let isSecond = lock.withLock {
      count += 1
      return count > 1
    }
    guard isSecond else { return }
    signal(SIGINT, SIG_DFL)
    raise(SIGINT)
  }
}
