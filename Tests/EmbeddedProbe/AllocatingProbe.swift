import Hardware

/// Allocates on purpose: the check must refuse this one, or it proves nothing.
@c(probe_allocating)
public func probeAllocating() {
  var numbers: [UInt32] = []
  for _ in 0..<hardware_key_count() { numbers.append(hardware_reset_cause()) }
  take(numbers.reduce(0, &+))
}
