import ArgumentParser
import BootState
import Bootloader
import DeviceModel
import FlashEmulator

/// How an application behaves, on the command line.
enum ApplicationArgument: String, CaseIterable, ExpressibleByArgument {
  case healthy, hang, crash, silent, reject, install

  func behaviour(after seconds: UInt32, image: [UInt8]) -> ApplicationBehaviour {
    switch self {
    case .healthy: .healthy
    case .hang: .hangs
    case .crash: .crashes(afterSeconds: seconds)
    case .silent: .silent
    case .reject: .rejectsItself
    case .install: .installs(image: image)
    }
  }
}

/// `brickproof device run`: one boot and one life of the application.
struct DeviceRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot the device, and let the application live until the next reset.",
    discussion: """
      healthy confirms itself and goes on; hang stops feeding the watchdog; crash resets after some \
      seconds; silent goes on without confirming; reject finds itself faulty and resets; install \
      installs an update and resets. The reset that ends a life is due at the next boot.

      Example: brickproof device run dev.bin --app crash --after 5
      """)

  @OptionGroup var device: DeviceFile

  @Option(help: "What the application does.")
  var app: ApplicationArgument

  @Option(help: "With --app crash: the seconds until the crash.")
  var after: UInt32 = 5

  @Option(help: "With --app install: the image.")
  var image: String?

  @Option(help: "Why the device starts, instead of the cause that is due.")
  var resetCause: ResetCauseArgument?

  @Flag(help: "Print the decision and the life as JSON.")
  var json = false

  func validate() throws {
    if app == .install, image == nil { throw ValidationError("--app install needs --image") }
    if app != .install, image != nil { throw ValidationError("--image needs --app install") }
  }

  func run() throws {
    try reportingFailures {
      let bytes = try image.map { (path) throws(CommandFailure) in try ImageInput.bytes(of: path) }
      let behaviour = app.behaviour(after: after, image: bytes ?? [])
      let result = try device.change { (device) throws(DeviceError) in
        DeviceRunReport(
          try device.run(behaviour, cause: resetCause?.cause), application: app.rawValue,
          part: device.description.part.name)
      }
      let report = try device.value(of: result, json: json)
      if json { try JSONOutput.print(report) } else { report.lines.forEach { print($0) } }
      if let message = report.message { throw CommandFailure.bad("\(device.dump): \(message)") }
      if report.boot.slot == nil { throw ExitStatus.bad.exitCode }
    }
  }
}

/// One boot and one life, as JSON and as text.
struct DeviceRunReport: Encodable {
  var formatVersion = 1
  var boot: BootReport
  var application: String
  /// `confirmed`, `faults-cleared`, `unchanged`, `rejected`, `refused`, `watchdog-expired`,
  /// `crashed`, `running`, `installed`, or `nil` if nothing was started.
  var event: String?
  var afterSeconds: UInt32?
  /// The reset that is due.
  var resetCause: String?
  /// What was installed.
  var installation: DeviceInstallReport?
  /// What the device refused.
  var message: String?

  init(_ life: ApplicationLife, application: String, part: String) {
    boot = BootReport(life.handover)
    self.application = application
    resetCause = life.resetCause.map { "\($0.name)" }
    guard life.handover.slot != nil else { return }
    switch life.event {
    case .confirmed(let confirmation): event = confirmation.name
    case .rejected: event = "rejected"
    case .failed(let error):
      event = "refused"
      message = error.description
    case .watchdogExpired(let seconds):
      event = "watchdog-expired"
      afterSeconds = seconds
    case .crashed(let seconds):
      event = "crashed"
      afterSeconds = seconds
    case .running: event = "running"
    case .installed(let report):
      event = "installed"
      installation = DeviceInstallReport(report, part: part)
    }
  }

  /// The decision, and one line about the life.
  var lines: [String] { boot.lines + [life].compactMap { $0 } }

  private var life: String? {
    let text: String? =
      switch event {
      case "confirmed": "confirmed itself"
      case "faults-cleared": "reported itself healthy, its faults are cleared"
      case "unchanged": "is healthy, nothing to record"
      case "rejected": "rejected itself"
      case "watchdog-expired": "hung; the watchdog expired after \(afterSeconds ?? 0) s"
      case "crashed": "crashed after \(afterSeconds ?? 0) s"
      case "running": "runs, and confirms nothing"
      case "installed": "installed \(installation?.version ?? "") to \(installation?.slot ?? "")"
      default: nil
      }
    guard let text else { return nil }
    return "  application: \(text)" + (resetCause.map { "; next: \($0) reset" } ?? "")
  }
}

extension Confirmation {
  /// The published name.
  var name: String {
    switch self {
    case .confirmed: "confirmed"
    case .faultsCleared: "faults-cleared"
    case .unchanged: "unchanged"
    }
  }
}
