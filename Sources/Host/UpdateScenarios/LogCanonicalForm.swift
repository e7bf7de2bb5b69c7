internal import FlashEmulator
internal import NORFlash
internal import PowerLoss

/// What of a metadata log makes a difference.
///
/// Of counters that only grow, no more counts than their order: generations of sectors within a log,
/// and, where a log is held twice, the numbers of states across both halves, for every new number is
/// greater than all that can be read. Within one log the number of a state decides nothing.
///
/// As long as a cut damages nothing but what is being written: of a sector everything counts from its
/// last valid, firm record on; what stands in front of that record is superseded and left out. A
/// sector counts only until a newer one is proven, and never without a valid header: it is erased
/// before anything in it matters. Of a sector that is newer than the proven one, and is not where that
/// one says the log goes on, it counts only whether it is one and whether it is in doubt: it, too, is
/// erased before its state matters. Where a cut can damage what stood there before, an older record
/// can come back, and every record of every sector counts.
///
/// A position that is used and not valid, and has no weak bits, counts as just that: nothing but an
/// erase touches it any more. Where there are weak bits, the bytes count as they are, and with them
/// the counters that they are compared with.
enum LogCanonicalForm {
  /// For cuts that damage nothing but what is being written.
  static func form(of metadata: FlashRange, on geometry: FlashGeometry) -> CanonicalForm {
    var form = CanonicalForm(
      "metadata log: sectors, generations and numbers of states by their order, no content of torn "
        + "positions, nothing in front of the last valid record of a sector, no sector older than a "
        + "proven one or without a header, and of a newer one only its kind",
      ranges: [metadata]
    ) { LogHalfForms(of: metadata, on: geometry, .untilSuperseded).form }
    let region = geometry.region(containing: metadata.start) ?? geometry.region(at: 0)
    // Where units remember that they were programmed, what the form leaves out of a sector in the
    // making still decides what the next program does there.
    if region.eccUnit == 0, geometry.rewriteRule == .anyBit { form.crashPoints = .reducedForm }
    return form
  }

  /// For cuts that can damage what was complete before.
  static func collateralForm(of metadata: FlashRange, on geometry: FlashGeometry) -> CanonicalForm {
    CanonicalForm(
      "metadata log: sectors, generations and numbers of states by their order, no content of torn "
        + "positions",
      ranges: [metadata]
    ) { LogHalfForms(of: metadata, on: geometry, .always).form }
  }
}
