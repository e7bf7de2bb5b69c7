import PowerLoss

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The folder that a report is written to.
struct ReportFolder {
  let path: String

  /// Makes the folder, unless it is there.
  ///
  /// - Throws: `CommandFailure` with status 70.
  init(creating path: String) throws(CommandFailure) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .failure("cannot create the folder \(path): \(FileError.text(of: error))")
    }
  }

  /// The path of a file inside.
  func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  /// Writes the page and the JSON object.
  ///
  /// - Throws: `CommandFailure` with status 70.
  func write(_ page: ReportPage, _ result: ReportResult) throws(CommandFailure) {
    try OutputFile.writeAtomically(
      (try JSONOutput.text(of: result) + "\n").utf8, to: file("report.json"))
    try OutputFile.writeAtomically(page.html.utf8, to: file("index.html"))
  }
}
