import ArgumentParser
import BootState
import DeviceModel

/// `brickproof device boot`: the boot loader, once.
struct DeviceBootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot",
    abstract: "Reset the device and run its boot loader.",
    discussion: """
      Without --reset-cause the cause that is due counts: what the last command left behind, else \
      a power-on. So booting a device that runs is a power cycle. Exit status 1 means recovery: \
      nothing on the device can boot.

      Example: brickproof device boot dev.bin --reset-cause watchdog --json
      """)

  @OptionGroup var device: DeviceFile

  @Option(help: "Why the device starts.")
  var resetCause: ResetCauseArgument?

  @Flag(help: "Verify every slot, not only until one can boot.")
  var examineAll = false

  @Flag(help: "Print the decision as JSON.")
  var json = false

  func run() throws {
    try reportingFailures {
      let result = try device.change { (device) throws(DeviceError) in
        BootReport(
          try device.boot(
            resetCause?.cause, examination: examineAll ? .everyCandidate : .untilBootable))
      }
      let report = try device.value(of: result, json: json)
      if json { try JSONOutput.print(report) } else { report.lines.forEach { print($0) } }
      if report.slot == nil { throw ExitStatus.bad.exitCode }
    }
  }
}
