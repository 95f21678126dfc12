#include "native/versions.h"

#include <string.h>

static const kernel *const VERSIONS[] = {
#ifdef KERNELS_X86
    &kernel_vnni512,
#ifdef KERNELS_AVX_VNNI
    &kernel_vnni256,
#endif
    &kernel_avx2,
#endif
#ifdef KERNELS_DOT
    &kernel_dot,
#endif
#ifdef KERNELS_NEON
    &kernel_neon,
#endif
    &kernel_plain,
    NULL,
};

const kernel *kernel_at(int index) { return VERSIONS[index]; }

#ifdef KERNELS_X86
#ifdef _MSC_VER
#include <intrin.h>

static void identify(unsigned leaf, unsigned subleaf, unsigned out[4]) { __cpuidex((int *)out, (int)leaf, (int)subleaf); }
static unsigned saved_states(void) { return (unsigned)_xgetbv(0); }
#else
#include <cpuid.h>

static void identify(unsigned leaf, unsigned subleaf, unsigned out[4]) {
    __cpuid_count(leaf, subleaf, out[0], out[1], out[2], out[3]);
}

static unsigned saved_states(void) {
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}
#endif

enum { EAX, EBX, ECX, EDX };

int kernel_runs(const kernel *self) {
    unsigned base[4], more[4], sub[4] = {0};
    if (!strcmp(self->name, "plain"))
        return 1;
    identify(0, 0, base);
    if (base[EAX] < 7)
        return 0;
    identify(1, 0, base);
    if (!(base[ECX] >> 27 & 1)) /* the system saves vectors */
        return 0;
    identify(7, 0, more);
    if (more[EAX] >= 1)
        identify(7, 1, sub);
    const unsigned states = saved_states();
    const int avx2 = (states & 6) == 6 && more[EBX] >> 5 & 1;
    /* F, BW, VL; VNNI; and the system saves them */
    const int avx512 = (states & 0xE6) == 0xE6 && more[EBX] >> 16 & 1 && more[EBX] >> 30 & 1 && more[EBX] >> 31 & 1;
    if (self == &kernel_vnni512)
        return avx2 && avx512 && more[ECX] >> 11 & 1;
#ifdef KERNELS_AVX_VNNI
    if (self == &kernel_vnni256)
        return avx2 && sub[EAX] >> 4 & 1;
#endif
    return avx2;
}
#elif defined(__linux__) && defined(KERNELS_NEON)
#include <sys/auxv.h>

enum { NEON_ON_32_BITS = 1 << 12, DOT_PRODUCTS = 1 << 20 }; /* of AT_HWCAP */

int kernel_runs(const kernel *self) {
    const unsigned long has = getauxval(AT_HWCAP);
#ifdef KERNELS_DOT
    if (self == &kernel_dot)
        return has & DOT_PRODUCTS ? 1 : 0;
#else
    if (self == &kernel_neon)
        return has & NEON_ON_32_BITS ? 1 : 0;
#endif
    (void)has;
    return self != NULL;
}
#else
/* Macs with processors of ARM have dot products; of other systems nothing is known. */
int kernel_runs(const kernel *self) {
#if defined(KERNELS_DOT) && !defined(__APPLE__)
    if (self == &kernel_dot)
        return 0;
#endif
    return self != NULL;
}
#endif
