import FlashEmulator
import Testing
import UpdateScenarios

@testable import PowerLoss

/// To take crash points for one by their reduced forms leads to the states that every byte leads to.
private func expectSameStates(
  _ name: String, _ faults: FaultModel, on part: String, _ strategy: SearchStrategy
) throws {
  let byForm = try states(name, faults, part, strategy, nil)
  let byBytes = try states(name, faults, part, strategy, .everyByte)
  let (missing, new) = (
    byBytes.keys.subtracting(byForm.keys), byForm.keys.subtracting(byBytes.keys)
  )
  #expect(missing.isEmpty && new.isEmpty, "\(missing.count) are missing, \(new.count) are new")
  #expect(byForm.keys.count > 10)
  #expect(byForm.cut < byBytes.cut, "no crash point came again")
}

private func states(
  _ name: String, _ faults: FaultModel, _ part: String, _ strategy: SearchStrategy,
  _ identity: CrashPointIdentity?
) throws -> (keys: Set<ContentDigest>, cut: Int) {
  var search = PowerLossSearch(
    try UpdateScenarios.named(name, part: part), faults: faults, strategy: strategy)
  search.reduction = .none
  search.determinism = .never
  search.crashPointIdentity = identity
  let start = try search.startImage()
  let graph = search.explored(from: start, SearchClock())
  try #require(graph.failure == nil)
  let worker = search.makeWorker(graph, start)
  let keys = graph.nodes.indices.map { number in
    let (image, memory, code) = graph.start(of: UInt32(number))
    worker.load(image)
    return worker.key(&worker.device.flash, memory, code)
  }
  return (Set(keys), graph.counts.crashPoints - graph.counts.crashPointsFromMemo)
}

@Suite struct CrashPointIdentityTests {
  @Test(arguments: UpdateScenarioTests.single)
  func twoCutsBetweenOperations(name: String) throws {
    try expectSameStates(name, .atomic, on: UpdateScenarios.defaultPart, .nested(2))
  }
}

@Suite struct ExhaustiveCrashPointIdentityTests {
  @Test(arguments: UpdateScenarioTests.single)
  func anyNumberOfCutsOnSerialFlash(name: String) throws {
    try expectSameStates(name, .norRealistic, on: UpdateScenarios.defaultPart, .closure)
  }

  @Test func anyNumberOfCutsOnALogThatIsHeldTwice() throws {
    try expectSameStates(
      "update-that-fails-verification-mirrored", .norRealistic, on: UpdateScenarios.defaultPart,
      .closure)
  }
}

/// The forms for which that was not shown count every byte.
@Suite struct CrashPointsByEveryByteTests {
  @Test func withErrorCorrectionAndWhereBystandersAreDamaged() throws {
    let serial = try UpdateScenarios.named("update", part: UpdateScenarios.defaultPart)
    let correcting = try UpdateScenarios.named("update", part: UpdateScenarios.errorCorrectingPart)
    #expect(serial.canonicalForm?.crashPoints == .reducedForm)
    #expect(serial.collateralForm?.crashPoints == .everyByte)
    #expect(correcting.canonicalForm?.crashPoints == .everyByte)
    let own = CanonicalForm("a user's own", ranges: []) { _ in [] }
    #expect(own.crashPoints == .everyByte)
  }
}
