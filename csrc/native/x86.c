/* With the vectors of x86-64: AVX2, and the byte products of VNNI in 512 bits (AVX-512) or in 256 (AVX-VNNI). */
#include "native/versions.h"

#ifdef KERNELS_X86
#include <immintrin.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define FOR(features) __attribute__((target(features)))
#define INLINE static inline __attribute__((always_inline))
#else
#define FOR(features)
#define INLINE static __forceinline
#endif

#define AVX2 "avx2"
#define VNNI512 "avx2,avx512f,avx512bw,avx512vl,avx512vnni"
#define VNNI256 "avx2,avxvnni"

/* Four activations of a row. */
INLINE int32_t four(const uint8_t *x) {
    int32_t bytes;
    memcpy(&bytes, x, sizeof bytes);
    return bytes;
}

/* Products of so many rows, each with sums of its own. gcc keeps an array of them in memory, and is half as fast. */
#define UP_TO_1(each) each(0)
#define UP_TO_2(each) UP_TO_1(each) each(1)
#define UP_TO_3(each) UP_TO_2(each) each(2)
#define UP_TO_4(each) UP_TO_3(each) each(3)
#define UP_TO_5(each) UP_TO_4(each) each(4)
#define UP_TO_6(each) UP_TO_5(each) each(5)

/* ---- AVX2: 32 columns, up to three rows ------------------------------------------------------------------------------ */

enum { NARROW = 32, NARROW_ROWS = 3 };

/* Two products each of 0 .. 255 and -63 .. 63 add up within 16 bits. */
#define BY_ADDING(sum, x, w) _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1)))
#define BY_VNNI(sum, x, w) _mm256_dpbusd_avx_epi32(sum, x, w)

#define NARROW_BEGIN(r) __m256i a##r = from[0], b##r = from[1], c##r = from[2], d##r = from[3];
#define NARROW_ADD(r)                                                                                                      \
    {                                                                                                                      \
        const __m256i bytes = _mm256_set1_epi32(four(x + (r) * stride));                                                   \
        a##r = STEP(a##r, bytes, at[0]), b##r = STEP(b##r, bytes, at[1]);                                                  \
        c##r = STEP(c##r, bytes, at[2]), d##r = STEP(d##r, bytes, at[3]);                                                  \
    }
