import FirmwareImage

/// Passes the start of an image on to a sink, and stops an image that turns out to be longer.
///
/// The room for an image is measured with the header as it was read first. Flash on a bus that
/// somebody else can drive may return a longer one the next time; without this limit that would
/// write over whatever lies behind the memory for images.
///
/// A value lives only inside the closure of `withBoundedSink`.
@safe
struct BoundedSink<Sink: PayloadSink & ~Copyable>: PayloadSink, ~Copyable {
  private let sink: UnsafeMutablePointer<Sink>
  private let limit: UInt64

  /// - Precondition: `sink` outlives the value and nobody else uses it meanwhile.
  fileprivate init(_ sink: UnsafeMutablePointer<Sink>, limit: UInt64) {
    unsafe self.sink = sink
    self.limit = limit
  }

  /// Passes the bytes on.
  ///
  /// - Throws: `PayloadSinkError.failed` behind the limit, or what the sink throws.
  mutating func receive(_ bytes: Span<UInt8>, at imageOffset: UInt32) throws(PayloadSinkError) {
    guard UInt64(imageOffset) + UInt64(bytes.count) <= limit else { throw .failed(code: 0) }
    try unsafe sink.pointee.receive(bytes, at: imageOffset)
  }
}

/// Runs `body` with a sink that takes the first `limit` bytes of an image only.
func withBoundedSink<Sink: PayloadSink & ~Copyable, Result, E: Error>(
  _ sink: inout Sink, limit: UInt64,
  _ body: (inout BoundedSink<Sink>) throws(E) -> Result
) throws(E) -> Result {
  try unsafe withUnsafeMutablePointer(to: &sink) { (pointer) throws(E) -> Result in
    var bounded = unsafe BoundedSink(pointer, limit: limit)
    return try body(&bounded)
  }
}
