extension FlashTiming {
  /// The program commands that it takes to program `count` bytes at `address` in one call.
  public func programCommands(at address: UInt32, count: UInt32) -> UInt64 {
    guard count > 0 else { return 0 }
    let page = UInt64(programPage)
    let last = UInt64(address) + UInt64(count) - 1
    return last / page - UInt64(address) / page + 1
  }
}

extension FlashBus {
  /// How long the bytes that were read and programmed were on the bus.
  ///
  /// The bus has no spread: both figures of the range are the same.
  public func transferTime(of use: FlashStatistics) -> TimingRange {
    let picoseconds =
      use.readBytes * readPicosecondsPerByte + use.programBytes * programPicosecondsPerByte
    let time = use.readCalls * readSetup + picoseconds / 1_000
    return .exactly(time)
  }
}
