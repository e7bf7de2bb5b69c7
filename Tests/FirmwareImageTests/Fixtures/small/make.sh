#!/bin/sh
# Makes the images of this folder with imgtool 2.5.0; KEYS is a folder with the private keys as PEM.
# Signatures and content keys are random, so that a second run gives other bytes.
set -e
cd "$(dirname "$0")"
sign() { output=$1; shift; imgtool sign -H 32 --pad-header -S 0x4000 -v 2.3.4+5 "$@" payload.bin "$output.bin"; }
for key in rsa-2048 rsa-3072 ecdsa-p256 ecdsa-p384 ed25519; do
  sign "$key" -k "$KEYS/$key.pem" -s 7
done
sign ed25519-sha512 -k "$KEYS/ed25519.pem" --sha 512
sign ed25519-pure -k "$KEYS/ed25519.pem" --pure -s 7
sign enc-rsa-256 -k "$KEYS/rsa-2048.pem" -E ../keys/enc-rsa-2048-pub.pem --encrypt-keylen 256
sign enc-p256-256 -k "$KEYS/ecdsa-p256.pem" -E ../keys/enc-ecdsa-p256-pub.pem --encrypt-keylen 256
sign enc-x25519-256 -k "$KEYS/ed25519.pem" -E ../keys/enc-x25519-pub.pem --encrypt-keylen 256
sign enc-x25519-128-hmac512 -k "$KEYS/ed25519.pem" -E ../keys/enc-x25519-pub.pem --hmac-sha 512
sign rom-fixed -k "$KEYS/ecdsa-p256.pem" --rom-fixed 0x20000
for align in 8 16 32; do
  sign "pad-$align" -k "$KEYS/ecdsa-p256.pem" --pad --align "$align" --max-align "$align"
  sign "confirm-$align" -k "$KEYS/ecdsa-p256.pem" --confirm --align "$align" --max-align "$align"
done
