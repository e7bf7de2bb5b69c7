import OpenSSLCrypto

/// Digests of all leaves of an image, and their root.
public enum TreeWorkloads {
  /// Of an image in memory.
  public static func memory(
    _ bytes: [UInt8], leafSizeExponent exponent: UInt8, threads: Int
  ) -> Workload {
    let storage = MemoryStorage(bytes)
    return Workload(name("RAM", exponent, threads), .bytes(bytes.count)) {
      _ = try LeafList(
        over: storage, coveredSize: storage.size, leafSizeExponent: exponent, threads: threads)
    }
  }

  /// Of a file.
  public static func file(
    _ path: String, leafSizeExponent exponent: UInt8, threads: Int
  ) throws -> Workload {
    let size = Int(try FileStorage(path: path).size)
    return Workload(name("file", exponent, threads), .bytes(size)) {
      let storage = try FileStorage(path: path)
      _ = try LeafList(
        over: storage, coveredSize: storage.size, leafSizeExponent: exponent, threads: threads)
    }
  }

  private static func name(_ place: String, _ exponent: UInt8, _ threads: Int) -> String {
    "digest tree, \(place), \((1 << Int(exponent)) >> 10) KiB leaves, \(threads) thread"
      + (threads == 1 ? "" : "s")
  }
}
