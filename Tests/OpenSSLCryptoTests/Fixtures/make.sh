#!/bin/sh
# Writes the forms of the keys of this folder that OpenSSL knows; the .der files are from imgtool.
set -e
cd "$(dirname "$0")"
openssl pkey -inform DER -in rsa-2048.der -out rsa-2048.pkcs8.pem
openssl rsa -inform DER -in rsa-2048.der -traditional -out rsa-2048.pkcs1.pem
openssl rsa -inform DER -in rsa-2048.der -RSAPublicKey_out -out rsa-2048-pub.pkcs1.pem
openssl rsa -inform DER -in rsa-2048.der -pubout -outform DER -out rsa-2048-pub.spki.der
openssl pkey -inform DER -in rsa-2048.der -outform PEM -traditional -aes128 -passout pass:secret -out rsa-2048.pkcs1.locked.pem
openssl rsa -inform DER -in rsa-2048.der -outform DER -traditional -out rsa-2048.pkcs1.der
openssl pkey -inform DER -in ecdsa-p256.der -out ecdsa-p256.pkcs8.pem
openssl ec -inform DER -in ecdsa-p256.der -out ecdsa-p256.sec1.pem
{ openssl ecparam -name prime256v1; cat ecdsa-p256.sec1.pem; } > ecdsa-p256.parameters.pem
openssl ec -inform DER -in ecdsa-p256.der -outform DER -out ecdsa-p256.sec1.der
openssl pkcs8 -topk8 -inform DER -in ecdsa-p256.der -passout pass:secret -out ecdsa-p256.locked.pem
openssl pkey -inform DER -in enc-x25519.der -out enc-x25519.pkcs8.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp521r1 -outform PEM -out ecdsa-p521.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa-1024.pem
{ echo "Some text in front of the key"; cat ecdsa-p256-pub.pem; } > ecdsa-p256-pub.text.pem
