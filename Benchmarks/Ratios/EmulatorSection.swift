import Workloads

extension Section {
  /// The primitives of the flash emulator against the C library.
  static func emulator(_ settings: Settings) throws -> Section {
    settings.say("flash emulator")
    let flash = try FlashWorkloads()
    let pairs: [(Workload, Workload?, Goal?)] = [
      (flash.eraseAndProgram, flash.referenceEraseAndProgram, nil),
      (flash.programUnits, flash.referenceProgramUnits, .atMost(12e-9)),
      (flash.read, flash.referenceRead, nil),
      (flash.checkpoint, flash.referenceCheckpoint, nil),
      (flash.erase, nil, nil),
    ]
    let rounds = try Rounds(
      pairs.flatMap { [$0.0, $0.1].compactMap { $0 }.map(Contestant.init) },
      count: settings.rounds)
    var section = Section(
      title: "Flash emulator",
      about: """
        Each call with all rules of the part, statistics, virtual clock and undo log, against bare \
        loops in C. Other emulators are not on this machine; on another one, an erase and a \
        program of 4 KiB was measured to take 1.73 us on littlefs' emubd and 2.77 us on MCUboot's \
        simflash in release, a snapshot with eight blocks written 15.6 us on emubd, and a clone of \
        1 MiB 1.02 ms on simflash.
        """)
    for (workload, reference, goal) in pairs {
      if let reference {
        section.findings.append(
          Finding(
            "\(workload.name), of C", rounds.speed(of: workload.name, against: reference.name)))
      }
      section.findings.append(
        Finding(
          workload.name, rounds.figure { $0.cost(workload.name) }, .secondsEach, goal: goal))
    }
    return section
  }
}
