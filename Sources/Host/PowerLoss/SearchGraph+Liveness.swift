extension SearchGraph {
  /// Checks that the device settles from every state if nothing is cut any more.
  ///
  /// - Complexity: O(states)
  func checkLiveness(bootLimit: Int) {
    locked { graph in graph.findEndlessRecovery(bootLimit: bootLimit) }
  }

  /// A state on the way of a walk, and how many of its successors were looked at.
  private struct Visit {
    var node: UInt32
    var next = 0
  }

  private func findEndlessRecovery(bootLimit: Int) {
    let unknown = UInt32.max
    let onTheWay = UInt32.max - 1
    var boots = [UInt32](repeating: unknown, count: nodes.count)
    var way: [Visit] = []
    for root in nodes.indices where boots[root] == unknown && nodes[root].likeness == .max {
      way.append(Visit(node: UInt32(root)))
      boots[root] = onTheWay
      while let last = way.indices.last {
        let node = Int(way[last].node)
        if way[last].next < nodes[node].successors.count {
          let successor = standIn(for: nodes[node].successors[way[last].next])
          way[last].next += 1
          if boots[Int(successor)] == onTheWay {
            return fail(
              at: way[last].node, "settles",
              "without any further cut the device resets for ever and never settles")
          }
          guard boots[Int(successor)] == unknown else { continue }
          boots[Int(successor)] = onTheWay
          way.append(Visit(node: successor))
        } else {
          let longest = nodes[node].successors.map { boots[Int(standIn(for: $0))] }.max() ?? 0
          boots[node] = longest + 1
          way.removeLast()
          counts.longestRecovery = max(counts.longestRecovery, Int(longest) + 1)
          if longest + 1 > bootLimit {
            return fail(
              at: UInt32(node), "settles in time",
              "without any further cut the device needs \(longest + 1) power-ons to settle, "
                + "more than \(bootLimit)")
          }
        }
      }
    }
  }

  private func fail(at node: UInt32, _ invariant: String, _ detail: String) {
    guard failure == nil else { return }
    failure = SearchFailure(node: node, choices: [], invariant: invariant, detail: detail)
  }
}
