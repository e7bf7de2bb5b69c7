#include "reference.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

int64_t reference_read(const char *path, uint8_t *buffer, size_t chunk) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  int64_t total = 0;
  ssize_t count;
  while ((count = pread(file, buffer, chunk, total)) > 0) total += count;
  close(file);
  return count < 0 ? -1 : total;
}

int64_t reference_inflate(const uint8_t *bytes, size_t count, size_t chunk) {
  static uint8_t window[1 << 20];
  if (chunk > sizeof window) return -1;
  z_stream stream = {0};
  if (inflateInit(&stream) != Z_OK) return -1;
  stream.next_in = (uint8_t *)bytes;
  stream.avail_in = (unsigned)count;
  int64_t total = 0;
  int status;
  do {
    stream.next_out = window;
    stream.avail_out = (unsigned)chunk;
    status = inflate(&stream, Z_NO_FLUSH);
    total += (int64_t)(chunk - stream.avail_out);
  } while (status == Z_OK);
  inflateEnd(&stream);
  return status == Z_STREAM_END ? total : -1;
}

int64_t reference_deflate(const uint8_t *bytes, size_t count, uint8_t *target, size_t room) {
  uLongf size = room;
  return compress2(target, &size, bytes, count, 9) == Z_OK ? (int64_t)size : -1;
}

int reference_program(uint8_t *flash, const uint8_t *bytes, size_t count) {
  // Two passes, so that nothing has changed if the check fails.
  uint8_t illegal = 0;
  for (size_t i = 0; i < count; i++) illegal |= bytes[i] & (uint8_t)~flash[i];
  if (illegal) return 0;
  for (size_t i = 0; i < count; i++) flash[i] &= bytes[i];
  return 1;
}

// The compiler must not see through these: it would leave out what nobody reads.
static void *(*volatile set)(void *, int, size_t) = memset;
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

void reference_erase(uint8_t *flash, size_t count) { set(flash, 0xFF, count); }

void reference_copy(uint8_t *target, const uint8_t *source, size_t count) {
  copy(target, source, count);
}
