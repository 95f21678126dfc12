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

/* ---- AVX2: 32 columns, up to three rows ------------------------------------------------------------------------------ */

enum { NARROW = 32, NARROW_ROWS = 3 };

/* Two products each of 0 .. 255 and -63 .. 63 add up within 16 bits. */
#define BY_ADDING(sum, x, w) _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1)))
#define BY_VNNI(sum, x, w) _mm256_dpbusd_avx_epi32(sum, x, w)

/* multiply() for a number of rows that the compiler knows, and for any. */
#define NARROW_MULTIPLY(name, features, STEP)                                                                              \
    FOR(features)                                                                                                          \
    INLINE void name##_rows(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, const int rows,               \
                            const int32_t *start, int32_t *sums) {                                                         \
        __m256i sum[NARROW_ROWS][4];                                                                                       \
        for (int r = 0; r < rows; r++)                                                                                     \
            for (int i = 0; i < 4; i++)                                                                                    \
                sum[r][i] = _mm256_load_si256((const __m256i *)(start + 8 * i));                                           \
        for (size_t group = 0; group < groups; group++, w += 4 * NARROW, x += 4)                                           \
            for (int r = 0; r < rows; r++) {                                                                               \
                const __m256i bytes = _mm256_set1_epi32(four(x + (size_t)r * stride));                                     \
                for (int i = 0; i < 4; i++)                                                                                \
                    sum[r][i] = STEP(sum[r][i], bytes, _mm256_load_si256((const __m256i *)(w + 32 * i)));                  \
            }                                                                                                              \
        for (int r = 0; r < rows; r++)                                                                                     \
            for (int i = 0; i < 4; i++)                                                                                    \
                _mm256_storeu_si256((__m256i *)(sums + NARROW * r + 8 * i), sum[r][i]);                                    \
    }                                                                                                                      \
    FOR(features)                                                                                                          \
    static void name(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,      \
                     int32_t *sums) {                                                                                      \
        if (rows == 1)                                                                                                     \
            name##_rows(w, groups, x, stride, 1, start, sums);                                                             \
        else if (rows == 2)                                                                                                \
            name##_rows(w, groups, x, stride, 2, start, sums);                                                             \
        else                                                                                                               \
            name##_rows(w, groups, x, stride, 3, start, sums);                                                             \
    }

NARROW_MULTIPLY(avx2_multiply, AVX2, BY_ADDING)

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
NARROW_MULTIPLY(vnni256_multiply, VNNI256, BY_VNNI)

const kernel kernel_vnni256 = {"avx-vnni", NARROW, NARROW_ROWS, 0, vnni256_multiply, avx2_cell, avx2_finish, avx2_embed};
#endif

/* ---- AVX-512 with VNNI: 64 columns, up to six rows ----------------------------------------------------------------------- */

enum { WIDE = 64, WIDE_ROWS = 6 };

FOR(VNNI512)
INLINE void vnni512_rows(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, const int rows, const int32_t *start,
                         int32_t *sums) {
    __m512i sum[WIDE_ROWS][4];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < 4; i++)
            sum[r][i] = _mm512_load_si512(start + 16 * i);
    for (size_t group = 0; group < groups; group++, w += 4 * WIDE, x += 4)
        for (int i = 0; i < 4; i++) {
            const __m512i weights = _mm512_load_si512(w + 64 * i);
            for (int r = 0; r < rows; r++)
                sum[r][i] = _mm512_dpbusd_epi32(sum[r][i], _mm512_set1_epi32(four(x + (size_t)r * stride)), weights);
        }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < 4; i++)
            _mm512_storeu_si512(sums + WIDE * r + 16 * i, sum[r][i]);
}

/* One row: two sums for each column, that need not wait for one another. */
FOR(VNNI512)
INLINE void vnni512_one(const int8_t *w, size_t groups, const uint8_t *x, const int32_t *start, int32_t *sums) {
    __m512i sum[4], other[4];
    size_t group = 0;
    for (int i = 0; i < 4; i++)
        sum[i] = _mm512_load_si512(start + 16 * i), other[i] = _mm512_setzero_si512();
    for (; group + 2 <= groups; group += 2, w += 8 * WIDE) {
        const __m512i a = _mm512_set1_epi32(four(x + 4 * group)), b = _mm512_set1_epi32(four(x + 4 * group + 4));
        for (int i = 0; i < 4; i++) {
            sum[i] = _mm512_dpbusd_epi32(sum[i], a, _mm512_load_si512(w + 64 * i));
            other[i] = _mm512_dpbusd_epi32(other[i], b, _mm512_load_si512(w + 4 * WIDE + 64 * i));
        }
    }
    for (int i = 0; i < 4; i++) {
        if (group < groups)
            sum[i] = _mm512_dpbusd_epi32(sum[i], _mm512_set1_epi32(four(x + 4 * group)), _mm512_load_si512(w + 64 * i));
        _mm512_storeu_si512(sums + 16 * i, _mm512_add_epi32(sum[i], other[i]));
    }
}

FOR(VNNI512)
static void vnni512_multiply(const int8_t *w, size_t groups, const uint8_t *x, size_t stride, int rows, const int32_t *start,
                             int32_t *sums) {
    switch (rows) {
    case 1:
        vnni512_one(w, groups, x, start, sums);
        break;
    case 2:
        vnni512_rows(w, groups, x, stride, 2, start, sums);
        break;
    case 3:
        vnni512_rows(w, groups, x, stride, 3, start, sums);
        break;
    case 4:
        vnni512_rows(w, groups, x, stride, 4, start, sums);
        break;
    case 5:
        vnni512_rows(w, groups, x, stride, 5, start, sums);
        break;
    default:
        vnni512_rows(w, groups, x, stride, 6, start, sums);
    }
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
