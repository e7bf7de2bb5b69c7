import FirmwareImage
import OpenSSLCrypto
import Workloads

extension Section {
  /// Verification on one thread against the libcrypto calls it consists of.
  static func verification(_ settings: Settings, _ files: ImageFiles) throws -> Section {
    settings.say("verification of images in memory and from a file")
    let images = try ImageWorkloads(size: settings.imageSize)
    let pipeline = try FlashPipeline(size: min(settings.imageSize, 16 << 20))
    let file = try files.image(of: settings.isQuick ? 16 << 20 : 64 << 20)
    let (hash, cipher) = (images.referenceHash, images.referenceCipher)
    let read = ImageWorkloads.referenceRead(file.path, size: file.size)
    let chunks = try [64, 4_096, 65_536].map { try images.verify(bufferSize: $0) }
    let fromFile = try ImageWorkloads.verify(
      file: file.path, key: try PublicKey(contentsOf: files.publicKey), bufferSize: 1 << 18)
    let decrypted = try images.decryptAndVerify(bufferSize: 65_536)
    let (programmed, and) = (pipeline.run, pipeline.reference)
    let inTurn = images.referenceCipherAndHash
    let rounds = try Rounds(
      ([hash, cipher, inTurn, read] + chunks + [fromFile, decrypted, programmed, and]).map(
        Contestant.init),
      count: settings.rounds)

    var section = Section(
      title: "Verification on one thread",
      about: """
        Processor time of one thread, against libcrypto alone in the same rounds: H is SHA-256 in \
        pieces of 64 KiB over an image in memory, C is AES-128-CTR in a hot buffer, R is reading \
        the file from the page cache, A is AND with a check in C. H + C means what the two would \
        take one after the other; where a processor pays for changing between the two, C code that \
        works on pieces of 64 KiB in turn does not reach it either.
        """)
    for (chunk, goal) in zip(chunks, [0.90, 0.98, 0.98]) {
      section.findings.append(
        Finding(
          "\(chunk.name), of H", rounds.speed(of: chunk.name, against: hash.name),
          goal: .atLeast(goal)))
    }
    section.findings += [
      Finding(
        "\(fromFile.name), of R + H",
        rounds.speed(of: fromFile.name, againstAllOf: [read.name, hash.name]),
        goal: .atLeast(0.97)),
      Finding(
        "\(decrypted.name), of C + H",
        rounds.speed(of: decrypted.name, againstAllOf: [cipher.name, hash.name]),
        goal: .atLeast(0.97)),
      Finding(
        "\(decrypted.name), of C code in turn",
        rounds.speed(of: decrypted.name, against: inTurn.name)),
      Finding(
        "\(inTurn.name), of C + H",
        rounds.speed(of: inTurn.name, againstAllOf: [cipher.name, hash.name])),
      Finding(
        "\(programmed.name), 32 KiB chunks, of C + H + A",
        rounds.speed(of: programmed.name, againstAllOf: [cipher.name, hash.name, and.name]),
        goal: .atLeast(0.92)),
    ]
    for workload in [hash, cipher, inTurn, read] + chunks + [fromFile, decrypted, programmed] {
      section.findings.append(
        Finding(workload.name, rounds.rate(of: workload.name), .bytesPerSecond))
    }
    return section
  }

  /// Verification with a second thread that hashes, by the time that passes.
  static func twoThreads(_ settings: Settings, _ files: ImageFiles) throws -> Section {
    settings.say("verification on two threads")
    let images = try ImageWorkloads(size: settings.imageSize)
    let (hash, cipher) = (images.referenceHash, images.referenceCipher)
    let key = try PublicKey(contentsOf: files.publicKey)
    let size = settings.isQuick ? 16 << 20 : 64 << 20
    let plain = try ImageWorkloads.verify(
      file: files.image(of: size).path, key: key, bufferSize: 1 << 18, hashing: .secondThread)
    let encrypted = try ImageWorkloads.verify(
      file: files.encryptedImage(of: size).path, key: key, form: .ciphertext, bufferSize: 1 << 18,
      hashing: .secondThread)
    let rounds = try Rounds(
      [hash, cipher, plain, encrypted].map(Contestant.init), count: settings.rounds,
      needing: .twoProcessors)
    var section = Section(
      title: "Verification on two threads",
      about: """
        The time that passed, of those rounds only in which two spinning threads had at least \
        \(FigureUnit.decimals(Rounds.coresNeeded, 1)) processors; H and C as above. One thread \
        reads and decrypts while the other hashes, so SHA-256 is all that should be left.
        """)
    section.findings = [
      Finding(
        "\(plain.name), of H", rounds.wallSpeed(of: plain.name, against: hash.name),
        goal: .atLeast(0.95)),
      Finding(
        "\(encrypted.name), of the slower of C and H",
        rounds.figure { round in
          guard let own = round.wallCost(encrypted.name), let hash = round.wallCost(hash.name),
            let cipher = round.wallCost(cipher.name)
          else { return nil }
          return max(hash, cipher) / own
        }, goal: .atLeast(0.95)),
      Finding(plain.name, rounds.wallRate(of: plain.name), .bytesPerSecond),
      Finding(encrypted.name, rounds.wallRate(of: encrypted.name), .bytesPerSecond),
    ]
    return section
  }

