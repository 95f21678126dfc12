/* Drives a fuzzer where there is no libFuzzer: `drive RUNS SEED` with so many inputs by lot, `drive FILE` with one that
 * was found before. Prints the executions. An input that breaks something is written to `broken`, if it can be. */
#include <signal.h>

#include "input.h"
#include "rng.h"

enum { LONGEST = 4096 };

static uint8_t *current;
static size_t current_size;

static void keep_input(void) {
    FILE *file = fopen("broken", "wb");
    if (file) {
        fwrite(current, 1, current_size, file);
        fclose(file);
    }
}

static void on_abort(int number) {
    signal(number, SIG_DFL);
    keep_input();
    raise(number);
}

static void run(const uint8_t *data, size_t size) {
    current = memory(size); /* to the byte */
    memcpy(current, data, size);
    current_size = size;
    LLVMFuzzerTestOneInput(current, size);
    free(current);
}

/* Bytes of a few kinds in stretches: any, small, and the same one again. */
static size_t draw(rng_state *rng, uint8_t bytes[LONGEST]) {
    const double short_or_long = rng_uniform(rng);
    const size_t size = (size_t)(short_or_long * short_or_long * short_or_long * LONGEST);
    for (size_t i = 0; i < size;) {
        const int kind = (int)(rng_uniform(rng) * 4);
        const size_t end = i + (size_t)(rng_uniform(rng) * 64);
        const uint8_t same = (uint8_t)(rng_uniform(rng) * 256);
        for (; i < size && i <= end; i++)
            bytes[i] = kind == 3 ? same : (uint8_t)(rng_uniform(rng) * (kind == 2 ? 8 : 256));
    }
    return size;
}

int main(int argc, char **argv) {
    static uint8_t bytes[LONGEST];
    signal(SIGABRT, on_abort);
    if (argc == 2) {
        FILE *file = fopen(argv[1], "rb");
        expect(file != NULL, argv[1]);
        const size_t size = fread(bytes, 1, LONGEST, file);
        fclose(file);
        run(bytes, size);
        return 0;
    }
    expect(argc == 3, "usage: drive RUNS SEED, or drive FILE");
    const long runs = atol(argv[1]);
    for (long i = 0; i < runs; i++) {
        rng_state rng = {strtoull(argv[2], NULL, 10), (uint64_t)i, 0};
        run(bytes, draw(&rng, bytes));
    }
    printf("%ld\n", runs);
    return 0;
}
