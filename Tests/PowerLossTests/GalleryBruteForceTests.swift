import PowerLoss
import Testing

extension GalleryTests {
  /// What the search calls the smallest number of cuts is the smallest, for the defects that are
  /// seen without a look at the operations.
  @Test(arguments: GalleryCase.defects.filter { $0.finding.cuts > 0 })
  func fewerCutsShowNothing(_ brick: GalleryCase) throws {
    let force = GalleryBruteForce(brick: brick, faults: try brick.faults())
    let fewer = try force.failingChain(depth: brick.finding.cuts - 1)
    #expect(fewer == nil, "\(fewer?.failure ?? "")")
  }

  /// One cut shows every defect that needs only one, and nothing on the twins.
  @Test(arguments: GalleryCase.all) func oneCutShowsWhatItHasTo(_ brick: GalleryCase) throws {
    let force = GalleryBruteForce(brick: brick, faults: try brick.faults())
    let found = try force.failingChain(depth: 1)
    let isShown = brick.variant == .defect && brick.finding.cuts == 1
    #expect((found != nil) == isShown, "\(found?.failure ?? "nothing found")")
  }
}

extension GalleryTests.Exhaustive {
  /// Up to two cuts, search and brute force agree on how many show the first failure, if any do.
  ///
  /// The search leaves out states that stand for nothing new, and brute force leaves out nothing. The
  /// presets are those without unstable bits, which brute force reads in one way only.
  @Test(
    arguments: GalleryCase.all.filter { $0.name != SurvivingMemory.name },
    ["atomic", "prefix", "nor-realistic", "disturb"])
  func theSearchAgreesWithBruteForce(_ brick: GalleryCase, _ preset: String) throws {
    let search = try brick.search(under: preset)
    let report = try search.run()
    #expect(report.verdict != .budget, "\(report)")
    let cuts = report.failure?.cuts.count
    let force = GalleryBruteForce(brick: brick, faults: search.faults)
    var fewest: Int?
    for depth in 0...2 where fewest == nil {
      fewest = try force.failingChain(depth: depth) == nil ? nil : depth
    }
    #expect(fewest == (cuts ?? 3 > 2 ? nil : cuts), "\(report)")
  }
}
