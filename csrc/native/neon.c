/* With the vectors of ARM: NEON, and the byte products of ARMv8.2. On 32 bits setup.py compiles this file for NEON and defines
 * LINNET_NEON for all; NEON flushes the smallest floats to zero there, so that only integers are computed here. */
#include "native/versions.h"

#ifdef KERNELS_NEON
#include <arm_neon.h>
#include <string.h>

#if defined(__clang__) && defined(LINNET_NEON) /* zig's clang takes -mcpu for the last word, and no -mfpu after it */
#pragma clang attribute push(__attribute__((target("neon,d32"))), apply_to = function)
#define NEON_WAS_PUSHED 1
#endif

#if defined(__GNUC__) || defined(__clang__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static __forceinline
#endif

/* Four activations of a row. */
INLINE uint32_t four(const uint8_t *x) {
    uint32_t bytes;
    memcpy(&bytes, x, sizeof bytes);
    return bytes;
}

/* ---- 16 columns, up to two rows ------------------------------------------------------------------------------------------ */

enum { NARROW = 16, NARROW_ROWS = 2 };

INLINE int8x8_t twice(const uint8_t *x) { return vreinterpret_s8_u32(vdup_n_u32(four(x))); }

INLINE int32x4_t pairs(int32x4_t a, int32x4_t b) {
    return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)), vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}

/* Each vector of sums holds two columns, in two parts each. Four products each of -128 .. 127 and -63 .. 63 add up within 16
 * bits. */
INLINE void multiply_rows(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, const int rows, const int32_t *start,
                          int32_t *sums) {
    int32x4_t sum[NARROW_ROWS][8];
    size_t group = 0;
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < 8; i++)
            sum[r][i] = vdupq_n_s32(0);
    for (; group + 4 <= groups; group += 4, w += 16 * NARROW, x += 16)
        for (int r = 0; r < rows; r++) {
            const uint8_t *at = x + (size_t)r * stride;
            const int8x8_t a = twice(at), b = twice(at + 4), c = twice(at + 8), d = twice(at + 12);
            for (int i = 0; i < 4; i++) {
                const int8x16_t p = vld1q_s8(w + 16 * i), q = vld1q_s8(w + 4 * NARROW + 16 * i),
                                s = vld1q_s8(w + 8 * NARROW + 16 * i), t = vld1q_s8(w + 12 * NARROW + 16 * i);
                const int16x8_t low = vmlal_s8(vmlal_s8(vmlal_s8(vmull_s8(vget_low_s8(p), a), vget_low_s8(q), b),
                                                        vget_low_s8(s), c), vget_low_s8(t), d);
                const int16x8_t high = vmlal_s8(vmlal_s8(vmlal_s8(vmull_s8(vget_high_s8(p), a), vget_high_s8(q), b),
                                                         vget_high_s8(s), c), vget_high_s8(t), d);
                sum[r][2 * i] = vpadalq_s16(sum[r][2 * i], low);
                sum[r][2 * i + 1] = vpadalq_s16(sum[r][2 * i + 1], high);
            }
        }
    for (; group < groups; group++, w += 4 * NARROW, x += 4)
        for (int r = 0; r < rows; r++) {
            const int8x8_t a = twice(x + (size_t)r * stride);
            for (int i = 0; i < 8; i++)
                sum[r][i] = vpadalq_s16(sum[r][i], vmull_s8(vld1_s8(w + 8 * i), a));
        }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < 4; i++)
            vst1q_s32(sums + NARROW * r + 4 * i, vaddq_s32(vld1q_s32(start + 4 * i), pairs(sum[r][2 * i], sum[r][2 * i + 1])));
}

static void multiply(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,
                     int32_t *sums) {
    if (rows == 1)
        multiply_rows(w, groups, x, stride, 1, start, sums);
    else
        multiply_rows(w, groups, x, stride, 2, start, sums);
}

static void cell(const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias, const float *c,
                 float *c_next, uint8_t *h) {
    plain_cell(NARROW / 4, tables, sums, scale, bias, c, c_next, h);
}

static void finish(const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale, const float *bias,
                   float *logits) {
    plain_finish(NARROW, sums, scale, told, told_scale, bias, logits);
}

