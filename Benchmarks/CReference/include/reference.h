// What C code reaches on the same machine with the same libraries: the denominators of the ratios;
// and the clocks of the measurements.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The processor time of the calling thread, in seconds.
double reference_thread_seconds(void);
// The time of a clock that only moves forward, in seconds.
double reference_wall_seconds(void);
// Lets two threads spin for `seconds`, and returns how many processors they had: up to 2.
double reference_available_cores(double seconds);

// SHA-256 in updates of `chunk` bytes through EVP; 1 on success.
int reference_sha256(const uint8_t *bytes, size_t count, size_t chunk, uint8_t digest[32]);
// AES-128-CTR in place in updates of `chunk` bytes through EVP; 1 on success.
int reference_ctr(uint8_t *bytes, size_t count, size_t chunk);
// AES-128-CTR into a buffer of `chunk` bytes, and SHA-256 of what is there, in turn; 1 on success.
int reference_ctr_then_sha256(
    const uint8_t *bytes, size_t count, uint8_t *buffer, size_t chunk, uint8_t digest[32]);
// Reads a file in pieces of `chunk` bytes; the number of bytes, or -1.
int64_t reference_read(const char *path, uint8_t *buffer, size_t chunk);
// Inflates a zlib stream through a window of `chunk` bytes; the number of bytes, or -1.
int64_t reference_inflate(const uint8_t *bytes, size_t count, size_t chunk);
// Deflates into `target`, which has room for `room` bytes; the number of bytes, or -1.
int64_t reference_deflate(const uint8_t *bytes, size_t count, uint8_t *target, size_t room);

// A public key (SubjectPublicKeyInfo) with a prepared operation; 0 if libcrypto refuses it.
typedef struct reference_key reference_key;
reference_key *reference_key_make(const uint8_t *der, size_t count);
void reference_key_free(reference_key *key);
// Whether the signature over a SHA-256 digest (SHA-384 for P-384; Ed25519: over the digest as a
// message) is good.
int reference_key_verify(
    reference_key *key, const uint8_t *signature, size_t signature_count, const uint8_t *digest,
    size_t digest_count);

// Programs as NOR flash does: checks that no bit returns to one, then ANDs; 1 if the check passes.
int reference_program(uint8_t *flash, const uint8_t *bytes, size_t count);
// Erases by memset.
void reference_erase(uint8_t *flash, size_t count);
// Copies by memcpy, which the compiler may not leave out.
void reference_copy(uint8_t *target, const uint8_t *source, size_t count);
