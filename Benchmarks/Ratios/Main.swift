import ArgumentParser
import Foundation

/// Measures everything and writes the results; `Scripts/bench` builds and calls it.
@main struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratios",
    abstract: "Measure Brickproof against libcrypto, C and other tools.",
    discussion: "Example: Scripts/bench --quick")

  @Flag(help: "Small sizes and few rounds.")
  var quick = false

  @Option(help: "The built brickproof command.")
  var brickproof = "brickproof"

  @Option(help: "The folder for images, which are kept.")
  var images = ".build/images"

  @Option(help: "The folder with imgtool.")
  var tools = "../.build-tools/python/bin"

  @Option(help: "The C loop on libgcrypt, if it could be built.")
  var gcryptLoop: String?

  @Option(help: "The folder that takes RESULTS.md and throughput.svg.")
  var output: String?

  @Option(help: "Measure only this part, print all its figures, write nothing; repeatable.")
  var only: [Part] = []

  @Option(help: .private)
  var searchStates: Int?

  func run() throws {
    if let searchStates { return try Section.search(untilStates: searchStates) }
    let settings = Settings(
      isQuick: quick, folder: images, brickproof: brickproof, tools: tools,
      gcryptLoop: gcryptLoop)
    let files = try ImageFiles(settings)
    let peers = Peers(settings, files)
    for (name, remedy) in peers.missing {
      settings.say("without \(name): \(remedy) would bring it")
    }
    var page = ResultsPage(
      machine: Machine(settings.folder), isQuick: quick, missing: peers.missing)
    for part in only.isEmpty ? Part.allCases : only {
      try part.measure(settings, files, peers, into: &page)
    }
    print(only.isEmpty ? page.summary : page.everything)
    guard let output, only.isEmpty else { return }
    try Data(page.markdown.utf8).write(to: URL(fileURLWithPath: "\(output)/RESULTS.md"))
    try Data(ThroughputPlot(table: page.table).svg.utf8).write(
      to: URL(fileURLWithPath: "\(output)/throughput.svg"))
  }
}

/// The parts of the measurements, in the order of the page.
enum Part: String, CaseIterable, ExpressibleByArgument {
  case verification
  case threads
  case trees
  case compression
  case signatures
  case tools
  case searchMemory = "search-memory"
  case device
  case emulator
  case search
  case stories

  fileprivate func measure(
    _ settings: Settings, _ files: ImageFiles, _ peers: Peers, into page: inout ResultsPage
  ) throws {
    switch self {
    case .verification: page.sections.append(try Section.verification(settings, files))
    case .threads: page.sections.append(try Section.twoThreads(settings, files))
    case .trees: page.sections.append(try Section.trees(settings, files))
    case .compression: page.sections.append(try Section.compression(settings))
    case .signatures: page.sections.append(try Section.signatures(settings))
    case .tools:
      let (section, table) = try Section.peers(settings, files, peers)
      page.table = table
      page.sections += [section, Section.memory(table)]
    case .searchMemory:
      page.sections.append(
        try Section.searchMemory(settings, program: CommandLine.arguments[0]))
    case .device: page.sections.append(try Section.device(settings))
    case .emulator: page.sections.append(try Section.emulator(settings))
    case .search: page.sections.append(try Section.search(settings))
    case .stories: page.sections.append(try Section.stories(settings))
    }
  }
}
