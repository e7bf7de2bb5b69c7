import FlashEmulator
import NORFlash
import SlotInstaller

/// Goes through the pages of an installation as `SlotInstaller` writes them, and adds up their times.
struct InstallationWalk {
  let part: FlashPart
  let start: UInt64
  let end: UInt64
  var use = FlashStatistics()
  var erase = TimingRange.zero
  var longestPage = TimingRange.zero

  init(
    of imageSize: UInt32, on part: FlashPart, at address: UInt32
  ) throws(ImageForecastError) {
    guard part.programUnit <= UInt32(SlotInstaller.pageSize) else {
      throw .programUnit(part.programUnit, largest: UInt32(SlotInstaller.pageSize))
    }
    guard part.geometry.isBlockBoundary(UInt64(address)) else {
      throw .notAtBlock(
        address: address, block: part.geometry.eraseBlock(containing: address)?.count ?? part.size)
    }
    guard imageSize <= part.size - address else {
      throw .tooLarge(size: imageSize, available: part.size - address)
    }
    self.part = part
    start = UInt64(address)
    let unit = UInt64(part.programUnit)
    end = start + (UInt64(imageSize) + unit - 1) / unit * unit
  }

  mutating func run() {
    var position = start
    var erasedEnd = start
    while position < end {
      let count = UInt32(min(UInt64(SlotInstaller.pageSize), end - position))
      let commands = part.timing.programCommands(at: UInt32(position), count: count)
      var page = FlashStatistics()
      page.programCalls = 1
      page.programBytes = UInt64(count)
      page.programmedPages = commands
      var time = part.timing.pageProgram * commands + part.timing.bus.transferTime(of: page)
      while erasedEnd < position + UInt64(count),
        let block = part.geometry.eraseBlock(containing: UInt32(erasedEnd))
      {
        let blockTime = part.eraseTime(ofBlock: block.count) ?? .zero
        erase += blockTime
        time += blockTime
        page.eraseCalls += 1
        page.erasedBlocks += 1
        page.erasedBytes += UInt64(block.count)
        erasedEnd = block.end
      }
      use = use + page
      if time.maximum > longestPage.maximum { longestPage = time }
      position += UInt64(count)
    }
  }
}
