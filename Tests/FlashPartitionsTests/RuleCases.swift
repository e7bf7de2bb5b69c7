import FlashPartitions
import NORFlash

private func range(_ start: UInt32, _ count: UInt32) -> FlashRange {
  FlashRange(start: start, count: count)
}

extension RuleCase {
  static let all = place + names + roles + logs + slots + protection + addresses

  private static let place: [RuleCase] = [
    RuleCase(
      finding: .empty(4), severity: .error,
      broken: { $0.partitions[4].range.count = 0 },
      twin: { $0.partitions[4].range.count = 0x1000 }),
    RuleCase(
      finding: .outsideFlash(4, flashSize: 0x100000), severity: .error,
      broken: { $0.partitions[4].range.count = 0x1F000 },
      twin: { $0.partitions[4].range.count = 0x1E000 }),
    RuleCase(
      finding: .outsideFlash(4, flashSize: 0x100000), severity: .error,
      broken: { $0.partitions[4].range = range(0xFFFF_F000, 0xFFFF_FFFF) },
      twin: { $0.partitions[4].range = range(0xFF000, 0x1000) }),
    RuleCase(
      finding: .overlap(1, 2), severity: .error,
      broken: { $0.partitions[1].range.count += 1 },
      twin: { $0.partitions[1].range.count += 0 }),
    RuleCase(
      finding: .overlap(1, 2), severity: .error,
      broken: {
        $0.options.nesting = .whollyInside
        $0.partitions[1].range.count += 0x1000
      },
      twin: {
        $0.options.nesting = .whollyInside
        $0.partitions[2].range = range(0x50000, 0x1000)
      }),
    RuleCase(
      finding: .overlapsReserved(0, range(0, 0x1000)), severity: .error,
      broken: { try! $0.options.reserved.append(range(0, 0x1000)) },
      twin: {
        try! $0.options.reserved.append(range(0, 0x1000))
        $0.partitions[0].range = range(0x1000, 0x3F000)
      }),
    RuleCase(
      finding: .startInsideBlock(4, block: range(0xE2000, 0x1000)), severity: .error,
      broken: { $0.partitions[4].range = range(0xE2800, 0x1800) },
      twin: { $0.partitions[4].range = range(0xE3000, 0x1000) }),
    RuleCase(
      finding: .endInsideBlock(4, block: range(0xE4000, 0x1000)), severity: .error,
      broken: { $0.partitions[4].range = range(0xE2000, 0x2001) },
      twin: { $0.partitions[4].range = range(0xE2000, 0x3000) }),
    RuleCase(
      finding: .sharedBlock(3, 4, block: range(0xE2000, 0x1000)), severity: .error,
      broken: {
        $0.partitions[3].range.count = 0x2800
        $0.partitions[4].range = range(0xE2800, 0x1D800)
      },
      twin: {
        $0.partitions[3].range.count = 0x2800
        $0.partitions[4].range = range(0xE3000, 0x1D000)
      }),
    RuleCase(
      finding: .sharedBlock(3, 4, block: range(0xE2000, 0x1000)), severity: .error,
      broken: {
        $0.partitions[3] = row("one", .undefinedData, 0xE0000, 0x2800, .readOnly)
        $0.partitions[4].range = range(0xE2800, 0x1D800)
      },
      twin: {
        $0.partitions[3] = row("one", .undefinedData, 0xE0000, 0x2800, .readOnly)
        $0.partitions[4].range = range(0xE2800, 0x1D800)
        $0.partitions[4].flags = .readOnly
      }),
    RuleCase(
      finding: .mixedBlockSizes(2), severity: .warning, base: { .nonUniform },
      broken: { $0.partitions[2].range = range(0xC000, 0x14000) },
      twin: { $0.partitions[2].range = range(0x10000, 0x10000) }),
    RuleCase(
      finding: .startInsideBlock(3, block: range(0x20000, 0x20000)), severity: .error,
      base: { .nonUniform },
      broken: { $0.partitions[3].range = range(0x24000, 0x1C000) },
      twin: { $0.partitions[3].range = range(0x20000, 0x20000) }),
    RuleCase(
      finding: .endInsideBlock(2, block: range(0x10000, 0x10000)), severity: .error,
      base: { .nonUniform },
      broken: { $0.partitions[2].range = range(0x10000, 0x4000) },
      twin: { $0.partitions[1].range = range(0x8000, 0x4000) }),
  ]

