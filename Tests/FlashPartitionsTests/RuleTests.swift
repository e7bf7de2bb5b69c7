import FlashPartitions
import NORFlash
import TableFormats
import Testing

@Suite struct RuleTests {
  @Test func theRulesSayNothingAboutACleanTable() {
    #expect(RuleSetup.clean.findings == [])
    #expect(RuleSetup.clean.table.firstError(on: RuleSetup.clean.geometry) == nil)
  }

  @Test func aTableThatFollowsNonUniformBlocksHasNoErrors() {
    let setup = RuleSetup.nonUniform
    #expect(setup.findings.filter { $0.severity == .error } == [])
    #expect(setup.findings == [])
  }

  @Test(arguments: RuleCase.all)
  func aBrokenTableIsFoundAndItsTwinIsNot(_ rule: RuleCase) {
    var broken = rule.base()
    rule.broken(&broken)
    #expect(broken.findings.contains(rule.finding), "\(broken.findings)")
    #expect(rule.finding.severity == rule.severity)
    var twin = rule.base()
    rule.twin(&twin)
    #expect(!twin.findings.contains(rule.finding), "\(twin.findings)")
  }

  @Test(arguments: RuleCase.all)
  func theFirstErrorIsAnErrorOfTheFindings(_ rule: RuleCase) {
    var broken = rule.base()
    rule.broken(&broken)
    let errors = broken.findings.filter { $0.severity == .error }
    let first = broken.table.firstError(on: broken.geometry, options: broken.options)
    #expect(first == errors.first)
    if rule.severity == .error { #expect(first != nil) }
  }

  @Test func everyRuleHasACaseAndWords() {
    var rules: Set<String> = []
    for rule in RuleCase.all {
      var broken = rule.base()
      rule.broken(&broken)
      let words = rule.finding.inWords(about: broken.table)
      #expect(words.rule != "unknown")
      #expect(!words.message.contains("\n"))
      rules.insert(words.rule)
    }
    #expect(rules.count == 34)
  }

  @Test func withoutAGeometryTheRulesAboutBlocksAreLeftOut() {
    var setup = RuleSetup.clean
    setup.partitions[4].range = FlashRange(start: 0xE2800, count: 0x10)
    var findings: [PartitionFinding] = []
    setup.table.forEachFinding(on: nil, options: setup.options) { findings.append($0) }
    #expect(findings.filter { $0.severity == .error } == [])
    #expect(setup.findings.contains { $0.severity == .error })
  }

  @Test func aRangeAboveTheAddressSpaceIsFoundWithoutAGeometry() {
    var setup = RuleSetup.clean
    setup.partitions[4].range = FlashRange(start: 0xFFFF_F000, count: 0x1001)
    #expect(setup.table.firstError(on: nil) == .outsideFlash(4, flashSize: .max))
    setup.partitions[4].range.count = 0x1000
    #expect(setup.table.firstError(on: nil) == nil)
  }

  /// Nothing a table can hold may trap a rule.
  @Test(arguments: UInt64(1)...40)
  func theRulesTakeAnyNumbers(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var setup = seed % 2 == 0 ? RuleSetup.clean : .nonUniform
    let extremes: [UInt32] = [0, 1, 0xFFF, 0x1000, 0x8000_0000, .max - 1, .max]
    for index in setup.partitions.indices where Bool.random(using: &random) {
      setup.partitions[index].range = FlashRange(
        start: extremes.randomElement(using: &random)!,
        count: extremes.randomElement(using: &random)!)
    }
    setup.options.bankSize = extremes.randomElement(using: &random)!
    setup.options.executionAlignment = extremes.randomElement(using: &random)!
    setup.options.slotTrailerSize = extremes.randomElement(using: &random)!
    setup.options.imageHeaderSize = extremes.randomElement(using: &random)!
    setup.options.metadataRecordSize = extremes.randomElement(using: &random)!
    setup.options.eraseEndurance = extremes.randomElement(using: &random)!
    setup.options.update = .swapUsingScratch
    let range = FlashRange(start: extremes.randomElement(using: &random)!, count: .max)
    try! setup.options.protected.append(range)
    try! setup.options.protected.append(range)
    try! setup.options.reserved.append(range)
    let words = setup.table.findings(
      on: setup.geometry, options: setup.options, espOptions: ESPRuleOptions())
    #expect(words.allSatisfy { $0.rule != "unknown" })
    #expect(words.map(\.severity) == words.map(\.severity).sorted(by: >))
  }
}

/// The SplitMix64 generator, so that every run sees the same tables.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
