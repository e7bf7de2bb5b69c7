import Foundation
import PowerLoss
import Testing

extension GalleryTests {
  /// The page of each brick shows what the search prints; which pattern of a torn operation comes
  /// first may differ.
  @Test(arguments: GalleryCase.defects) func thePageShowsTheTrace(_ brick: GalleryCase) throws {
    let report = try brick.search(under: brick.preset).run()
    let failure = try #require(report.failure)
    let page = try Self.page(brick.page)
    let verdict = "\(report.scenario): violated under \(report.preset): \(failure.invariant): "
    #expect(page.contains(verdict + failure.detail))
    for (index, step) in failure.steps.enumerated() {
      let line = "\n  \(index + 1). \(step)"
      let isExact = brick.isQuick || step.outcome == nil
      let shown = isExact ? line + "\n" : String(line.prefix { $0 != ")" })
      #expect(page.contains(shown))
    }
    let row = "| <doc:\(brick.page)> | \(failure.cuts.count) | \(brick.preset) |"
    #expect(try Self.page("Gallery").contains(row))
  }

  private static func page(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = "Sources/Host/PowerLoss/PowerLoss.docc/\(name).md"
    return try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}
