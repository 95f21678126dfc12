/* Random numbers that can be saved, forked and reproduced on every machine.
 *
 * Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011,
 * doi:10.1145/2063384.2063405): a bijection of a 128-bit counter under a 64-bit key. There is nothing to warm up, and
 * two streams of one seed never share a counter, so they cannot overlap.
 */
#ifndef LINNET_RNG_H
#define LINNET_RNG_H

#include <stdint.h>

typedef struct {
    uint64_t seed;     /* the key */
    uint64_t stream;   /* upper half of the counter */
    uint64_t position; /* lower half of the counter: how many numbers were drawn, modulo 2^64 */
} rng_state;

/* The block cipher itself: out = Philox4x32-10 of `counter` under `key`. Words are little end first. */
void rng_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The next number: uniform on the 2^53 multiples of 2^-53 in [0, 1). Takes words 0 (low) and 1 (high) of the block at
 * (position, stream), keeps their upper 53 bits, and moves the position on by one. */
double rng_uniform(rng_state *rng);

#endif
