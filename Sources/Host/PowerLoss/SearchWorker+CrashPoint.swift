internal import FlashEmulator
internal import NORFlash

extension SearchWorker {
  /// What tells one crash point from another: what the flash holds, and what the operation makes of it.
  ///
  /// Where a canonical form says what of the content makes a difference, both count by their reduced
  /// forms. A log writes a greater number every time, so by its bytes hardly an operation comes twice;
  /// what it changes comes again and again.
  func crashPoint(
    _ operation: FlashOperation, _ bytes: Span<UInt8>, on flash: inout EmulatedFlash,
    _ memoryDigest: ContentDigest
  ) -> ContentDigest {
    let place = ContentDigest(
      high: UInt64(operation.address) << 32 | UInt64(operation.count),
      low: operation.kind == .erase ? 1 : 0)
    let isByForm =
      identity == .reducedForm && operation.kind == .program
      && flash.lines(at: operation.address, count: operation.count).allSatisfy {
        apart.contains($0.chunk)
      }
    let effect =
      isByForm
      ? reducedDigest(after: operation, bytes, on: &flash) : ContentDigest(of: bytes)
    let content =
      identity == .reducedForm
      ? canonicalDigest(&flash)
      : flash.contentDigest().combined(with: flash.digestSetApart())
    return content.combined(with: memoryDigest).combined(with: place).combined(with: effect)
  }

  private func reducedDigest(
    after operation: FlashOperation, _ bytes: Span<UInt8>, on flash: inout EmulatedFlash
  ) -> ContentDigest {
    let checkpoint = flash.checkpoint()
    flash.leave(operation, bytes: bytes, as: CutOutcome(.after))
    defer { flash.rollback(to: checkpoint) }
    return reducedDigest(&flash)
  }
}

/// What makes two crash points one.
enum CrashPointIdentity {
  /// What a canonical form leaves of the content and of the effect of the operation.
  case reducedForm
  /// Every byte of both.
  case everyByte
}
