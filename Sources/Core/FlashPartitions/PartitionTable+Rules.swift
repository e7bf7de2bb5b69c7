public import NORFlash

extension PartitionTable {
  /// Calls `body` with everything the rules have to say about this table, errors and all.
  ///
  /// The rules about erase blocks, program units and the end of the flash need its geometry; without
  /// one they are left out. ESP-IDF's own rules are apart: `forEachESPFinding(options:_:)`.
  ///
  /// - Parameters:
  ///   - geometry: The flash the table is for, or `nil` if it is not known.
  ///   - options: What else the rules need to know.
  /// - Complexity: O(`count`² · regions)
  public func forEachFinding(
    on geometry: FlashGeometry?, options: PartitionCheckOptions = PartitionCheckOptions(),
    _ body: (PartitionFinding) -> Void
  ) {
    for index in indices {
      checkName(index, body)
      checkPlace(index, on: geometry, options, body)
      for other in 0..<index { checkPair(other, index, options, body) }
    }
    checkRoles(options, body)
    checkProtection(options, body)
    checkExecution(options, body)
    checkGaps(on: geometry, options, body)
    if let geometry {
      checkBlocks(on: geometry, body)
      checkLogs(on: geometry, options, body)
      checkSlots(on: geometry, options, body)
      checkUnits(on: geometry, options, body)
    }
  }

  /// The first finding that is an error, or `nil` if the table may be used.
  ///
  /// - Complexity: O(`count`² · regions)
  public func firstError(
    on geometry: FlashGeometry?, options: PartitionCheckOptions = PartitionCheckOptions()
  ) -> PartitionFinding? {
    var first: PartitionFinding?
    forEachFinding(on: geometry, options: options) { finding in
      if first == nil, finding.severity == .error { first = finding }
    }
    return first
  }

  private func checkName(_ index: Int, _ body: (PartitionFinding) -> Void) {
    let label = self[index].label
    if label.count == 0 { body(.unnamed(index)) }
    for position in 0..<label.count where label[position] < 0x20 || label[position] > 0x7E {
      return body(.unprintableName(index, byte: label[position]))
    }
  }

  private func checkPlace(
    _ index: Int, on geometry: FlashGeometry?, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    let range = self[index].range
    if range.count == 0 { body(.empty(index)) }
    let size = geometry?.size ?? UInt32.max
    if range.end > UInt64(size), geometry != nil || range.end > UInt64(UInt32.max) + 1 {
      body(.outsideFlash(index, flashSize: size))
    }
    for reserved in 0..<options.reserved.count
    where range.overlaps(options.reserved[reserved]) && !isReservedKind(index) {
      body(.overlapsReserved(index, options.reserved[reserved]))
    }
  }

  /// Whether the partition is itself a boot loader or a table, which may lie in a reserved range.
  private func isReservedKind(_ index: Int) -> Bool {
    self[index].type == .bootloader || self[index].type == .partitionTable
  }

  private func checkPair(
    _ first: Int, _ second: Int, _ options: PartitionCheckOptions,
    _ body: (PartitionFinding) -> Void
  ) {
    let (one, other) = (self[first], self[second])
    if one.label == other.label, one.label.count > 0 { body(.duplicateName(first, second)) }
    if let role = one.role, other.role == role, options.roles != .ignored {
      body(.duplicateRole(role, first, second))
    }
    guard one.range.overlaps(other.range) else { return }
    let nested = one.range.contains(other.range) || other.range.contains(one.range)
    if options.nesting == .forbidden || !nested { body(.overlap(first, second)) }
  }

  private func checkRoles(
    _ options: PartitionCheckOptions, _ body: (PartitionFinding) -> Void
  ) {
    guard options.roles != .ignored else { return }
    checkRole(.factory, options, body)
    checkRole(.slotA, options, body)
    checkRole(.slotB, options, body)
    checkRole(.metadata, options, body)
  }

  private func checkRole(
    _ role: PartitionRole, _ options: PartitionCheckOptions, _ body: (PartitionFinding) -> Void
  ) {
    guard let index = index(for: role) else { return body(.missingRole(role, options.roles)) }
    switch (role, self[index].access) {
    case (.factory, .readWrite): body(.writableFactory(index))
    case (.slotA, .readOnly), (.slotB, .readOnly), (.metadata, .readOnly):
      body(.readOnlyRole(role, index))
    default: break
    }
  }

  private func checkProtection(
    _ options: PartitionCheckOptions, _ body: (PartitionFinding) -> Void
  ) {
    guard options.protected.count > 0 else { return }
    for index in indices {
      var covered: UInt64 = 0
      for entry in 0..<options.protected.count {
        let protected = options.protected[entry]
        guard protected.overlaps(self[index].range) else { continue }
        if self[index].access == .readWrite { body(.writableInProtected(index, protected)) }
        covered += UInt64(self[index].range.intersectionCount(protected))
      }
      if self[index].access == .readOnly, covered < UInt64(self[index].range.count) {
        body(.readOnlyUnprotected(index))
      }
    }
  }
}

extension FlashRange {
  /// The number of bytes that both ranges hold.
  func intersectionCount(_ other: FlashRange) -> UInt32 {
    let start = max(start, other.start)
    let end = min(end, other.end)
    return UInt64(start) < end ? UInt32(end - UInt64(start)) : 0
  }
}
