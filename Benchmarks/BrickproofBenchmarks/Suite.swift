import Benchmark
import Workloads

let benchmarks: @Sendable () -> Void = {
  Benchmark("one") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(W.x) }
  }
}