  /// Digest trees on one and on two threads.
  static func trees(_ settings: Settings, _ files: ImageFiles) throws -> Section {
    settings.say("digest trees on two threads")
    let images = try ImageWorkloads(size: settings.imageSize)
    let hash = images.referenceHash
    let memory = [12, 16].map { (exponent: UInt8) in
      [1, 2].map { threads in
        TreeWorkloads.memory(images.image, leafSizeExponent: exponent, threads: threads)
      }
    }
    let file = try TreeWorkloads.file(
      files.image(of: settings.largeSize).path, leafSizeExponent: 12, threads: 2)
    let rounds = try Rounds(
      ([hash] + memory.flatMap(\.self) + [file]).map(Contestant.init), count: settings.rounds,
      needing: .twoProcessors)
    var section = Section(
      title: "Digest trees",
      about:
        "The time that passed while two processors were free; H is one SHA-256 stream, as above."
    )
    for (workloads, goal) in zip(memory, [1.85, 1.95]) {
      let (one, two) = (workloads[0], workloads[1])
      section.findings += [
        Finding(
          "\(two.name), of one thread", rounds.wallSpeed(of: two.name, against: one.name),
          goal: .atLeast(1.9)),
        Finding(
          "\(two.name), of H", rounds.wallSpeed(of: two.name, against: hash.name),
          goal: .atLeast(goal)),
        Finding(
          "\(one.name), of H, processor time", rounds.speed(of: one.name, against: hash.name)),
        Finding(two.name, rounds.wallRate(of: two.name), .bytesPerSecond),
      ]
    }
    section.findings += [
      Finding(
        "\(file.name), of H", rounds.wallSpeed(of: file.name, against: hash.name),
        goal: .atLeast(1.45)),
      Finding(file.name, rounds.wallRate(of: file.name), .bytesPerSecond),
    ]
    return section
  }

  /// Unpacking compressed payloads.
  static func compression(_ settings: Settings) throws -> Section {
    settings.say("unpacking")
    let payload = CompressionWorkloads(size: settings.isQuick ? 1 << 20 : 8 << 20)
    let (zlib, lzma2, reference) = (try payload.zlib, try payload.lzma2, try payload.reference)
    let rounds = try Rounds(
      [zlib, lzma2, reference].map(Contestant.init), count: settings.rounds)
    var section = Section(
      title: "Compressed payloads",
      about: """
        Bytes that come out, of a made-up payload that compresses about as machine code does. \
        Unpacking is slower than hashing: it bounds what a compressed image can do.
        """)
    section.findings = [
      Finding(
        "\(zlib.name), of zlib in C", rounds.speed(of: zlib.name, against: reference.name),
        goal: .atLeast(0.95)),
      Finding(zlib.name, rounds.rate(of: zlib.name), .bytesPerSecond),
      Finding(lzma2.name, rounds.rate(of: lzma2.name), .bytesPerSecond),
    ]
    return section
  }

  /// One signature check of each kind.
  static func signatures(_ settings: Settings) throws -> Section {
    settings.say("signature checks")
    var section = Section(
      title: "Signature checks",
      about: "One check with a prepared key, and the same straight through libcrypto.")
    let pairs = try SignatureWorkloads.kinds.map { name, kind, count in
      (name, try SignatureWorkloads.pair(name, kind, count: count))
    }
    let rounds = try Rounds(
      pairs.flatMap { [Contestant($0.1.provider), Contestant($0.1.reference)] },
      count: settings.rounds)
    for (name, pair) in pairs {
      section.findings.append(
        Finding(
          "\(pair.provider.name), of libcrypto",
          rounds.speed(of: pair.provider.name, against: pair.reference.name),
          goal: .atLeast(0.95)))
      section.findings.append(
        Finding(
          pair.provider.name, rounds.figure { $0.cost(pair.provider.name) }, .secondsEach,
          goal: name == "ECDSA P-256" ? .atMost(85e-6) : nil))
    }
    return section
  }

  /// What a device does, on an emulated part.
  static func device(_ settings: Settings) throws -> Section {
    settings.say("installing and booting")
    let device = try DeviceWorkloads(size: 256 << 10)
    let workloads = [device.install, device.boot, device.decide]
    let rounds = try Rounds(workloads.map(Contestant.init), count: settings.rounds)
    var section = Section(
      title: "A device on the emulator",
      about: """
        Processor time on this machine, not on a device: an image of 256 KiB on an emulated \
        W25Q128JV. `brickproof image cost` forecasts real devices.
        """)
    section.findings = [
      Finding(
        "install: erase, program, read back, verify, stage", rounds.rate(of: device.install.name),
        .bytesPerSecond),
      Finding(
        "boot: log, verification, decision", rounds.figure { $0.cost(device.boot.name) },
        .secondsEach),
      Finding(
        "boot decision alone", rounds.figure { $0.cost(device.decide.name) }, .secondsEach),
    ]
    return section
  }
}