  private static let names: [RuleCase] = [
    RuleCase(
      finding: .unnamed(4), severity: .error,
      broken: { $0.partitions[4].label = "" }, twin: { $0.partitions[4].label = "x" }),
    RuleCase(
      finding: .duplicateName(1, 4), severity: .error,
      broken: { $0.partitions[4].label = "ota_0" }, twin: { $0.partitions[4].label = "ota_0x" }),
    RuleCase(
      finding: .unprintableName(4, byte: 0x07), severity: .error,
      broken: { $0.partitions[4].label = "a\u{07}b" }, twin: { $0.partitions[4].label = "a~ b" }),
    RuleCase(
      finding: .unprintableName(4, byte: 0xC3), severity: .warning,
      broken: { $0.partitions[4].label = "é" }, twin: { $0.partitions[4].label = "e" }),
  ]

  private static let roles: [RuleCase] = [
    RuleCase(
      finding: .missingRole(.metadata, .required), severity: .error,
      broken: { $0.partitions[3].kind = .undefinedData }, twin: { _ in }),
    RuleCase(
      finding: .missingRole(.slotB, .required), severity: .error,
      broken: { $0.partitions[2].kind = .ota(2) }, twin: { $0.options.roles = .required }),
    RuleCase(
      finding: .missingRole(.factory, .required), severity: .warning,
      broken: { $0.partitions[0].kind = .undefinedData }, twin: { _ in }),
    RuleCase(
      finding: .missingRole(.slotA, .advised), severity: .warning,
      broken: {
        $0.options.roles = .advised
        $0.partitions[1].kind = .undefinedData
      },
      twin: {
        $0.options.roles = .ignored
        $0.partitions[1].kind = .undefinedData
      }),
    RuleCase(
      finding: .duplicateRole(.metadata, 3, 4), severity: .error,
      broken: { $0.partitions[4].kind = .bootState }, twin: { $0.partitions[4].kind = .nvs }),
    RuleCase(
      finding: .readOnlyRole(.slotA, 1), severity: .error,
      broken: { $0.partitions[1].flags = .readOnly },
      twin: { $0.partitions[1].flags = .encrypted }),
    RuleCase(
      finding: .writableFactory(0), severity: .note,
      broken: { $0.partitions[0].flags = [] }, twin: { $0.partitions[0].flags = .readOnly }),
  ]

  private static let logs: [RuleCase] = [
    RuleCase(
      finding: .tooFewBlocks(3, count: 1, required: 2), severity: .error,
      broken: { $0.partitions[3].range.count = 0x1000 },
      twin: { $0.partitions[3].range.count = 0x2000 }),
    RuleCase(
      finding: .tooFewBlocks(4, count: 1, required: 2), severity: .error,
      broken: { $0.partitions[4] = row("u-boot-env", .undefinedData, 0xE2000, 0x1000) },
      twin: { $0.partitions[4] = row("u-boot-envy", .undefinedData, 0xE2000, 0x1000) }),
    RuleCase(
      finding: .tooFewBlocks(1, count: 1, required: 2), severity: .error, base: { .nonUniform },
      broken: { $0.partitions[1].range = range(0xC000, 0x4000) },
      twin: { $0.partitions[1].range = range(0x8000, 0x8000) }),
    RuleCase(
      finding: .singleBlockStore(4), severity: .warning,
      broken: { $0.partitions[4].range.count = 0x1000 },
      twin: {
        $0.partitions[4].range.count = 0x1000
        $0.partitions[4].flags = .readOnly
      }),
    RuleCase(
      finding: .shortLogLife(3, writes: 64_000), severity: .warning,
      broken: {
        $0.options.eraseEndurance = 1_000
        $0.options.metadataRecordSize = 128
      },
      twin: {
        $0.options.eraseEndurance = 10_000
        $0.options.metadataRecordSize = 128
      }),
    RuleCase(
      finding: .unitMismatch(3, size: 72, unit: 16), severity: .error,
      broken: {
        $0.geometry = FlashGeometry(
          blockCount: 256, eraseBlock: 4096, programUnit: 8, eccUnit: 16)
        $0.options.metadataRecordSize = 72
      },
      twin: {
        $0.geometry = FlashGeometry(blockCount: 256, eraseBlock: 4096, programUnit: 8)
        $0.options.metadataRecordSize = 72
      }),
    RuleCase(
      finding: .unitMismatch(2, size: 48, unit: 32), severity: .error,
      broken: {
        $0.geometry = FlashGeometry(blockCount: 256, eraseBlock: 4096, programUnit: 32)
        $0.options.imageHeaderSize = 48
      },
      twin: {
        $0.geometry = FlashGeometry(blockCount: 256, eraseBlock: 4096, programUnit: 32)
        $0.options.imageHeaderSize = 64
      }),
  ]

