import Foundation
import PowerLoss
import Testing

extension GalleryTests {
  /// The page of each brick shows what the search prints today.
  @Test(arguments: GalleryCase.defects) func thePageShowsTheTrace(_ brick: GalleryCase) throws {
    let report = try brick.search(under: brick.preset).run()
    let failure = try #require(report.failure)
    let page = try Self.page(brick.page)
    let verdict = "\(report.scenario): violated under \(report.preset): \(failure.invariant): "
    #expect(page.contains(verdict + failure.detail))
    for (index, step) in failure.steps.enumerated() {
      #expect(page.contains("\n  \(index + 1). \(step)\n"))
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
