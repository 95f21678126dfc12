/* The parts of a step that take its time, in versions for processors. All give the same bits.
 *
 * Weights are packed for a version: columns in blocks of `block`, in each of which groups of four inputs follow one another, and
 * of each group the four weights of the first column, of the second .. Columns of a layer are ordered so that a block holds all
 * four gates of block / 4 units: i of each, f of each, o, g.
 */
#ifndef LINNET_KERNELS_H
#define LINNET_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
    KERNEL_BLOCK_MOST = 64, /* columns */
    KERNEL_ROWS_MOST = 8    /* of activations, that share one read of the weights */
};

/* The tables that all layers share. */
typedef struct {
    const float *gates, *cell;
    float first, last, cell_first, cell_last; /* what is looked up in `cell` begins with int(cell_first) */
} kernel_tables;

typedef struct {
    const char *name;
    int block;         /* a multiple of 16, at most KERNEL_BLOCK_MOST */
    int rows;          /* that `multiply` takes at once, at most KERNEL_ROWS_MOST */
    uint8_t flip;      /* 0x80: activations are signed bytes, less 128; 0: they are as the graph has them */

    /* sums[row * block + column] = start[column] + the products of a row of activations and a block of weights, for all rows, of
     * which there are at most `rows`. Rows are `stride` bytes apart. */
    void (*multiply)(const int8_t *weights, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,
                     int32_t *sums);

    /* From the sums of a block, i f o g of block / 4 units, to their next states. */
    void (*cell)(const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias, const float *c,
                 float *c_next, uint8_t *h);

    /* logits = float(sums) * scale + bias of a block. With `told`, sums of another product, float(told) * told_scale is added
     * before the bias. */
    void (*finish)(const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale, const float *bias,
                   float *logits);

    /* sums = the rows of `table` that `ids` name, added up; at most 256 of them. */
    void (*embed)(const int8_t *table, size_t size, const int64_t *ids, int count, int32_t *sums);
} kernel;

/* Versions that this build has, from the fastest to the plain one, which runs everywhere; NULL after the last. */
const kernel *kernel_at(int index);

/* Whether this processor can run it. */
int kernel_runs(const kernel *self);

/* For blocks of so many columns, and any processor; csrc/native/plain.c. */
void plain_cell(int units, const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias,
                const float *c, float *c_next, uint8_t *h);
void plain_finish(int block, const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale,
                  const float *bias, float *logits);
void plain_embed(const int8_t *table, size_t size, const int64_t *ids, int count, int32_t *sums);

/* Half to even, plus 128, within 0 .. 255; 0 for what is no number. */
static inline uint8_t kernel_byte(float value) {
    value = value > -128.0f ? value : -128.0f;
    value = value < 127.0f ? value : 127.0f;
    return (uint8_t)(int32_t)((value + 12582912.0f) - 12582912.0f + 128.0f); /* 1.5 * 2^23: the fraction is rounded off */
}

#endif
