import FlashEmulator
import PowerLoss
import Testing
import UpdateScenarios

@Suite struct ClosureTests {
  @Test(arguments: UpdateScenarios.all.map(\.name))
  func anUndisturbedLifeSettles(name: String) throws {
    var search = PowerLossSearch(try UpdateScenarios.named(name), faults: .atomic, strategy: .single)
    search.determinism = .oneIn(4)
    let report = try search.run()
    #expect(report.verdict == .closed, "\(report)")
  }
}
