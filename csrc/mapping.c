#if defined(__linux__) || defined(__APPLE__)
#define _DEFAULT_SOURCE 1 /* of glibc and musl, which hide madvise from ISO C */
#define _DARWIN_C_SOURCE 1
#define HAS_MADVISE 1
#endif

#include "mapping.h"

#ifdef HAS_MADVISE
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void mapping_forget(const void *from, size_t bytes) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t)from + page - 1) / page * page, end = ((uintptr_t)from + bytes) / page * page;
    if (begin < end)
        madvise((void *)begin, end - begin, MADV_DONTNEED); /* advice: when it fails, nothing is lost */
}
#else
void mapping_forget(const void *from, size_t bytes) { (void)from, (void)bytes; }
#endif
