import BootState
import Bootloader
import DeviceModel
import FlashEmulator
import Foundation
import NORFlash
import OpenSSLCrypto
import Testing

/// What the boot loader found in the log goes on to the next process.
@Suite struct LogConditionTests {
  @Test func aLogBegunInOneProcessIsNotReplacedInTheNext() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "flash.bin").path
    var factory = MemoryStorage(try DeviceFixture.image("1.0.0"))
    var device = try EmulatedDevice.manufacture(
      try DeviceFixture.description(), factoryImage: &factory)
    let metadata = device.configuration.layout.metadata
    let garbage = [UInt8](repeating: 5, count: Int(metadata.count))
    device.flash.corrupt(at: metadata.start, bytes: garbage)
    try device.boot()
    let first = device.running
    #expect(first?.logCondition == .lost)
    try device.save(to: path)

    var second = try EmulatedDevice.load(from: path)
    let loaded = second.running
    #expect(loaded == first)
    try second.requestOneShot(.factory)
    try second.save(to: path)

    var third = try EmulatedDevice.load(from: path)
    let begun = third.running
    #expect(begun?.logCondition == .sound)
    third.flash.corrupt(at: metadata.start, bytes: garbage)
    var refusal: DeviceError?
    do throws(DeviceError) { try third.requestOneShot(.factory) } catch { refusal = error }
    #expect(refusal == .bootState(.transition(.logUnreadable)))
  }
}
