// Decrypts a file with AES-128-CTR and hashes what comes out, with libgcrypt: as good as a plain loop
// gets. Scripts/bench compiles it where libgcrypt is there.
//
// Usage: decrypt-and-hash FILE

#include <fcntl.h>
#include <gcrypt.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char *arguments[]) {
  static unsigned char buffer[1 << 16];
  static const unsigned char key[16] = {0x42}, counter[16] = {0};
  gcry_cipher_hd_t cipher;
  gcry_md_hd_t hash;
  int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
  if (file < 0 || !gcry_check_version(NULL)) return 64;
  gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
  gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
  if (gcry_cipher_open(&cipher, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CTR, 0) ||
      gcry_cipher_setkey(cipher, key, sizeof key) ||
      gcry_cipher_setctr(cipher, counter, sizeof counter) ||
      gcry_md_open(&hash, GCRY_MD_SHA256, 0))
    return 70;
  ssize_t size;
  while ((size = read(file, buffer, sizeof buffer)) > 0) {
    if (gcry_cipher_decrypt(cipher, buffer, (size_t)size, NULL, 0)) return 70;
    gcry_md_write(hash, buffer, (size_t)size);
  }
  const unsigned char *digest = gcry_md_read(hash, GCRY_MD_SHA256);
  for (int i = 0; i < 32; i++) printf("%02x", digest[i]);
  printf("\n");
  return size < 0;
}
