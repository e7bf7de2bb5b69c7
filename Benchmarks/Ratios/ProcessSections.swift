/// The speeds of the tools by the size of the image.
struct SizeTable {
  /// A tool on one size.
  struct Cell {
    var tool: String
    var size: Int
    /// Bytes a second of processor time.
    var rate: Figure?
    /// Bytes a second of the time that passed; `nil` if no round had two processors.
    var wallRate: Figure?
    /// The largest resident set, in bytes.
    var peakMemory: Int
  }

  var cells: [Cell] = []

  /// The tools in the order in which they were measured.
  var tools: [String] {
    var names: [String] = []
    for cell in cells where !names.contains(cell.tool) { names.append(cell.tool) }
    return names
  }

  /// The sizes, smallest first.
  var sizes: [Int] { Set(cells.map(\.size)).sorted() }

  /// The cell of a tool and a size.
  func cell(_ tool: String, _ size: Int) -> Cell? {
    cells.first { $0.tool == tool && $0.size == size }
  }

  /// Adds what rounds on files of one size gave.
  mutating func add(_ rounds: Rounds, _ tools: [String], size: Int) {
    for tool in tools {
      cells.append(
        Cell(
          tool: tool, size: size, rate: rounds.rate(of: tool),
          wallRate: rounds.wallRate(of: tool),
          peakMemory: rounds.all.compactMap { $0.samples[tool]?.peakMemory }.max() ?? 0))
    }
  }
}

extension Section {
  /// The command against other tools on the same files.
  static func peers(
    _ settings: Settings, _ files: ImageFiles, _ peers: Peers
  ) throws -> (Section, SizeTable) {
    var table = SizeTable()
    var section = Section(
      title: "The command against other tools",
      about: """
        Whole processes on the same file in the page cache, start included; a ratio above 1 means \
        that Brickproof is faster. By processor time, of a process and its threads, other work on \
        the machine does not count; by the time that passed, only runs count for which two \
        processors were free. imgtool checks a signature as Brickproof does; veritysetup checks a \
        tree of 4 KiB leaves, and is compared with `--parallel`; the others only hash.
        """)
    for size in settings.fileSizes {
      settings.say("tools on \(Self.sizeText(size))")
      let contestants = try peers.verifying.map { try $0.contestant(size, files) }
      let rounds = try Rounds(
        contestants, count: settings.rounds,
        needing: size == settings.largeSize ? .twoProcessors : .nothing)
      table.add(rounds, contestants.map(\.name), size: size)
      guard size >= settings.largeSize else { continue }
      let isTimed = size == settings.largeSize
      for peer in contestants where ![Peers.ownVerify, Peers.ownTree].contains(peer.name) {
        let own = peer.name == "veritysetup verify" ? Peers.ownTree : Peers.ownVerify
        section.findings += comparison(rounds, own, peer.name, size, isTimed: isTimed)
      }
    }
    settings.say("tools that decrypt, on \(Self.sizeText(settings.largeSize))")
    let contestants = try peers.decrypting.map { try $0.contestant(settings.largeSize, files) }
    let rounds = try Rounds(contestants, count: settings.rounds, needing: .twoProcessors)
    for peer in contestants.dropFirst() {
      section.findings += comparison(
        rounds, Peers.ownDecrypt, peer.name, settings.largeSize, isTimed: true)
    }
    return (section, table)
  }

  private static func comparison(
    _ rounds: Rounds, _ own: String, _ peer: String, _ size: Int, isTimed: Bool
  ) -> [Finding] {
    let way = [Peers.ownDecrypt: "decrypting, ", Peers.ownTree: "by digest tree, "][own] ?? ""
    let name = "\(way)against \(peer), \(sizeText(size))"
    let goals = size >= 64 << 20 ? Self.goals(peer, size) : (processor: nil, time: nil)
    var findings = [
      Finding(
        "\(name), processor time", rounds.speed(of: own, against: peer), goal: goals.processor)
    ]
    if isTimed {
      findings.append(
        Finding("\(name), time", rounds.wallSpeed(of: own, against: peer), goal: goals.time))
    }
    return findings
  }

  /// The goals are for large files, where the start of a process does not matter.
  private static func goals(_ peer: String, _ size: Int) -> (processor: Goal?, time: Goal?) {
    switch peer {
    case "openssl dgst -sha256": (nil, .atLeast(1.15))
    case "imgtool verify": (.atLeast(size == 256 << 20 ? 4.5 : 5), nil)
    case "sha256sum": (.atLeast(6), nil)
    case "veritysetup verify": (nil, .atLeast(2.2))
    case "libgcrypt, C loop": (nil, .atLeast(1.2))
    case "openssl enc | openssl dgst": (nil, .atLeast(1.5))
    default: (nil, nil)
    }
  }

  /// The memory of the command on small and large images.
  static func memory(_ table: SizeTable) -> Section {
    var section = Section(
      title: "Memory",
      about: "The largest resident set of a whole process, as the kernel counts it.")
    let small = 64 << 20
    let large = table.sizes.last ?? 0
    func peak(_ tool: String, _ size: Int) -> Figure? {
      table.cell(tool, size).flatMap { Figure([Double($0.peakMemory)]) }
    }
    let own = Peers.ownVerify
    section.findings.append(
      Finding(
        "\(own), \(sizeText(large))", peak(own, large), .bytes, goal: .atMost(16 * 1_048_576)))
    if large > small, let less = peak(own, small), let more = peak(own, large) {
      section.findings.append(
        Finding(
          "\(own), \(sizeText(large)) less \(sizeText(small))",
          Figure([more.median - less.median]), .bytes, goal: .atMost(1_048_576)))
    }
    for tool in table.tools where tool != own {
      section.findings.append(Finding("\(tool), \(sizeText(large))", peak(tool, large), .bytes))
    }
    return section
  }

  /// Such as `64 MiB`.
  static func sizeText(_ bytes: Int) -> String {
    if bytes >= 1 << 30, bytes.isMultiple(of: 1 << 30) { return "\(bytes >> 30) GiB" }
    if bytes >= 1 << 20, bytes.isMultiple(of: 1 << 20) { return "\(bytes >> 20) MiB" }
    return "\(bytes >> 10) KiB"
  }
}
