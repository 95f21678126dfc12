/* In C alone. */
#include "native/versions.h"

#include <string.h>

enum { BLOCK = 16 };

static void multiply(const int8_t *weights, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,
                     int32_t *sums) {
    for (int row = 0; row < rows; row++, x += stride, sums += BLOCK) {
        const int8_t *w = weights;
        int32_t sum[BLOCK];
        memcpy(sum, start, sizeof sum);
        for (size_t group = 0; group < groups; group++, w += 4 * BLOCK) {
            const int32_t a = (int8_t)x[4 * group], b = (int8_t)x[4 * group + 1], c = (int8_t)x[4 * group + 2],
                          d = (int8_t)x[4 * group + 3];
            for (int i = 0; i < BLOCK; i++)
                sum[i] += a * w[4 * i] + b * w[4 * i + 1] + c * w[4 * i + 2] + d * w[4 * i + 3];
        }
        memcpy(sums, sum, sizeof sum);
    }
}

static inline float clip(float value, float low, float high) {
    value = value > low ? value : low; /* low for what is no number */
    return value < high ? value : high;
}

void plain_cell(int units, const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias,
                const float *c, float *c_next, uint8_t *h) {
    float gate[KERNEL_BLOCK_MOST];
    const int32_t least = (int32_t)tables->cell_first;
    for (int i = 0; i < 4 * units; i++) {
        const float z = clip((float)sums[i] * scale[i], tables->first, tables->last) + bias[i];
        gate[i] = tables->gates[(int32_t)z];
    }
    for (int i = 0; i < units; i++) {
        const float kept = gate[units + i] * c[i], fresh = gate[i] * gate[3 * units + i];
        c_next[i] = kept + fresh;
        const int32_t entry = (int32_t)clip(c_next[i], tables->cell_first, tables->cell_last) - least;
        h[i] = kernel_byte(gate[2 * units + i] * tables->cell[entry] * 128.0f);
    }
}

void plain_finish(int block, const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale,
                  const float *bias, float *logits) {
    for (int i = 0; i < block; i++)
        logits[i] = (float)sums[i] * scale[i];
    for (int i = 0; told && i < block; i++)
        logits[i] += (float)told[i] * told_scale[i];
    for (int i = 0; i < block; i++)
        logits[i] += bias[i];
}

void plain_embed(const int8_t *table, size_t size, const int64_t *ids, int count, int32_t *sums) {
    memset(sums, 0, size * sizeof *sums);
    for (int k = 0; k < count; k++) {
        const int8_t *row = table + (size_t)ids[k] * size;
        for (size_t i = 0; i < size; i++)
            sums[i] += row[i];
    }
}

static void cell(const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias, const float *c,
                 float *c_next, uint8_t *h) {
    plain_cell(BLOCK / 4, tables, sums, scale, bias, c, c_next, h);
}

static void finish(const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale, const float *bias,
                   float *logits) {
    plain_finish(BLOCK, sums, scale, told, told_scale, bias, logits);
}

const kernel kernel_plain = {"plain", BLOCK, KERNEL_ROWS_MOST, 0x80, multiply, cell, finish, plain_embed};
