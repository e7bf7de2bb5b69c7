public import FlashPartitions
import NORFlash

/// The `fixed-partitions` node of a devicetree, as Zephyr and Linux read it.
public enum DeviceTree {
  /// The node as text, to stand inside the node of the flash.
  ///
  /// Node labels follow the convention of MCUboot and Zephyr: `slot0_partition` for slot A,
  /// `slot1_partition` for slot B, and the name followed by `_partition` for others.
  ///
  /// - Throws: `TableExportError` if a name is not text.
  public static func text(of table: PartitionTable) throws(TableExportError) -> String {
    var lines = [
      "partitions {", "\tcompatible = \"fixed-partitions\";", "\t#address-cells = <1>;",
      "\t#size-cells = <1>;",
    ]
    var used: Set<String> = []
    for index in table.indices {
      let partition = table[index]
      let name = try partition.label.text(index: index, format: "a devicetree")
      let start = String(partition.range.start, radix: 16)
      lines += [
        "", "\t\(nodeLabel(partition, name, &used)): partition@\(start) {",
        "\t\tlabel = \"\(try escaped(name))\";",
        "\t\treg = <0x\(start) \(TableNumber.hexadecimal(partition.range.count))>;",
      ]
      if partition.access == .readOnly { lines.append("\t\tread-only;") }
      lines.append("\t};")
    }
    return (lines + ["};", ""]).joined(separator: "\n")
  }

  private static func nodeLabel(
    _ partition: Partition, _ name: String, _ used: inout Set<String>
  ) -> String {
    let stem: String
    switch partition.role {
    case .slotA: stem = "slot0"
    case .slotB: stem = "slot1"
    case .factory, .metadata, nil:
      let word = String(
        name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
      stem = word.first?.isLetter == true ? word : "p_" + word
    }
    var label = stem + "_partition"
    var number = 2
    while !used.insert(label).inserted {
      label = "\(stem)_\(number)_partition"
      number += 1
    }
    return label
  }

  private static func escaped(_ name: String) throws(TableExportError) -> String {
    guard !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw .unsupportedName(name, character: "a control character", format: "a devicetree")
    }
    return name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }
}
