import BootState
import Bootloader
import DeviceModel
import FlashEmulator
import NORFlash
import OpenSSLCrypto

/// What a device does: installing an update and booting, on an emulated W25Q128JV.
public final class DeviceWorkloads {
  private var device: EmulatedDevice
  private var update: MemoryStorage
  private var situation: BootSituation

  /// Makes a device that runs an image of `size` bytes, with an update of the same size.
  public init(size: Int) throws {
    let key = try PrivateKey(generating: .ecdsaP256)
    let slot = UInt32((size + 8_191) / 4_096 * 4_096)
    let description = DeviceDescription(
      part: try .named("W25Q128JV"), table: try Material.table(slot: slot, block: 4_096),
      trustedKeys: [key.publicKey])
    var factory = MemoryStorage(try Material.image("1.0.0", payloadSize: size - 512, key: key))
    update = MemoryStorage(try Material.image("2.0.0", payloadSize: size - 512, key: key))
    device = try EmulatedDevice.manufacture(description, factoryImage: &factory)
    situation = try device.boot().situation
  }

  /// Installing: erase, program, read back, verify, stage.
  public var install: Workload {
    Workload("install into flash", .bytes(update.bytes.count)) { [self] in
      try device.boot(.powerOn)
      let checkpoint = device.flash.checkpoint()
      _ = try device.install(&update)
      device.flash.rollback(to: checkpoint)
      device.abandonRun()
    }
  }

  /// A whole boot: log, verification, decision.
  public var boot: Workload {
    Workload("boot", .operations(1)) { [self] in
      guard try device.boot(.powerOn).slot == .factory else {
        throw WrongResult("the device does not boot its factory image")
      }
    }
  }

  /// The decision alone, when everything is known.
  public var decide: Workload {
    let count = 10_000
    return Workload("boot decision", .operations(count)) { [self] in
      var decision = BootDecision()
      for _ in 0..<count {
        guard situation.decide(into: &decision) == nil else {
          throw WrongResult("the decision needs more than it has")
        }
      }
    }
  }
}
