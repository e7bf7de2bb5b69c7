import FlashEmulator
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
  /// Two cuts of real flash show every defect but those that need a look at the operations or at
  /// unstable bits, and nothing on the twins.
  @Test(arguments: GalleryCase.all) func twoCutsShowWhatTheyHaveTo(_ brick: GalleryCase) throws {
    let faults = brick.isQuick ? .norRealistic : try brick.faults()
    let force = GalleryBruteForce(brick: brick, faults: faults)
    let found = try force.failingChain(depth: 2)
    let isHidden = [SurvivingMemory.name, UnstableClose.name].contains(brick.name)
    let isShown = brick.variant == .defect && !isHidden
    #expect((found != nil) == isShown, "\(found?.failure ?? "nothing found")")
  }
}
