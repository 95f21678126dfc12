/* The SHA-256 of bytes (FIPS 180-4), by which a model file is known. */
#ifndef LINNET_SHA256_H
#define LINNET_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* Writes the hash of `length` bytes. With the processor's own instructions where it has some, five times as fast. */
void sha256(const uint8_t *data, size_t length, uint8_t hash[32]);

/* The same without them, for tests. */
void sha256_plain(const uint8_t *data, size_t length, uint8_t hash[32]);

#endif
