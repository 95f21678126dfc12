/* How much of a bar comes back. */
#ifndef LINNET_SIMILARITY_H
#define LINNET_SIMILARITY_H

#include <stddef.h>
#include <stdint.h>

/* How many values each bar has in common with the bar so many before it; 0 where there is none.
 *
 * values: those of each bar ascending, each once. first (bars + 1): where those of each bar begin, and where the last ones end.
 * common (bars). */
void similarity_common(const int64_t *values, const int64_t *first, size_t bars, size_t distance, int64_t *common);

#endif
