/// One thing to measure, again and again.
public struct Workload {
  /// What a run works through.
  public enum Amount: Equatable, Sendable {
    /// Bytes of an image.
    case bytes(Int)
    /// Operations of a kind, such as flash programs.
    case operations(Int)

    /// The number, whatever it counts.
    public var count: Int {
      switch self {
      case .bytes(let count), .operations(let count): count
      }
    }
  }

  /// A name that is the same on every machine.
  public let name: String
  /// What one run works through.
  public let amount: Amount
  /// One run; a second one does the same as the first.
  public let run: () throws -> Void

  /// Describes something to measure.
  public init(_ name: String, _ amount: Amount, run: @escaping () throws -> Void) {
    self.name = name
    self.amount = amount
    self.run = run
  }
}

/// A workload did not come to the result that it must come to.
public struct WrongResult: Error, CustomStringConvertible {
  /// What went wrong, in one line.
  public let description: String

  /// Names what went wrong.
  public init(_ description: String) { self.description = description }
}