#define NARROW_END(r)                                                                                                      \
    _mm256_storeu_si256(to + 4 * (r), a##r), _mm256_storeu_si256(to + 4 * (r) + 1, b##r);                                  \
    _mm256_storeu_si256(to + 4 * (r) + 2, c##r), _mm256_storeu_si256(to + 4 * (r) + 3, d##r);

#define NARROW_ROWS_OF(name, features, UP_TO)                                                                              \
    FOR(features)                                                                                                          \
    static void name(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, const int32_t *start,                \
                     int32_t *sums) {                                                                                      \
        const __m256i *from = (const __m256i *)start, *at = (const __m256i *)w;                                            \
        __m256i *to = (__m256i *)sums;                                                                                     \
        (void)stride;                                                                                                      \
        UP_TO(NARROW_BEGIN)                                                                                                \
        for (size_t group = 0; group < groups; group++, at += 4, x += 4) {                                                 \
            UP_TO(NARROW_ADD)                                                                                              \
        }                                                                                                                  \
        UP_TO(NARROW_END)                                                                                                  \
    }

/* multiply() for any number of rows. */
#define NARROW_MULTIPLY(name, features)                                                                                    \
    NARROW_ROWS_OF(name##_1, features, UP_TO_1)                                                                            \
    NARROW_ROWS_OF(name##_2, features, UP_TO_2)                                                                            \
    NARROW_ROWS_OF(name##_3, features, UP_TO_3)                                                                            \
    static void name(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,      \
                     int32_t *sums) {                                                                                      \
        (rows == 1 ? name##_1 : rows == 2 ? name##_2 : name##_3)(w, groups, x, stride, start, sums);                       \
    }

#define STEP BY_ADDING
NARROW_MULTIPLY(avx2_multiply, AVX2)
#undef STEP

FOR(AVX2) INLINE __m256 looked_up8(const float *table, __m256 at, __m256 low, __m256 high, __m256 shift) {
    const __m256 within = _mm256_min_ps(_mm256_max_ps(at, low), high); /* low for what is no number */
    return _mm256_i32gather_ps(table, _mm256_cvttps_epi32(_mm256_add_ps(within, shift)), 4);
}

FOR(AVX2) INLINE __m256i bytes8(__m256 value) {
    value = _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(-128)), _mm256_set1_ps(127));
    return _mm256_add_epi32(_mm256_cvtps_epi32(value), _mm256_set1_epi32(128));
}

FOR(AVX2)
static void avx2_cell(const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias, const float *c,
                      float *c_next, uint8_t *h) {
    __m256 gate[4];
    const __m256 first = _mm256_set1_ps(tables->first), last = _mm256_set1_ps(tables->last);
    for (int i = 0; i < 4; i++) {
        const __m256 sum = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(sums + 8 * i)));
        const __m256 z = _mm256_mul_ps(sum, _mm256_load_ps(scale + 8 * i));
        gate[i] = looked_up8(tables->gates, z, first, last, _mm256_load_ps(bias + 8 * i));
    }
    const __m256 kept = _mm256_mul_ps(gate[1], _mm256_loadu_ps(c)), fresh = _mm256_mul_ps(gate[0], gate[3]);
    const __m256 next = _mm256_add_ps(kept, fresh);
    _mm256_storeu_ps(c_next, next);
    const __m256 tanh = looked_up8(tables->cell - (int32_t)tables->cell_first, next, _mm256_set1_ps(tables->cell_first),
                                   _mm256_set1_ps(tables->cell_last), _mm256_setzero_ps());
    const __m256 real = _mm256_mul_ps(_mm256_mul_ps(gate[2], tanh), _mm256_set1_ps(128));
    const __m256i wide = bytes8(real);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    _mm_storel_epi64((__m128i *)h, _mm_packus_epi16(words, words));
}

FOR(AVX2)
static void avx2_finish(const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale,
                        const float *bias, float *logits) {
    for (int i = 0; i < NARROW; i += 8) {
        __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(sums + i))),
                                     _mm256_load_ps(scale + i));
        if (told)
            value = _mm256_add_ps(value, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(told + i))),
                                                       _mm256_load_ps(told_scale + i)));
        _mm256_storeu_ps(logits + i, _mm256_add_ps(value, _mm256_load_ps(bias + i)));
    }
}

/* 64 bytes of each row at a time, in 16 bits. */
FOR(AVX2)
static void avx2_embed(const int8_t *table, size_t size, const int64_t *ids, int count, int32_t *sums) {
    size_t at = 0;
    for (; at + 64 <= size; at += 64) {
        __m256i sum[4];
        for (int i = 0; i < 4; i++)
            sum[i] = _mm256_setzero_si256();
        for (int k = 0; k < count; k++) {
            const int8_t *row = table + (size_t)ids[k] * size + at;
            for (int i = 0; i < 4; i++)
                sum[i] = _mm256_add_epi16(
                    sum[i], _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(row + 16 * i))));
        }
        for (int i = 0; i < 4; i++) {
            _mm256_storeu_si256((__m256i *)(sums + at + 16 * i), _mm256_cvtepi16_epi32(_mm256_castsi256_si128(sum[i])));
            _mm256_storeu_si256((__m256i *)(sums + at + 16 * i + 8),
                                _mm256_cvtepi16_epi32(_mm256_extracti128_si256(sum[i], 1)));
        }
    }
    for (; at < size; at++) {
        sums[at] = 0;
        for (int k = 0; k < count; k++)
            sums[at] += table[(size_t)ids[k] * size + at];
    }
}

const kernel kernel_avx2 = {"avx2", NARROW, NARROW_ROWS, 0, avx2_multiply, avx2_cell, avx2_finish, avx2_embed};

