/* exp and log in strict IEEE 754 double operations: the same bits on every CPU, which no libm promises (glibc's own
 * differs between processors with and without fused multiply-add). Compile with -ffp-contract=off. */
#ifndef LINNET_STRICTMATH_H
#define LINNET_STRICTMATH_H

#include <stdint.h>
#include <string.h>

/* The lowest argument whose exponential is not taken for 0: e^-708 is still a normal double. */
#define STRICT_EXP_FLOOR (-708.0)

/* ln 2 in two parts. The upper one ends in 21 zero bits, so its product with an exponent is exact. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;

static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* e^x for x <= 0, within 1 unit in the last place; 0 for x < STRICT_EXP_FLOOR and for NaN; exactly 1 for 0.
 * Straight-line code: compilers turn a loop over it into vector instructions. */
static inline double strict_exp(double x) {
    /* Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits. */
    const double shifted = x * 0x1.71547652b82fep0 + 0x1.8p52;
    const double exponent = shifted - 0x1.8p52;
    const double r = (x - exponent * LN2_HIGH) - exponent * LN2_LOW; /* |r| <= ln 2 / 2 */

    /* e^r = 1 + r + r^2 (even + r odd). Taylor's series ends below 2^-57 here; a fitted polynomial would save a
     * term or two. Two chains of half the length run side by side. */
    const double z = r * r;
    double even = 1.0 / 479001600, odd = 1.0 / 6227020800;
    even = even * z + 1.0 / 3628800;
    odd = odd * z + 1.0 / 39916800;
    even = even * z + 1.0 / 40320;
    odd = odd * z + 1.0 / 362880;
    even = even * z + 1.0 / 720;
    odd = odd * z + 1.0 / 5040;
    even = even * z + 1.0 / 24;
    odd = odd * z + 1.0 / 120;
    even = even * z + 1.0 / 2;
    odd = odd * z + 1.0 / 6;
    const double power = double_of((bits_of(shifted) << 52) + bits_of(1.0)); /* 2^exponent */
    const double result = (1.0 + (r + z * (even + r * odd))) * power;
    return x >= STRICT_EXP_FLOOR ? result : 0.0;
}

/* The natural logarithm of a normal x > 0, within 1 unit in the last place; exactly 0 for 1. */
static inline double strict_log(double x) {
    /* x = 2^exponent * (1 + f) with 1 + f from about sqrt(1/2) to sqrt(2) */
    const uint64_t half_root = bits_of(0x1.6a09e667f3bcdp-1);
    const int64_t exponent = (int64_t)(((bits_of(x) - half_root) >> 52) ^ 0x800) - 0x800; /* sign-extends 12 bits */
    const double f = double_of(bits_of(x) - ((uint64_t)exponent << 52)) - 1.0;

    /* log(1 + f) = 2 artanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)), as in Sun's fdlibm but with the plain series */
    const double s = f / (2.0 + f), z = s * s, half_square = 0.5 * f * f;
    double series = 0.0;
    for (int odd = 23; odd >= 3; odd -= 2)
        series = (series + 2.0 / odd) * z;
    return exponent * LN2_HIGH - ((half_square - (s * (half_square + series) + exponent * LN2_LOW)) - f);
}

#endif