  private static let slots: [RuleCase] = [
    RuleCase(
      finding: .slotSizesDiffer(1, 2, .equal), severity: .error,
      broken: { $0.partitions[2].range.count -= 0x1000 }, twin: { _ in }),
    RuleCase(
      finding: .slotSizesDiffer(1, 2, .independent), severity: .warning,
      broken: {
        $0.options.slots = .independent
        $0.partitions[2].range.count -= 0x1000
      },
      twin: { $0.options.slots = .independent }),
    RuleCase(
      finding: .slotBlocksDiffer(4, 5, offset: 0, .equal), severity: .error,
      base: { .nonUniform },
      broken: {
        $0.partitions[4].range = range(0x10000, 0x10000)
        $0.partitions[5].range = range(0xA0000, 0x20000)
      },
      twin: {
        $0.partitions[4].range = range(0x80000, 0x20000)
        $0.partitions[5].range = range(0xA0000, 0x20000)
      }),
    RuleCase(
      finding: .slotTooSmall(1, trailer: 0x50000), severity: .error,
      broken: { $0.options.slotTrailerSize = 0x50000 },
      twin: { $0.options.slotTrailerSize = 0x4F000 }),
    RuleCase(
      finding: .slotTooSmall(1, trailer: 0x4F001), severity: .error,
      broken: { $0.options.slotTrailerSize = 0x4F001 },
      twin: { $0.options.slotTrailerSize = 0x4F000 }),
    RuleCase(
      finding: .scratchMissing, severity: .error,
      broken: { $0.options.update = .swapUsingScratch },
      twin: {
        $0.options.update = .swapUsingScratch
        $0.partitions[4].label = "scratch"
      }),
    RuleCase(
      finding: .scratchTooSmall(2, required: 0x20000), severity: .error, base: { .nonUniform },
      broken: {
        $0.options.update = .swapUsingScratch
        $0.partitions[2].label = "scratch"
      },
      twin: {
        $0.options.update = .swapUsingScratch
        $0.partitions[3] = row("scratch", .undefinedData, 0x20000, 0x20000)
      }),
    RuleCase(
      finding: .noBlockToMove(1, count: 1), severity: .error,
      broken: {
        $0.options.update = .swapUsingMove
        $0.partitions[1].range.count = 0x1000
      },
      twin: {
        $0.options.update = .swapUsingMove
        $0.partitions[1].range.count = 0x2000
      }),
  ]

  private static let protection: [RuleCase] = [
    RuleCase(
      finding: .writableInProtected(1, range(0, 0x41000)), severity: .error,
      broken: { try! $0.options.protected.append(range(0, 0x41000)) },
      twin: { try! $0.options.protected.append(range(0, 0x40000)) }),
    RuleCase(
      finding: .readOnlyUnprotected(0), severity: .warning,
      broken: { try! $0.options.protected.append(range(0, 0x20000)) },
      twin: {
        try! $0.options.protected.append(range(0, 0x20000))
        try! $0.options.protected.append(range(0x20000, 0x20000))
      }),
  ]

  private static let addresses: [RuleCase] = [
    RuleCase(
      finding: .gap(range(0xE2000, 0x1000)), severity: .warning,
      broken: { $0.partitions[4].range = range(0xE3000, 0x1D000) },
      twin: {
        $0.partitions[4].range = range(0xE3000, 0x1D000)
        try! $0.options.reserved.append(range(0xE2000, 0x1000))
      }),
    RuleCase(
      finding: .gap(range(0xFF000, 0x1000)), severity: .warning,
      broken: { $0.partitions[4].range.count -= 0x1000 }, twin: { _ in }),
    RuleCase(
      finding: .gapFitsSlot(range(0x90000, 0x50000)), severity: .warning,
      broken: { $0.partitions.remove(at: 2) },
      twin: { $0.partitions[2].kind = .ota(2) }),
    RuleCase(
      finding: .crossesBank(1, boundary: 0x80000), severity: .warning,
      broken: { $0.options.bankSize = 0x80000 },
      twin: {
        $0.options.bankSize = 0x80000
        $0.partitions[1].range.count = 0x40000
      }),
    RuleCase(
      finding: .misalignedForExecution(1, alignment: 0x20000), severity: .warning,
      broken: {
        $0.options.executionAlignment = 0x20000
        $0.partitions[1].range = range(0x50000, 0x40000)
      },
      twin: { $0.options.executionAlignment = 0x20000 }),
    RuleCase(
      finding: .outsideWindow(2, range(0, 0x90000)), severity: .warning,
      broken: { $0.options.executionWindow = range(0, 0x90000) },
      twin: { $0.options.executionWindow = range(0, 0xE0000) }),
    RuleCase(
      finding: .needsFourByteAddresses(4), severity: .warning,
      broken: { $0.partitions[4].range = range(0x100_0000, 1) },
      twin: { $0.partitions[4].range = range(0xFF_FFFF, 1) }),
    RuleCase(
      finding: .dataBehindApp(data: 4, app: 2), severity: .note,
      broken: { $0.partitions[4].range = range(0xE0000, 0x1000) },
      twin: { $0.partitions[4].range = range(0xE1000, 0x1000) }),
  ]
}