/* ---- AVX-VNNI: the same, and byte products of one instruction ---------------------------------------------------------- */

#ifdef KERNELS_AVX_VNNI
#define STEP BY_VNNI
NARROW_MULTIPLY(vnni256_multiply, VNNI256)
#undef STEP

const kernel kernel_vnni256 = {"avx-vnni", NARROW, NARROW_ROWS, 0, vnni256_multiply, avx2_cell, avx2_finish, avx2_embed};
#endif

/* ---- AVX-512 with VNNI: 64 columns, up to six rows ----------------------------------------------------------------------- */

enum { WIDE = 64, WIDE_ROWS = 6 };

#define WIDE_BEGIN(r) __m512i a##r = from[0], b##r = from[1], c##r = from[2], d##r = from[3];
#define WIDE_ADD(r)                                                                                                        \
    {                                                                                                                      \
        const __m512i bytes = _mm512_set1_epi32(four(x + (r) * stride));                                                   \
        a##r = _mm512_dpbusd_epi32(a##r, bytes, w0), b##r = _mm512_dpbusd_epi32(b##r, bytes, w1);                          \
        c##r = _mm512_dpbusd_epi32(c##r, bytes, w2), d##r = _mm512_dpbusd_epi32(d##r, bytes, w3);                          \
    }
