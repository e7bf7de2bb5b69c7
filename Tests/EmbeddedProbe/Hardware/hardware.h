// What the probes call instead of real hardware: see support.c. Nothing here allocates.
#ifndef HARDWARE_H
#define HARDWARE_H

#include <stddef.h>
#include <stdint.h>

/// The flash as the processor sees it, from its first byte.
const uint8_t *hardware_flash_base(void);
/// Each returns 0, or 1 on failure.
int32_t hardware_flash_program(uint32_t address, const uint8_t *bytes, size_t count);
int32_t hardware_flash_erase(uint32_t address, uint32_t count);

/// An engine for hashes, signatures and ciphers; each call that can fail returns 0 or an error code.
uint32_t hardware_key_count(void);
uint32_t hardware_key_kind(uint32_t index);
int32_t hardware_key_has_hash(uint32_t index, const uint8_t *hash, size_t count);
int32_t hardware_key_is(uint32_t index, const uint8_t *key, size_t count);
uint32_t hardware_digest_start(uint32_t algorithm);
uint32_t hardware_digest_update(const uint8_t *bytes, size_t count);
uint32_t hardware_digest_finish(uint8_t *digest);
/// Returns 1 if the signature is right, 0 if not.
int32_t hardware_signature_check(
  uint32_t index, const uint8_t *signature, size_t signatureSize, const uint8_t *message,
  size_t messageSize);
uint32_t hardware_key_unwrap(
  uint32_t algorithm, const uint8_t *wrapped, size_t count, uint8_t *key, size_t keySize);
uint32_t hardware_cipher_start(const uint8_t *key, size_t keySize, uint32_t offset);
uint32_t hardware_cipher_apply(uint8_t *bytes, size_t count);

/// A decompressor: 0 or an error code; then 0, 1 at the end of the stream, or -1 if it is damaged.
uint32_t hardware_decompressor_start(uint32_t window);
int32_t hardware_decompress(
  const uint8_t *input, size_t inputSize, size_t *consumed, uint8_t *output, size_t outputSize,
  size_t *produced);

/// RAM that survives a warm reset, 16 bytes.
uint8_t *hardware_retained(void);
uint32_t hardware_reset_cause(void);
uint32_t hardware_fuses_read(void);
int32_t hardware_fuses_write(uint32_t value);
void hardware_watchdog_start(uint32_t seconds);
void hardware_watchdog_feed(void);
void hardware_load(uint32_t address, const uint8_t *bytes, size_t count);

/// Memory for verification.
uint8_t *hardware_buffer(void);
size_t hardware_buffer_size(void);

/// Takes a result, so that no part of it counts as unused.
void hardware_take(const void *value, size_t size);

#endif