/* 32 bytes of each row at a time, in 16 bits. */
static void embed(const int8_t *table, size_t size, const int64_t *ids, int count, int32_t *sums) {
    size_t at = 0;
    for (; at + 32 <= size; at += 32) {
        int16x8_t sum[4];
        for (int i = 0; i < 4; i++)
            sum[i] = vdupq_n_s16(0);
        for (int k = 0; k < count; k++)
            for (int i = 0; i < 4; i++)
                sum[i] = vaddw_s8(sum[i], vld1_s8(table + (size_t)ids[k] * size + at + 8 * (size_t)i));
        for (int i = 0; i < 4; i++) {
            vst1q_s32(sums + at + 8 * i, vmovl_s16(vget_low_s16(sum[i])));
            vst1q_s32(sums + at + 8 * i + 4, vmovl_s16(vget_high_s16(sum[i])));
        }
    }
    for (; at < size; at++) {
        sums[at] = 0;
        for (int k = 0; k < count; k++)
            sums[at] += table[(size_t)ids[k] * size + at];
    }
}

const kernel kernel_neon = {"neon", NARROW, NARROW_ROWS, 0x80, multiply, cell, finish, embed};

/* ---- byte products of one instruction: 32 columns, up to three rows --------------------------------------------------------- */

#ifdef KERNELS_DOT
enum { WIDE = 32, WIDE_ROWS = 3 };

/* Adds to each of four columns the products with four bytes of x. In the assembler's words, since compilers have the intrinsic
 * only where all of the file is for such processors. */
#define DOT(sum, w, x, lane)                                                                                               \
    __asm__(".arch_extension dotprod\n\tsdot %0.4s, %1.16b, %2.4b[" #lane "]" : "+w"(sum) : "w"(w), "w"(x))

#define DOT_GROUP(lane)                                                                                                    \
    for (int i = 0; i < 8; i++) {                                                                                          \
        const int8x16_t weights = vld1q_s8(w + 4 * WIDE * lane + 16 * i);                                                  \
        for (int r = 0; r < rows; r++)                                                                                     \
            DOT(sum[r][i], weights, bytes[r], lane);                                                                       \
    }

INLINE void dot_rows(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, const int rows, const int32_t *start,
                     int32_t *sums) {
    int32x4_t sum[WIDE_ROWS][8];
    int8x16_t bytes[WIDE_ROWS];
    size_t group = 0;
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < 8; i++)
            sum[r][i] = vld1q_s32(start + 4 * i);
    for (; group + 4 <= groups; group += 4, w += 16 * WIDE, x += 16) {
        for (int r = 0; r < rows; r++)
            bytes[r] = vreinterpretq_s8_u8(vld1q_u8(x + (size_t)r * stride));
        DOT_GROUP(0)
        DOT_GROUP(1)
        DOT_GROUP(2)
        DOT_GROUP(3)
    }
    for (; group < groups; group++, w += 4 * WIDE, x += 4) {
        for (int r = 0; r < rows; r++)
            bytes[r] = vreinterpretq_s8_u32(vdupq_n_u32(four(x + (size_t)r * stride)));
        DOT_GROUP(0)
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < 8; i++)
            vst1q_s32(sums + WIDE * r + 4 * i, sum[r][i]);
}

static void dot_multiply(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,
                         int32_t *sums) {
    if (rows == 1)
        dot_rows(w, groups, x, stride, 1, start, sums);
    else if (rows == 2)
        dot_rows(w, groups, x, stride, 2, start, sums);
    else
        dot_rows(w, groups, x, stride, 3, start, sums);
}

static void dot_cell(const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias, const float *c,
                     float *c_next, uint8_t *h) {
    plain_cell(WIDE / 4, tables, sums, scale, bias, c, c_next, h);
}

static void dot_finish(const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale, const float *bias,
                       float *logits) {
    plain_finish(WIDE, sums, scale, told, told_scale, bias, logits);
}

const kernel kernel_dot = {"neon-dot", WIDE, WIDE_ROWS, 0x80, dot_multiply, dot_cell, dot_finish, embed};
#endif

#ifdef NEON_WAS_PUSHED
#pragma clang attribute pop
#endif

#else
typedef int nothing_here;
#endif
