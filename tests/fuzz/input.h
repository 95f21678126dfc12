/* The input of a fuzzer as a row of choices. When it is used up every choice is 0, and `over` says so. */
#ifndef LINNET_FUZZ_INPUT_H
#define LINNET_FUZZ_INPUT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *at, *end;
    int over;
} input;

/* What a fuzzer calls, many times, each time with other bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void expect(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

/* To the byte, so that the sanitizers see a step past its end. */
static inline void *memory(size_t size) {
    void *block = malloc(size ? size : 1);
    expect(block != NULL, "memory");
    return block;
}

static inline uint64_t word(input *in, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        in->over |= in->at == in->end;
        value = value << 8 | (in->over ? 0 : *in->at++);
    }
    return value;
}

/* 0 .. limit - 1 */
static inline uint32_t below(input *in, uint32_t limit) {
    return (uint32_t)(word(in, limit <= 256 ? 1 : limit <= 65536 ? 2 : 4) % limit);
}

#endif
