/* Files that are mapped into memory. */
#ifndef LINNET_MAPPING_H
#define LINNET_MAPPING_H

#include <stddef.h>

/* Gives back the memory of whole pages of a mapped file, which is read again where somebody looks there once more. Only for a
 * mapping of a file: other memory would lose what is in it. Nothing happens where a system has no such call. */
void mapping_forget(const void *from, size_t bytes);

#endif
