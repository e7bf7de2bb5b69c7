#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension EmulatedFlash {
  /// The path of the sidecar of the dump at `path`: the same with `.json` behind it.
  public static func sidecarPath(forDump path: String) -> String { path + ".json" }

  /// Writes the bytes of the flash to a file that other tools can read, and the sidecar beside it.
  ///
  /// Each file appears complete or not at all; the dump is replaced first. The sidecar can be read
  /// by its owner only.
  ///
  /// - Throws: `FlashDumpError.cannotWrite`.
  public func save(to path: String) throws(FlashDumpError) {
    try saveContents(to: path)
    let sidecarPath = Self.sidecarPath(forDump: path)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(sidecar()) else {
      throw .cannotWrite(path: sidecarPath, reason: "the state of the flash has no JSON form")
    }
    let bytes = [UInt8](data)
    try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(FlashDumpError) in
      try unsafe FlashFile.writeAtomically(
        UnsafeRawBufferPointer(bytes), to: sidecarPath, mode: 0o600)
    }
  }

  /// Writes only the bytes of the flash; for callers that keep the ``FlashSidecar`` themselves.
  ///
  /// - Throws: `FlashDumpError.cannotWrite`.
  public func saveContents(to path: String) throws(FlashDumpError) {
    let bytes = unsafe UnsafeRawBufferPointer(start: cells, count: Int(size))
    try unsafe FlashFile.writeAtomically(bytes, to: path, mode: 0o666)
  }

  /// Reads a dump and its sidecar.
  ///
  /// `part` is needed only for a part that is not in the catalogue.
  ///
  /// - Throws: `FlashDumpError` with the path of the file.
  public static func load(
    from path: String, part: FlashPart? = nil, enforcement: RuleEnforcement = .strict
  ) throws(FlashDumpError) -> EmulatedFlash {
    let sidecarPath = sidecarPath(forDump: path)
    let sidecar: FlashSidecar
    let bytes = try FlashFile.contents(of: sidecarPath)
    do {
      sidecar = try JSONDecoder().decode(FlashSidecar.self, from: Data(bytes))
    } catch {
      let reason = (error as? DecodingError).map(FlashFile.summary) ?? "\(error)"
      throw .file(path: sidecarPath, .invalidSidecar(reason: reason))
    }
    return try load(contentsOf: path, sidecar: sidecar, part: part, enforcement: enforcement)
  }

  /// Reads a dump whose sidecar the caller keeps.
  ///
  /// - Throws: `FlashDumpError` with the path of the file.
  public static func load(
    contentsOf path: String, sidecar: FlashSidecar, part: FlashPart? = nil,
    enforcement: RuleEnforcement = .strict
  ) throws(FlashDumpError) -> EmulatedFlash {
    let contents = try FlashFile.contents(of: path)
    do throws(FlashDumpError) {
      return try restored(
        contents: contents, sidecar: sidecar, part: part, enforcement: enforcement)
    } catch {
      throw .file(path: path, error)
    }
  }
}
