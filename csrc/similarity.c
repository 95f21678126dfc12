#include "similarity.h"

void similarity_common(const int64_t *values, const int64_t *first, size_t bars, size_t distance, int64_t *common) {
    for (size_t bar = 0; bar < bars; bar++) {
        common[bar] = 0;
        if (bar < distance) continue;
        int64_t a = first[bar], b = first[bar - distance];
        const int64_t a_end = first[bar + 1], b_end = first[bar - distance + 1];
        while (a < a_end && b < b_end) {
            const int64_t one = values[a], other = values[b];
            common[bar] += one == other;
            a += one <= other;
            b += other <= one;
        }
    }
}
