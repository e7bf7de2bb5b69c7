// The floor under the probes: memory functions that the compiler calls, an entry, and hardware that
// is not there. No allocator on purpose: a probe that could allocate does not link.
#include "Hardware/hardware.h"

#ifdef PROBE_ENTRY
void PROBE_ENTRY(void);

void _start(void) {
  PROBE_ENTRY();
  for (;;) {
  }
}
#endif

// Volatile, so that nothing the probes do can be computed when they are compiled.
static volatile uint32_t line;
static uint8_t memory[512];

const uint8_t *hardware_flash_base(void) { return (const uint8_t *)(uintptr_t)line; }
int32_t hardware_flash_program(uint32_t address, const uint8_t *bytes, size_t count) {
  line = address + bytes[0] + (uint32_t)count;
  return (int32_t)line;
}
int32_t hardware_flash_erase(uint32_t address, uint32_t count) {
  line = address + count;
  return (int32_t)line;
}
uint32_t hardware_key_count(void) { return line; }
uint32_t hardware_key_kind(uint32_t index) { return line + index; }
int32_t hardware_key_has_hash(uint32_t index, const uint8_t *hash, size_t count) {
  return (int32_t)(line + index + hash[0] + count);
}
int32_t hardware_key_is(uint32_t index, const uint8_t *key, size_t count) {
  return (int32_t)(line + index + key[0] + count);
}
uint32_t hardware_digest_start(uint32_t algorithm) { return line + algorithm; }
uint32_t hardware_digest_update(const uint8_t *bytes, size_t count) {
  return line + bytes[0] + (uint32_t)count;
}
uint32_t hardware_digest_finish(uint8_t *digest) {
  digest[0] = (uint8_t)line;
  return line;
}
int32_t hardware_signature_check(
  uint32_t index, const uint8_t *signature, size_t signatureSize, const uint8_t *message,
  size_t messageSize) {
  return (int32_t)(line + index + signature[0] + signatureSize + message[0] + messageSize);
}
uint32_t hardware_key_unwrap(
  uint32_t algorithm, const uint8_t *wrapped, size_t count, uint8_t *key, size_t keySize) {
  key[0] = wrapped[0];
  return line + algorithm + (uint32_t)count + (uint32_t)keySize;
}
uint32_t hardware_cipher_start(const uint8_t *key, size_t keySize, uint32_t offset) {
  return line + key[0] + (uint32_t)keySize + offset;
}
uint32_t hardware_cipher_apply(uint8_t *bytes, size_t count) {
  bytes[0] ^= (uint8_t)line;
  return line + (uint32_t)count;
}
uint32_t hardware_decompressor_start(uint32_t window) { return line + window; }
int32_t hardware_decompress(
  const uint8_t *input, size_t inputSize, size_t *consumed, uint8_t *output, size_t outputSize,
  size_t *produced) {
  *consumed = inputSize;
  *produced = outputSize;
  output[0] = input[0];
  return (int32_t)line;
}
uint8_t *hardware_retained(void) { return memory; }
uint32_t hardware_reset_cause(void) { return line; }
uint32_t hardware_fuses_read(void) { return line; }
int32_t hardware_fuses_write(uint32_t value) {
  line = value;
  return (int32_t)line;
}
void hardware_watchdog_start(uint32_t seconds) { line = seconds; }
void hardware_watchdog_feed(void) { line = 0; }
void hardware_load(uint32_t address, const uint8_t *bytes, size_t count) {
  line = address + bytes[0] + (uint32_t)count;
}
uint8_t *hardware_buffer(void) { return memory; }
size_t hardware_buffer_size(void) { return sizeof(memory); }
void hardware_take(const void *value, size_t size) {
  line = ((const uint8_t *)value)[size - 1];
}

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  uint8_t *target = to;
  const uint8_t *source = from;
  while (count-- > 0) *target++ = *source++;
  return to;
}
void *memmove(void *to, const void *from, size_t count) {
  uint8_t *target = to;
  const uint8_t *source = from;
  if (target <= source) return memcpy(to, from, count);
  while (count-- > 0) target[count] = source[count];
  return to;
}
void *memset(void *to, int value, size_t count) {
  uint8_t *target = to;
  while (count-- > 0) *target++ = (uint8_t)value;
  return to;
}
int memcmp(const void *left, const void *right, size_t count) {
  const uint8_t *one = left;
  const uint8_t *other = right;
  for (; count > 0; count--, one++, other++) {
    if (*one != *other) return *one - *other;
  }
  return 0;
}

#ifdef __arm__
void __aeabi_memcpy(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy4(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy8(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memmove(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove4(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove8(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memset(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset4(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset8(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memclr(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr4(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr8(void *to, size_t count) { memset(to, 0, count); }
#endif
