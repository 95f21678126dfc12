/* Lets the build machine's Python.h serve another processor: its own pyconfig.h, with the sizes of types as the compiler
 * at hand knows them. Enough for the stable ABI, which shows no structure of the interpreter. To be read before
 * Python.h, which looks for pyconfig.h beside itself and would find the sizes of the build machine. */
#include <pyconfig.h>

#undef ALIGNOF_LONG
#undef ALIGNOF_SIZE_T
#undef SIZEOF_LONG
#undef SIZEOF_LONG_DOUBLE
#undef SIZEOF_PTHREAD_T
#undef SIZEOF_SIZE_T
#undef SIZEOF_TIME_T
#undef SIZEOF_UINTPTR_T
#undef SIZEOF_VOID_P
#undef SIZEOF_WCHAR_T

#define ALIGNOF_LONG __SIZEOF_LONG__
#define ALIGNOF_SIZE_T __SIZEOF_SIZE_T__
#define SIZEOF_LONG __SIZEOF_LONG__
#define SIZEOF_LONG_DOUBLE __SIZEOF_LONG_DOUBLE__
#define SIZEOF_PTHREAD_T __SIZEOF_LONG__
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define SIZEOF_TIME_T __SIZEOF_LONG__ /* of a 32-bit glibc; nothing here uses time_t */
#define SIZEOF_UINTPTR_T __SIZEOF_POINTER__
#define SIZEOF_VOID_P __SIZEOF_POINTER__
#define SIZEOF_WCHAR_T __SIZEOF_WCHAR_T__

/* What is there on the build machine's processor alone. */
#undef HAVE_GCC_ASM_FOR_X64
#undef HAVE_GCC_ASM_FOR_X87
#ifndef __SIZEOF_INT128__
#undef HAVE_GCC_UINT128_T
#endif
