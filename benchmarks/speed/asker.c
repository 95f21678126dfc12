/* An audio device without a loudspeaker, for benchmarks/speed/sounding.py: it asks for blocks by the clock, in C, as drivers do. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ring.h"

typedef struct {
    int64_t took;   /* nanoseconds from the moment that it was due to the answer */
    int64_t waited; /* nanoseconds for which this thread had waited for a core by then */
    int64_t ran;    /* nanoseconds for which the other threads had run by then, in steps of the system's clock */
    int64_t gaps;   /* of the ring, by then */
} answer;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* A number of the file's first line, counted from 0; 0 where there is none. */
static int64_t number(int file, int place) {
    char line[256];
    const ssize_t length = pread(file, line, sizeof line - 1, 0);
    if (length <= 0)
        return 0;
    line[length] = 0;
    char *rest = line, *found = NULL;
    for (int i = 0; i <= place; i++)
        found = strtok_r(i ? NULL : line, " \n", &rest);
    return found ? strtoll(found, NULL, 10) : 0;
}

/* Asks for `count` blocks of `block` frames, one every `period` nanoseconds, and for the next one at once after a gap. `own` and
 * `others` are open files of the kind of /proc/self/schedstat. Returns the loudest sample. */
float ask(void (*callback)(void *, uint8_t *, int), ring *ring, int32_t block, int32_t count, int64_t period, int own,
          const int *others, int32_t other_count, answer *answers) {
    const size_t bytes = 2 * (size_t)block * sizeof(float);
    float *frames = malloc(bytes), loudest = 0;
    int64_t due = now();
    for (int32_t i = 0; frames && i < count; i++) {
        const int64_t early = due - now();
        if (early > 0)
            nanosleep(&(struct timespec){early / 1000000000, early % 1000000000}, NULL);
        const int64_t before = ring->gaps; /* only this thread changes it */
        callback(ring, (uint8_t *)frames, (int)bytes);
        const int64_t answered = now();
        answers[i] = (answer){answered - due, number(own, 1), 0, ring->gaps};
        for (int32_t k = 0; k < other_count; k++)
            answers[i].ran += number(others[k], 0);
        for (int32_t k = 0; k < 2 * block; k++)
            if (frames[k] > loudest || -frames[k] > loudest)
                loudest = frames[k] < 0 ? -frames[k] : frames[k];
        due = (ring->gaps > before || answers[i].took > period ? answered : due) + period;
    }
    free(frames);
    return loudest;
}
