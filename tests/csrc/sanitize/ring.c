/* Two threads at the two ends of a ring, for the sanitizer of threads to watch. Exits with 1 when a frame is lost or torn. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "ring.h"

enum { SIZE = 48, TOTAL = 20000, MOST = 40 };

static float frames[2 * SIZE];
static ring queue = {frames, SIZE, 0, 0, 0, 0};

static void *write_all(void *nothing) {
    float block[2 * MOST];
    for (uint32_t made = 0; made < TOTAL;) {
        const uint32_t wanted = made % MOST + 1, count = wanted < TOTAL - made ? wanted : TOTAL - made;
        for (uint32_t i = 0; i < count; i++) {
            block[2 * i] = (float)(made + i + 1);
            block[2 * i + 1] = -(float)(made + i + 1);
        }
        const uint32_t took = ring_write(&queue, block, count);
        made += took;
        if (!took)
            sched_yield(); /* there may be one core */
    }
    return nothing;
}

int main(void) {
    pthread_t writer;
    float block[2 * MOST];
    uint32_t heard = 0, silent = 0, turn = 0;
    if (pthread_create(&writer, NULL, write_all, NULL))
        return 2;
    while (heard < TOTAL) {
        const uint32_t count = turn++ % MOST + 1;
        if (!ring_ready(&queue))
            sched_yield();
        ring_read(&queue, block, count);
        for (uint32_t i = 0; i < count; i++) {
            const float expected = block[2 * i] == 0 ? 0 : (float)++heard;
            silent += expected == 0;
            if (block[2 * i] != expected || block[2 * i + 1] != -expected) {
                fprintf(stderr, "broken: frame %u is %g, %g\n", heard, block[2 * i], block[2 * i + 1]);
                return 1;
            }
        }
    }
    pthread_join(writer, NULL);
    if (ring_ready(&queue) || ring_missing(&queue) != silent || ring_gaps(&queue) > silent) {
        fprintf(stderr, "broken: the counters\n");
        return 1;
    }
    return 0;
}
