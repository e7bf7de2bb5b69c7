import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where a provider hashes.
public enum HashingPlace: Equatable, Sendable {
  /// In the thread that calls.
  case callingThread
  /// In a thread of its own, while the caller reads and decrypts what comes next.
  case secondThread
  /// In the calling thread up to a mebibyte, from then on in a second one, if there is a processor
  /// for it: a thread costs more than it brings for less.
  case automatic

  /// The bytes of one content that the calling thread hashes itself.
  var ownShare: Int {
    switch self {
    case .callingThread: .max
    case .secondThread: 0
    case .automatic: Processors.count > 1 ? 1 << 20 : .max
    }
  }
}

/// A thread that adds to a hash what another thread hands it, and ends with its owner.
///
/// The hash belongs to this thread from the first `update` until `drain` has returned, and to the
/// other one otherwise.
@safe
final class HashingThread: Sendable {
  private let ring = ByteRing()
  private let flag = FailureFlag()

  /// Starts the thread; it keeps `context` alive.
  init(_ context: DigestContext) {
    let ring = ring
    let failed = flag
    ThreadBody {
      ring.readAll { piece in
        if !context.update(piece) { failed.isRaised.store(true, ordering: .releasing) }
      }
    }.start()
  }

  deinit { ring.close() }

  /// Hands bytes over; they are copied.
  ///
  /// - Returns: Whether everything so far could be hashed, as far as is known.
  func update(_ bytes: Span<UInt8>) -> Bool {
    ring.write(bytes)
    return !flag.isRaised.load(ordering: .acquiring)
  }

  /// Waits until everything is hashed.
  ///
  /// - Returns: Whether it could be.
  func drain() -> Bool {
    ring.drain()
    return !flag.isRaised.exchange(false, ordering: .acquiringAndReleasing)
  }
}

/// Says from one thread to another that something failed.
private final class FailureFlag: Sendable {
  let isRaised = Atomic<Bool>(false)
}

/// What a thread of its own does.
private final class ThreadBody: Sendable {
  private let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }

  /// Starts the thread; nobody waits for its end.
  func start() {
    var thread = pthread_t()
    let body = unsafe Unmanaged.passRetained(self)
    let error = unsafe pthread_create(
      &thread, nil,
      { body in
        if let body = unsafe body {
          unsafe Unmanaged<ThreadBody>.fromOpaque(body).takeRetainedValue().run()
        }
        return nil
      }, body.toOpaque())
    precondition(error == 0, "the system has no thread left")
    pthread_detach(thread)
  }
}
