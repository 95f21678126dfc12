/* The byte products of linnet's own engine and nothing else, for benchmarks/speed/native.py: as many rows as share a read of
 * the weights, which lie in the first cache. No step can be faster than its products. */
#include "native/kernels.h"

enum { GROUPS = 64, CALLS = 1000 };

/* How many weights were multiplied, each row of activations counted. */
int64_t products(void) {
    static _Alignas(64) int8_t weights[GROUPS * 4 * KERNEL_BLOCK_MOST];
    static _Alignas(64) uint8_t x[KERNEL_ROWS_MOST * GROUPS * 4];
    static _Alignas(64) int32_t start[KERNEL_BLOCK_MOST], sums[KERNEL_ROWS_MOST * KERNEL_BLOCK_MOST];
    int index = 0;
    while (!kernel_runs(kernel_at(index)))
        index++;
    const kernel *kernel = kernel_at(index);
    for (int i = 0; i < CALLS; i++)
        kernel->multiply(weights, GROUPS, x, GROUPS * 4, kernel->rows, start, sums);
    return (int64_t)CALLS * kernel->rows * GROUPS * 4 * kernel->block;
}
