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

  func lock() { unsafe pthread_mutex_lock(mutex) }

  func unlock() { unsafe pthread_mutex_unlock(mutex) }

  /// Gives the lock away until `signal` or `broadcast`, or for no reason at all.
  func wait() { unsafe pthread_cond_wait(changed, mutex) }

  /// Wakes one thread that waits.
  func signal() { unsafe pthread_cond_signal(changed) }

  /// Wakes all threads that wait.
  func broadcast() { unsafe pthread_cond_broadcast(changed) }
}
