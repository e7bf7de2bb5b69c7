#include "reference.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

int reference_sha256(const uint8_t *bytes, size_t count, size_t chunk, uint8_t digest[32]) {
  static const EVP_MD *algorithm;
  static EVP_MD_CTX *context;
  if (!algorithm) algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
  if (!context) context = EVP_MD_CTX_new();
  if (!algorithm || !context || EVP_DigestInit_ex2(context, algorithm, NULL) != 1) return 0;
  for (size_t offset = 0; offset < count; offset += chunk)
    if (EVP_DigestUpdate(context, bytes + offset, smaller(chunk, count - offset)) != 1) return 0;
  return EVP_DigestFinal_ex(context, digest, NULL);
}

int reference_ctr(uint8_t *bytes, size_t count, size_t chunk) {
  static const EVP_CIPHER *algorithm;
  static EVP_CIPHER_CTX *context;
  static const uint8_t key[16] = {1}, counter[16] = {0};
  if (!algorithm) algorithm = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
  if (!context) context = EVP_CIPHER_CTX_new();
  if (!algorithm || !context || EVP_EncryptInit_ex2(context, algorithm, key, counter, NULL) != 1)
    return 0;
  for (size_t offset = 0; offset < count; offset += chunk) {
    int size = (int)smaller(chunk, count - offset), written;
    if (EVP_EncryptUpdate(context, bytes + offset, &written, bytes + offset, size) != 1) return 0;
  }
  return 1;
}

int reference_ctr_then_sha256(
    const uint8_t *bytes, size_t count, uint8_t *buffer, size_t chunk, uint8_t digest[32]) {
  EVP_MD_CTX *hash = EVP_MD_CTX_new();
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  static const uint8_t key[16] = {1}, counter[16] = {0};
  int good = hash && cipher && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
             EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, key, counter) == 1;
  for (size_t offset = 0; good && offset < count; offset += chunk) {
    int size = (int)smaller(chunk, count - offset), written;
    good = EVP_EncryptUpdate(cipher, buffer, &written, bytes + offset, size) == 1 &&
           EVP_DigestUpdate(hash, buffer, (size_t)size) == 1;
  }
  good = good && EVP_DigestFinal_ex(hash, digest, NULL) == 1;
  EVP_MD_CTX_free(hash);
  EVP_CIPHER_CTX_free(cipher);
  return good;
}

struct reference_key {
  EVP_PKEY *key;
  EVP_PKEY_CTX *operation;
  EVP_MD_CTX *message;
};

reference_key *reference_key_make(const uint8_t *der, size_t count) {
  reference_key *self = calloc(1, sizeof *self);
  const uint8_t *cursor = der;
  if (!self || !(self->key = d2i_PUBKEY(NULL, &cursor, (long)count))) return self;
  if (EVP_PKEY_get_base_id(self->key) == EVP_PKEY_ED25519) {
    self->message = EVP_MD_CTX_new();
    return self;
  }
  const EVP_MD *digest = EVP_PKEY_get_bits(self->key) == 384 ? EVP_sha384() : EVP_sha256();
  self->operation = EVP_PKEY_CTX_new_from_pkey(NULL, self->key, NULL);
  EVP_PKEY_verify_init(self->operation);
  if (EVP_PKEY_get_base_id(self->key) == EVP_PKEY_RSA) {
    EVP_PKEY_CTX_set_rsa_padding(self->operation, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_mgf1_md(self->operation, digest);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(self->operation, 32);
  }
  EVP_PKEY_CTX_set_signature_md(self->operation, digest);
  return self;
}

void reference_key_free(reference_key *self) {
  if (!self) return;
  EVP_PKEY_CTX_free(self->operation);
  EVP_MD_CTX_free(self->message);
  EVP_PKEY_free(self->key);
  free(self);
}

int reference_key_verify(
    reference_key *self, const uint8_t *signature, size_t signature_count, const uint8_t *digest,
    size_t digest_count) {
  if (self->message)
    return EVP_DigestVerifyInit(self->message, NULL, NULL, NULL, self->key) == 1 &&
           EVP_DigestVerify(self->message, signature, signature_count, digest, digest_count) == 1;
  return EVP_PKEY_verify(self->operation, signature, signature_count, digest, digest_count) == 1;
}
