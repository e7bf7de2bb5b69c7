public import NORFlash

/// How far somebody has read a storage.
public struct ReadingProgress: Equatable, Sendable {
  /// The end of the last read, in bytes from the start.
  public var position: UInt32
  /// The size of the storage in bytes.
  public var size: UInt32
}

/// Whether work on a storage goes on.
public enum ReadingVerdict: Equatable, Sendable {
  /// It does.
  case goOn
  /// It ends with `ObservedStorageError.cancelled`.
  case cancel
}

/// A storage whose reads are watched, and can be ended from outside.
///
/// Verifying, building and installing read their image in order and chunk by chunk. Whoever gives
/// them an observed storage sees how far they are, and ends them between two chunks:
///
/// ```swift
/// var image = ObservedStorage(try FileStorage(path: path)) { progress in
///   bar.show(progress.position, of: progress.size)
///   return isCancelled() ? .cancel : .goOn
/// }
/// ```
public struct ObservedStorage<Base: ReadableStorage & ~Copyable>: ~Copyable, ReadableStorage {
  private var base: Base
  private let observer: (ReadingProgress) -> ReadingVerdict

  /// Watches a storage.
  ///
  /// - Parameter observer: Called after each read.
  public init(
    _ base: consuming Base, observer: @escaping (ReadingProgress) -> ReadingVerdict
  ) {
    self.base = base
    self.observer = observer
  }

  /// The size of the storage in bytes.
  public var size: UInt32 { base.size }

  /// Reads, and asks the observer whether to go on.
  ///
  /// - Throws: `ObservedStorageError.cancelled` or `.storage`.
  public mutating func read(
    at address: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(ObservedStorageError<Base.Failure>) {
    do throws(Base.Failure) {
      try base.read(at: address, into: &buffer)
    } catch { throw .storage(error) }
    let progress = ReadingProgress(
      position: address &+ UInt32(truncatingIfNeeded: buffer.count), size: base.size)
    guard observer(progress) == .goOn else { throw .cancelled }
  }
}

/// Why an observed storage was not read.
public enum ObservedStorageError<Failure: Error>: Error {
  /// The observer said so.
  case cancelled
  /// The storage below failed.
  case storage(Failure)
}

extension ObservedStorageError: Equatable where Failure: Equatable {}
