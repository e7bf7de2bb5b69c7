import NORFlash

/// A way in which a newer table breaks devices that were made with an older one.
///
/// Numbers are indices of partitions in the older and the newer table.
public enum LayoutChange: Equatable, Sendable {
  /// The partition is gone.
  case removed(old: Int)
  /// The partition starts elsewhere: its content stays behind.
  case moved(old: Int, new: Int)
  /// The partition has another size.
  case resized(old: Int, new: Int)
  /// The partition holds something else now.
  case kindChanged(old: Int, new: Int)
  /// The flags differ.
  case flagsChanged(old: Int, new: Int)
  /// A new partition lies where older devices have another one.
  case addedOver(old: Int, new: Int)
  /// A new partition in space that was free.
  case added(new: Int)

  /// An error if a device in the field would lose an image or its boot state, or find foreign
  /// content; a note if nothing of the old layout is touched.
  public func severity(from old: PartitionTable) -> FindingSeverity {
    switch self {
    case .removed(let index): old[index].role == nil ? .warning : .error
    case .moved, .kindChanged, .addedOver: .error
    case .resized(let index, _): old[index].role == nil ? .warning : .error
    case .flagsChanged: .warning
    case .added: .note
    }
  }
}

extension PartitionTable {
  /// Calls `body` with each way in which `newer` differs from this table for a device in the field.
  ///
  /// A partition with a role is known by the role, any other one by its name.
  ///
  /// - Complexity: O(`count` · `newer.count`)
  public func forEachChange(to newer: PartitionTable, _ body: (LayoutChange) -> Void) {
    for index in indices {
      guard let match = newer.counterpart(of: self[index]) else {
        body(.removed(old: index))
        continue
      }
      let (old, new) = (self[index], newer[match])
      if old.range.start != new.range.start { body(.moved(old: index, new: match)) }
      if old.range.count != new.range.count { body(.resized(old: index, new: match)) }
      if old.kind != new.kind { body(.kindChanged(old: index, new: match)) }
      if old.flags != new.flags { body(.flagsChanged(old: index, new: match)) }
    }
    for index in newer.indices where counterpart(of: newer[index]) == nil {
      var isFree = true
      for old in indices where self[old].range.overlaps(newer[index].range) {
        isFree = false
        body(.addedOver(old: old, new: index))
      }
      if isFree { body(.added(new: index)) }
    }
  }

  /// Whether devices with this table can be given software for `newer`: no change is an error.
  ///
  /// - Complexity: O(`count` · `newer.count`)
  public func isLayoutCompatible(with newer: PartitionTable) -> Bool {
    var compatible = true
    forEachChange(to: newer) { change in
      if change.severity(from: self) == .error { compatible = false }
    }
    return compatible
  }

  private func counterpart(of partition: Partition) -> Int? {
    if let role = partition.role { return index(for: role) }
    guard let index = index(named: partition.label) else { return nil }
    return self[index].role == nil ? index : nil
  }
}
