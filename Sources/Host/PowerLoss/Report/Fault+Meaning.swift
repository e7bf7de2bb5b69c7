internal import FlashEmulator

extension Fault {
  /// What the fault leaves, in a few words.
  var meaning: String {
    switch self {
    case .before: "nothing has happened"
    case .after: "the operation is complete, and nobody knows"
    case .betweenChunks: "only some pages or blocks of the call are done"
    case .duringRead: "nothing has happened; what was read is lost"
    case .warmReset: "the operation is complete, and the processor was reset with the power on"
    case .brownOutTail: "operations report success and change nothing, then the power goes"
    case .prefix: "the first units are complete"
    case .suffix: "the last units are complete"
    case .unitSubset: "some of the units are complete"
    case .bitSubset: "some of the bits are programmed"
    case .looksComplete: "it reads as intended, but bits are unstable"
    case .looksUntouched: "it reads as before, but bits are unstable"
    case .pageCollateral: "the rest of the page has suffered"
    case .sectorDisturb: "other pages of the block have lost erased bits"
    case .eccTear: "units cannot be read"
    case .eraseNotStarted: "the erase was accepted, and nothing has changed"
    case .preProgrammed: "the block is programmed from one end on"
    case .eraseMix: "some of the block is erased"
    case .looksErased: "the block reads erased, but bits are unstable"
    case .indeterminate: "every bit is unstable"
    }
  }
}
