#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A lock whose holder can wait until another thread has changed what it guards.
@safe
final class Condition: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Waits for the lock.
  ///
  /// What it guards takes microseconds. Who goes to sleep over it loses a hundred of them, and often
  /// wakes on the processor of the thread that woke it: so it looks again a while before it does.
  func lock() {
    for _ in 0..<Self.attempts where unsafe pthread_mutex_trylock(mutex) == 0 { return }
    unsafe pthread_mutex_lock(mutex)
  }

  private static let attempts = 2_000

  func unlock() { unsafe pthread_mutex_unlock(mutex) }

  /// Gives the lock away until `signal` or `broadcast`, or for no reason at all.
  func wait() { unsafe pthread_cond_wait(changed, mutex) }

  /// Wakes one thread that waits.
  func signal() { unsafe pthread_cond_signal(changed) }

  /// Wakes all threads that wait.
  func broadcast() { unsafe pthread_cond_broadcast(changed) }
}
