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

    var sections = [
      try Section.verification(settings, files), try Section.twoThreads(settings, files),
      try Section.signatures(settings),
    ]
    let (comparison, table) = try Section.peers(settings, files, peers)
    var memory = Section.memory(table)
    memory.findings.append(
      try Section.searchMemory(settings, program: CommandLine.arguments[0]))
    sections += [
      comparison, memory, try Section.device(settings), try Section.emulator(settings),
      try Section.search(settings), try Section.stories(settings),
    ]
    let page = ResultsPage(
      machine: Machine(settings.folder), isQuick: quick, sections: sections, table: table,
      missing: peers.missing)
    print(page.summary)
    guard let output else { return }
    try Data(page.markdown.utf8).write(to: URL(fileURLWithPath: "\(output)/RESULTS.md"))
    try Data(ThroughputPlot(table: table).svg.utf8).write(
      to: URL(fileURLWithPath: "\(output)/throughput.svg"))
  }
}
