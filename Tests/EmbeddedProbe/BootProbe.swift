import Bootloader

/// A whole boot, from the reset to the handover, of a loader with every feature.
@c(probe_boot)
public func probeBoot() {
  boot(configuration(), with: EveryBootFeature.self)
}
