import ArgumentParser

/// The exit statuses of every command, as `sysexits.h` numbers them where it has a number.
enum ExitStatus: Int32, Sendable {
  /// The command did what it was asked, and what it checked is good.
  case good = 0
  /// What was checked is bad: an image that does not verify, a table with errors, a refusal.
  case bad = 1
  /// Wrong usage, or an input that cannot be opened (`EX_USAGE`).
  case usage = 64
  /// A defect of this program, or an output that cannot be written (`EX_SOFTWARE`).
  case failure = 70

  /// The error that makes ArgumentParser leave with this status and print nothing more.
  var exitCode: ExitCode { ExitCode(rawValue) }
}

/// Why a command gives up: one line for standard error, and the exit status.
///
/// Commands throw it from inside `reportingFailures(_:)`.
struct CommandFailure: Error, Equatable, Sendable {
  /// One line that says what, where and what to do.
  var message: String
  /// The status the process ends with.
  var status: ExitStatus

  /// Makes a failure; line ends inside `message` become spaces when it is printed.
  init(_ message: String, status: ExitStatus) {
    self.message = message
    self.status = status
  }

  /// What was checked is bad.
  static func bad(_ message: String) -> CommandFailure { .init(message, status: .bad) }

  /// The command line is wrong, or an input cannot be opened.
  static func usage(_ message: String) -> CommandFailure { .init(message, status: .usage) }

  /// An output cannot be written, or the program has a defect.
  static func failure(_ message: String) -> CommandFailure { .init(message, status: .failure) }

  /// The line that goes to standard error.
  var line: String {
    "error: " + message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

/// Runs the body of a command and turns what it throws into one line and an exit status.
///
/// `CommandFailure` keeps its status. Errors of ArgumentParser pass through: it prints them itself
/// and leaves with 64. Anything else is a defect that no command foresaw: status 70.
///
/// - Throws: `ExitCode`, or an error of ArgumentParser.
func reportingFailures<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let failure as CommandFailure {
    StandardError.print(failure.line)
    throw failure.status.exitCode
  } catch let error as ExitCode {
    throw error
  } catch let error as ValidationError {
    throw error
  } catch let error as CleanExit {
    throw error
  } catch {
    StandardError.print(CommandFailure.failure("unexpected: \(error)").line)
    throw ExitStatus.failure.exitCode
  }
}
