import Benchmark
import Workloads

/// The workloads of the ratios, one by one, with the percentiles of package-benchmark.
///
/// Its counts of allocations read 0 here: the package is built without its interposers.
let benchmarks: @Sendable () -> Void = {
  unsafe Benchmark.defaultConfiguration = .init(
    metrics: [.cpuTotal, .wallClock, .throughput, .peakMemoryResident],
    warmupIterations: 1, maxDuration: .seconds(2), maxIterations: 100_000)

  for size in [65_536, 1 << 20, 16 << 20] {
    let size = size
    let suffix = ", \(size >> 10) KiB"
    add("libcrypto SHA-256" + suffix) { try ImageWorkloads(size: size).referenceHash }
    add("libcrypto AES-128-CTR" + suffix) { try ImageWorkloads(size: size).referenceCipher }
    add("verify, RAM" + suffix) { try ImageWorkloads(size: size).verify(bufferSize: 65_536) }
    add("decrypt and verify, RAM" + suffix) {
      try ImageWorkloads(size: size).decryptAndVerify(bufferSize: 65_536)
    }
  }
  for (exponent, threads) in [(12, 1), (12, 2), (16, 1), (16, 2)] {
    add("digest tree, 16384 KiB, \((1 << exponent) >> 10) KiB leaves, \(threads) threads") {
      let images = try ImageWorkloads(size: 16 << 20)
      return TreeWorkloads.memory(
        images.image, leafSizeExponent: UInt8(exponent), threads: threads)
    }
  }
  add("unpack zlib, 1024 KiB") { try CompressionWorkloads(size: 1 << 20).zlib }
  add("unpack LZMA2, 1024 KiB") { try CompressionWorkloads(size: 1 << 20).lzma2 }
  add("decrypt, hash, program, 1024 KiB") { try FlashPipeline(size: 1 << 20).run }
  for (name, kind, count) in SignatureWorkloads.kinds {
    add("\(count) signature checks, \(name)") {
      try SignatureWorkloads.pair(name, kind, count: count).provider
    }
  }
  add("install 256 KiB") { try DeviceWorkloads(size: 256 << 10).install }
  add("boot, 256 KiB") { try DeviceWorkloads(size: 256 << 10).boot }
  add("10000 boot decisions") { try DeviceWorkloads(size: 256 << 10).decide }
  add("256 x emulator erase 4 KiB") { try FlashWorkloads().erase }
  add("256 x emulator erase + program 4 KiB") { try FlashWorkloads().eraseAndProgram }
  add("131072 x emulator program 8 B") { try FlashWorkloads().programUnits }
  add("1024 x emulator read 4 KiB") { try FlashWorkloads().read }
  add("64 x emulator checkpoint + 8 blocks + rollback") { try FlashWorkloads().checkpoint }
  add("power-loss search, 16 KiB copy updater, nor-realistic") {
    try CopyUpdater(slotSize: 16_384).search
  }
}

/// Registers a workload that is made when its turn comes.
private func add(_ name: String, _ make: @escaping @Sendable () throws -> Workload) {
  Benchmark(name) { benchmark in
    let workload = try make()
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { try workload.run() }
    benchmark.stopMeasurement()
  }
}
