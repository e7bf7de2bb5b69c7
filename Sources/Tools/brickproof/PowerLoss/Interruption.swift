import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Ctrl-C: the first asks to come to an end, a second ends the process.
final class Interruption: @unchecked Sendable {
  private let count = Atomic<Int>(0)
  private let source: any DispatchSourceSignal

  /// Takes over `SIGINT` for the rest of the process.
  init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { [weak self] in self?.note() }
    source.resume()
  }

  /// Whether somebody asked to come to an end.
  var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  private func note() {
    guard count.wrappingAdd(1, ordering: .relaxed).newValue > 1 else { return }
    signal(SIGINT, SIG_DFL)
    raise(SIGINT)
  }
}
