/* Which versions of the kernels this build has. */
#ifndef LINNET_VERSIONS_H
#define LINNET_VERSIONS_H

#include "native/kernels.h"

#if defined(__x86_64__) || defined(_M_X64)
#define KERNELS_X86 1
extern const kernel kernel_avx2, kernel_vnni512;
#if (defined(__clang_major__) && __clang_major__ >= 12) || (!defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 11) ||  \
    (defined(_MSC_VER) && _MSC_VER >= 1930)
#define KERNELS_AVX_VNNI 1
extern const kernel kernel_vnni256;
#endif
#endif

#if defined(__aarch64__) || defined(_M_ARM64) || defined(LINNET_NEON)
#define KERNELS_NEON 1
extern const kernel kernel_neon;
#if defined(__aarch64__) && (defined(__GNUC__) || defined(__clang__))
#define KERNELS_DOT 1
extern const kernel kernel_dot;
#endif
#endif

extern const kernel kernel_plain;

#endif
