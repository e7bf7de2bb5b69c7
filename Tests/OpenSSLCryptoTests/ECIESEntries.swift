import FirmwareImage

/// Made once with the Python package `cryptography`; the keys are those of the fixtures.
let eciesEntries: [ECIESEntry] = [
  ECIESEntry(
    algorithm: .eciesP256, keyFile: "enc-ecdsa-p256.der",
    contentKey: "c6cef478276d1502e93a0849fa32fe90",
    wrapped: """
      04704e34f7afd0f0c2e73c4f439b5edcc5e55949ca52ae33e3918d33c37dcf3525da89dafd089f70ebd80551ba271a05
      9976a3e78d7a01aef0ff3b10f9939b46050872bf0c07897a0da7714ed357327a5228550de9a0e304aa946b81b984ee3b
      3b1f96b5e48207b491d762a5d15108ed3c
      """),
  ECIESEntry(
    algorithm: .eciesP256, keyFile: "enc-ecdsa-p256.der",
    contentKey: "979beae023b03c2f35133b684d3fbae1045d2f0795c6b017b35d74d33d105317",
    wrapped: """
      04245f2cd234ebdaf956c296b38c636702bcbaa90bc1dea0260c9fb2c97c21dbd64a942b6dab28e446f116b4573b5813
      481ab5dae9fbeb06ea44b5793804faeb63b62fc55244fc1b8dce02a3d116d973032ec231168104a414cba6f18b83ba6a
      69cf775d0b68ddd537a74d130f90f5b57f2727a9fd38aebacc5a6c701596e85389
      """),
  ECIESEntry(
    algorithm: .eciesX25519, keyFile: "enc-x25519.der",
    contentKey: "1eb7e0cbd36b69983e42d80a0dc8ce87",
    wrapped: """
      315d272754f16240554fc1bca1cbb230192fff830a8537ed477aa27da10c2469012101465de561fff0056ce57b50ac2c
      19448065c1d8ff57f92a08b23c3350821bfe2d9aa541b13cfac32a9cce3f1048
      """),
  ECIESEntry(
    algorithm: .eciesX25519, keyFile: "enc-x25519.der",
    contentKey: "0067f8d51a3970ab6a1480e3fb171265b5dbb261b54fb33de19b0f19d991c3a0",
    wrapped: """
      0655ae94f0fda0143352b254c0b7a89112cae9c2b8827fc473fb53d2ee05cb36f72637323c372a2860e477ac7d6d0e37
      72dfa3d1ace13e535b6f50d8a317234d455d3c69bfed6ba8ca9f68ac3adcd8fb973cee984a342da4bfa5dc4f31b06f87
      """),
  ECIESEntry(
    algorithm: .eciesX25519SHA512, keyFile: "enc-x25519.der",
    contentKey: "1e1b0e656556bfa380b1b404c1d93c85",
    wrapped: """
      bf067197fe9179c71953eeb70c2718af441790ed577edfeff8811799688bff587d869602ba803d5966a02e52aaa351e4
      2e64c78722e8a992f2ccbc0e305e40183bc8cca2b1e41c36388a8820bae1126bfcf69b1fdd709b9215423260c33287de
      b90a3a1b62cea82c77a3e0ad5d12d012
      """),
  ECIESEntry(
    algorithm: .eciesX25519SHA512, keyFile: "enc-x25519.der",
    contentKey: "5dfe1419dde3eb32941ef0eada4d8239f0487ab024e91b000992f0cb75b070e4",
    wrapped: """
      08c2dc43203a633927902f770b17daa6a547558bec543abd9822b787132ecc718248e940ffa3bbdd8c6ba400a872f9c1
      ac24e79dd212bdeefe809ab93f62f62c4e744a947c2c5a2e31beff3bf37ee5b8c7a064f94ff28a20543efcaa2979efe1
      13e973c9fb292db5403cfae994ac25d68eb951c2c61e7f9a91ebdb2089bf8147
      """),
]
