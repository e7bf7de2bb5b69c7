import Bootloader

/// A whole boot, from the reset to the handover, of a loader with the essentials only.
@c(probe_essential)
public func probeEssential() {
  boot(
    BootConfiguration(layout: layout(), flashBase: 0x800_0000), with: EssentialBootFeatures.self)
}
