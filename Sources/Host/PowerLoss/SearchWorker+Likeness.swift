internal import FlashEmulator

extension SearchWorker {
  /// What a life knows before it looks at anything.
  func canonicalRoot(_ memory: MemoryContent, _ code: ResetCode) -> ContentDigest {
    var root = memory.digest.combined(with: ContentDigest(high: 1, low: UInt64(code.rawValue)))
    if scenario.canonicalForm != nil {
      root = root.combined(with: reducedDigest(&device.flash))
    }
    return root
  }

  /// Leaves a state out if it agrees with one that was run in all that the run looked at.
  func looksLikeARun(_ node: UInt32, _ root: ContentDigest) -> Bool {
    graph.locked { graph in
      let leaf = graph.tree.leaf(from: root) { lines in
        lines.reduce(ContentDigest.zero) { $0.combined(with: device.flash.digest(of: $1)) }
      }
      guard let leaf, let other = graph.tree.leaves[leaf].first else { return false }
      graph.nodes[Int(node)].likeness = other
      graph.nodes[Int(node)].leaf = UInt32(leaf)
      graph.deferred.append(node)
      return true
    }
  }

  /// Keeps what a run looked at and went through.
  func record(_ session: PowerOnSession, of task: SearchTask, _ root: ContentDigest) {
    guard let reads = session.reads else { return }
    graph.locked { graph in
      let number = UInt32(graph.runs.count)
      let known = graph.nodes[Int(task.node)].run
      let footprint = reads.footprint
      if known != .max {
        // Another run of the same state, with other readings of unstable bits.
        graph.runs[Int(known)].merge(footprint, session.points)
        return
      }
      graph.runs.append(
        RunRecord(footprint: footprint, erases: reads.erases, points: session.points))
      graph.nodes[Int(task.node)].run = number
      // What was read of unstable bits is no function of the content.
      if session.options.isEmpty { graph.tree.insert(task.node, from: root, reads.steps) }
    }
  }

  /// Notes a state at the end of a run.
  func addEnd(_ end: UInt32, to node: UInt32) {
    graph.locked { graph in
      let run = graph.nodes[Int(node)].run
      if run != .max { graph.runs[Int(run)].ends.append(end) }
    }
  }
}
