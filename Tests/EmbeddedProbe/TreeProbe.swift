import FirmwareImage
import Hardware
import NORFlash

/// Checks who signed a digest tree, its leaf list, and a leaf that has arrived.
@c(probe_tree)
public func probeTree() {
  var crypto = CryptoEngine()
  let memory = unsafe UnsafeMutableBufferPointer(
    start: hardware_buffer(), count: hardware_buffer_size())
  let buffer = unsafe memory.span
  do throws(ImagePrologueError) {
    var prologue = try ImagePrologue(header: buffer, areas: buffer)
    do throws(DigestTreeError) {
      guard let signer = try DigestTree.signer(of: &prologue, crypto: &crypto) else { return }
      take(signer)
      try checkLeaves(of: &prologue, buffer, crypto: &crypto)
    } catch { take(error) }
  } catch { take(error) }
}

private func checkLeaves(
  of prologue: inout ImagePrologue, _ buffer: Span<UInt8>, crypto: inout CryptoEngine
) throws(DigestTreeError) {
  let tree: DigestTree
  do throws(DigestTreeRefusal) {
    guard let found = try DigestTree(of: &prologue),
      let list = try LeafListHeader(decoding: buffer), list == LeafListHeader(of: found)
    else { return }
    tree = found
  } catch { throw .refused(error) }
  let digests = buffer.extracting(LeafListHeader.encodedSize...)
  try tree.check(leafDigests: digests, crypto: &crypto)
  try tree.check(buffer, asLeaf: 0, withDigest: digests.extracting(first: 32), crypto: &crypto)
}
