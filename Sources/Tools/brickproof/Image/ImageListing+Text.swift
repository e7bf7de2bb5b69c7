extension ImageListing {
  /// Prints the parts in the order in which they lie in the image.
  func printText() {
    guard let header else { return }
    print("\(image): \(fileSize) bytes")
    print("Header at 0x0")
    let load = header.loadAddress == 0 ? "" : " at \(Hexadecimal.number(header.loadAddress))"
    print("  version       \(header.version)")
    print("  header size   \(size(header.headerSize))")
    print("  payload size  \(size(header.payloadSize))")
    print("  protected     \(size(header.protectedSize))")
    print(
      "  flags         \(Hexadecimal.number(header.flags)) "
        + (header.flagNames.isEmpty ? "none" : header.flagNames.joined(separator: ", ")) + load)
    print("Payload at \(Hexadecimal.number(header.headerSize))")
    for (area, title) in [("protected", "Protected"), ("unprotected", "Unprotected")] {
      let rows = entries.filter { $0.area == area }
      guard let first = rows.first else { continue }
      print("\(title) TLVs at \(Hexadecimal.number(first.offset - 4))")
      for row in rows { print("  \(line(row))") }
    }
    if let imageSize { print("End of the image at \(Hexadecimal.number(imageSize))") }
    if let leafList {
      print("Leaf list at \(Hexadecimal.number(leafList.offset))")
      print("  digests       \(leafList.leafCount)")
      let isGood = leafList.verdict == "matches"
      print("  root          \(isGood ? "is the one of the digest tree" : leafList.verdict)")
    }
    if let trailer { printText(of: trailer) }
  }

  private func printText(of trailer: Trailer) {
    guard trailer.magic != "unset" else {
      let behind = Int(fileSize) - Int(imageSize ?? 0) - (leafList?.size ?? 0)
      print("Trailer: none, \(behind) bytes behind the image")
      return
    }
    print("Trailer at the end of the file")
    print("  magic         \(trailer.magic), fields \(trailer.alignment) bytes apart")
    print("  image_ok      \(trailer.imageOK)")
    print("  copy_done     \(trailer.copyDone)")
    let kinds = ["", "none", "test", "permanent", "revert"]
    if let kind = trailer.swapKind {
      let name = Int(kind) < kinds.count && kind > 0 ? kinds[Int(kind)] : "undefined (\(kind))"
      print("  swap_info     \(name), image \(trailer.imageNumber ?? 0)")
    } else {
      print("  swap_info     unset")
    }
  }

  private func line(_ entry: Entry) -> String {
    let columns = [
      pad(Hexadecimal.number(entry.offset), 8), pad(Hexadecimal.number(entry.type), 6),
      pad(entry.name, 17), pad("\(entry.length)", 5),
    ]
    return columns.joined(separator: " ") + " " + entry.meaning
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func size(_ number: some BinaryInteger) -> String {
    "\(number) (\(Hexadecimal.number(number)))"
  }
}