#define WIDE_END(r)                                                                                                        \
    _mm512_storeu_si512(sums + WIDE * (r), a##r), _mm512_storeu_si512(sums + WIDE * (r) + 16, b##r);                       \
    _mm512_storeu_si512(sums + WIDE * (r) + 32, c##r), _mm512_storeu_si512(sums + WIDE * (r) + 48, d##r);

#define WIDE_ROWS_OF(name, UP_TO)                                                                                          \
    FOR(VNNI512)                                                                                                           \
    static void name(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, const int32_t *start,                \
                     int32_t *sums) {                                                                                      \
        const __m512i *from = (const __m512i *)start, *at = (const __m512i *)w;                                            \
        UP_TO(WIDE_BEGIN)                                                                                                  \
        for (size_t group = 0; group < groups; group++, at += 4, x += 4) {                                                 \
            const __m512i w0 = at[0], w1 = at[1], w2 = at[2], w3 = at[3];                                                  \
            UP_TO(WIDE_ADD)                                                                                                \
        }                                                                                                                  \
        UP_TO(WIDE_END)                                                                                                    \
    }

WIDE_ROWS_OF(vnni512_2, UP_TO_2)
WIDE_ROWS_OF(vnni512_3, UP_TO_3)
WIDE_ROWS_OF(vnni512_4, UP_TO_4)
WIDE_ROWS_OF(vnni512_5, UP_TO_5)
WIDE_ROWS_OF(vnni512_6, UP_TO_6)

/* One row: two sums for each column, that need not wait for one another. */
FOR(VNNI512)
static void vnni512_1(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, const int32_t *start, int32_t *sums) {
    const __m512i *from = (const __m512i *)start, *at = (const __m512i *)w, none = _mm512_setzero_si512();
    __m512i a0 = from[0], b0 = from[1], c0 = from[2], d0 = from[3], a1 = none, b1 = none, c1 = none, d1 = none;
    (void)stride;
    for (size_t group = 0; group + 2 <= groups; group += 2, at += 8, x += 8) {
        const __m512i even = _mm512_set1_epi32(four(x)), odd = _mm512_set1_epi32(four(x + 4));
        a0 = _mm512_dpbusd_epi32(a0, even, at[0]), b0 = _mm512_dpbusd_epi32(b0, even, at[1]);
        c0 = _mm512_dpbusd_epi32(c0, even, at[2]), d0 = _mm512_dpbusd_epi32(d0, even, at[3]);
        a1 = _mm512_dpbusd_epi32(a1, odd, at[4]), b1 = _mm512_dpbusd_epi32(b1, odd, at[5]);
        c1 = _mm512_dpbusd_epi32(c1, odd, at[6]), d1 = _mm512_dpbusd_epi32(d1, odd, at[7]);
    }
    if (groups % 2) {
        const __m512i last = _mm512_set1_epi32(four(x));
        a0 = _mm512_dpbusd_epi32(a0, last, at[0]), b0 = _mm512_dpbusd_epi32(b0, last, at[1]);
        c0 = _mm512_dpbusd_epi32(c0, last, at[2]), d0 = _mm512_dpbusd_epi32(d0, last, at[3]);
    }
    _mm512_storeu_si512(sums, _mm512_add_epi32(a0, a1)), _mm512_storeu_si512(sums + 16, _mm512_add_epi32(b0, b1));
    _mm512_storeu_si512(sums + 32, _mm512_add_epi32(c0, c1)), _mm512_storeu_si512(sums + 48, _mm512_add_epi32(d0, d1));
}

static void vnni512_multiply(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,
                             int32_t *sums) {
    static void (*const of[])(const int8_t *, size_t, const uint8_t *, size_t, const int32_t *, int32_t *) = {
        vnni512_1, vnni512_2, vnni512_3, vnni512_4, vnni512_5, vnni512_6};
    of[rows - 1](w, groups, x, stride, start, sums);
}

FOR(VNNI512) INLINE __m512 looked_up16(const float *table, __m512 at, __m512 low, __m512 high, __m512 shift) {
    const __m512 within = _mm512_min_ps(_mm512_max_ps(at, low), high);
    return _mm512_i32gather_ps(_mm512_cvttps_epi32(_mm512_add_ps(within, shift)), table, 4);
}

FOR(VNNI512)
static void vnni512_cell(const kernel_tables *tables, const int32_t *sums, const float *scale, const float *bias, const float *c,
                         float *c_next, uint8_t *h) {
    __m512 gate[4];
    const __m512 first = _mm512_set1_ps(tables->first), last = _mm512_set1_ps(tables->last);
    for (int i = 0; i < 4; i++) {
        const __m512 z = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_loadu_si512(sums + 16 * i)), _mm512_load_ps(scale + 16 * i));
        gate[i] = looked_up16(tables->gates, z, first, last, _mm512_load_ps(bias + 16 * i));
    }
    const __m512 kept = _mm512_mul_ps(gate[1], _mm512_loadu_ps(c)), fresh = _mm512_mul_ps(gate[0], gate[3]);
    const __m512 next = _mm512_add_ps(kept, fresh);
    _mm512_storeu_ps(c_next, next);
    const __m512 tanh = looked_up16(tables->cell - (int32_t)tables->cell_first, next, _mm512_set1_ps(tables->cell_first),
                                    _mm512_set1_ps(tables->cell_last), _mm512_setzero_ps());
    __m512 real = _mm512_mul_ps(_mm512_mul_ps(gate[2], tanh), _mm512_set1_ps(128));
    real = _mm512_min_ps(_mm512_max_ps(real, _mm512_set1_ps(-128)), _mm512_set1_ps(127));
    const __m512i wide = _mm512_add_epi32(_mm512_cvtps_epi32(real), _mm512_set1_epi32(128));
    _mm_storeu_si128((__m128i *)h, _mm512_cvtepi32_epi8(wide));
}

FOR(VNNI512)
static void vnni512_finish(const int32_t *sums, const float *scale, const int32_t *told, const float *told_scale,
                           const float *bias, float *logits) {
    for (int i = 0; i < WIDE; i += 16) {
        __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_loadu_si512(sums + i)), _mm512_load_ps(scale + i));
        if (told)
            value = _mm512_add_ps(value, _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_loadu_si512(told + i)),
                                                       _mm512_load_ps(told_scale + i)));
        _mm512_storeu_ps(logits + i, _mm512_add_ps(value, _mm512_load_ps(bias + i)));
    }
}

const kernel kernel_vnni512 = {"avx512-vnni",   WIDE,           WIDE_ROWS, 0, vnni512_multiply, vnni512_cell,
                               vnni512_finish, avx2_embed};

#else
typedef int nothing_here;
#endif
