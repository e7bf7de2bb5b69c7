internal import FlashEmulator

/// What one thread lately found out about contents, by their digests; a value takes the place of the
/// one that stood where it goes.
struct DigestCache<Value>: ~Copyable {
  private var places: DigestPlaces
  private var values: [Value]

  /// Makes a cache without any content.
  ///
  /// - Parameters:
  ///   - count: The number of places, a power of two.
  ///   - value: Stands in the empty ones; never given to anybody.
  init(count: Int, filledWith value: Value) {
    places = DigestPlaces(count: count)
    values = [Value](repeating: value, count: count)
  }

  /// What is remembered of a content, or `nil`.
  subscript(digest: ContentDigest) -> Value? { places[digest].map { values[$0] } }

  /// Remembers a value.
  mutating func insert(_ digest: ContentDigest, _ value: Value) {
    values[places.take(digest)] = value
  }
}
