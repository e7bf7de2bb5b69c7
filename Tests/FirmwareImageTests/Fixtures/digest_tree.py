#!/usr/bin/env python3
"""An independent model of digest trees, from their description alone.

    python3 digest_tree.py roots > digest-tree-roots.txt
        prints golden roots: exponent, size, root, SHA-256 of the leaf digests
    python3 digest_tree.py check image.img public.pem [leaf list]
        checks entries, leaves, leaf list and signature of an image; needs the package cryptography
"""
import hashlib
import struct
import sys


def content(size):
    """Bytes in which neither leaves nor positions repeat; the tests make the same."""
    state, out = 1, bytearray()
    while len(out) < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out += struct.pack("<Q", state)
    return bytes(out[:size])


def leaf_digests(data, exponent):
    size = 1 << exponent
    return [
        hashlib.sha256(data[start:start + size] + b"\x00").digest()
        for start in range(0, len(data), size)
    ]


def root_of(digests, size, exponent):
    return hashlib.sha256(b"".join(digests) + struct.pack("<IBB", size, exponent, 1)).digest()


def sizes(exponent):
    leaf = 1 << exponent
    around = {1, 31, 32, 33}
    # Around the ends of leaves, and of the portions of 256 KiB that threads take.
    for end in (leaf, 2 * leaf, 3 * leaf, 262144, 262144 + leaf, 524288):
        around |= {end - 1, end, end + 1}
    return sorted(around)


def print_roots():
    everything = content(524289)
    for exponent in range(12, 17):
        for size in sizes(exponent):
            digests = leaf_digests(everything[:size], exponent)
            root = root_of(digests, size, exponent)
            print(exponent, size, root.hex(), hashlib.sha256(b"".join(digests)).hexdigest())


def entries(image, start, magic):
    found, total = struct.unpack_from("<HH", image, start)
    assert found == magic, f"magic {found:#x} at {start:#x}"
    position, result = start + 4, []
    while position < start + total:
        kind, length = struct.unpack_from("<HH", image, position)
        result.append((kind, position, image[position + 4:position + 4 + length]))
        position += 4 + length
    assert position == start + total
    return result, position


def check_signature(image, start, place, entry, public_path):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

    version, number, zero = struct.unpack_from("<BBH", entry)
    assert (version, zero) == (1, 0)
    name, algorithm = {
        1: ("sha256", hashes.SHA256()), 2: ("sha384", hashes.SHA384()), 3: ("sha512", hashes.SHA512()),
    }[number]
    size = hashlib.new(name).digest_size
    (length,) = struct.unpack_from("<H", entry, 4 + size)
    signature, filling = entry[6 + size:6 + size + length], entry[6 + size + length:]
    assert len(signature) == length and not any(filling)
    key = serialization.load_pem_public_key(open(public_path, "rb").read())
    if isinstance(key, rsa.RSAPublicKey):
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    else:
        der = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert hashlib.new(name, der).digest() == entry[4:4 + size], "another key"
    message = b"Brickproof digest tree 1" + image[:32] + image[start:place + 4 + 4 + size]
    digest = hashlib.new(name, message).digest()
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        key.verify(signature, digest, pss, utils.Prehashed(hashes.SHA256()))
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, digest, ec.ECDSA(utils.Prehashed(algorithm)))
    else:
        key.verify(signature, digest)
    print("signature OK")


def check(path, public_path, list_path=None):
    image = open(path, "rb").read()
    header_size, protected_size, payload_size = struct.unpack_from("<HHI", image, 8)
    start = header_size + payload_size
    protected, end = entries(image, start, 0x6908)
    assert end - start == protected_size
    _, end = entries(image, end, 0x6907)
    (tree,) = [entry for entry in protected if entry[0] == 0xBFA1]
    version, algorithm, exponent, zero, count = struct.unpack_from("<BBBBI", tree[2])
    assert (version, algorithm, zero, len(tree[2])) == (1, 1, 0, 40)
    digests = leaf_digests(image[:start], exponent)
    assert len(digests) == count
    assert root_of(digests, start, exponent) == tree[2][8:]
    print("tree OK:", count, "leaves of", 1 << exponent)
    expected = b"bpleaves" + struct.pack("<BBBBI", 1, 1, exponent, 0, count) + b"".join(digests)
    found = open(list_path, "rb").read() if list_path else image[end:]
    assert found == expected, "leaf list"
    print("leaf list OK")
    kind, place, entry = protected[-1]
    assert kind == 0xBFA2
    check_signature(image, start, place, entry, public_path)


if __name__ == "__main__":
    if sys.argv[1] == "roots":
        print_roots()
    else:
        check(*sys.argv[2:])
