/* An audio device without a loudspeaker, for benchmarks/speed/sounding.py: it asks for blocks by the clock, in C, as drivers do. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ring.h"

typedef struct {
    int64_t took;   /* nanoseconds from the moment that it was due to the answer */
    int64_t waited; /* nanoseconds for which this thread had waited for a core by then, and another machine had one */
    int64_t lost;   /* nanoseconds for which the busy thread could have run and did not, in steps of the system's clock */
    int64_t gaps;   /* of the ring, by then */
} answer;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* The start of a file of /proc, as text. */
static const char *text(int file, char line[256]) {
    const ssize_t length = pread(file, line, 255, 0);
    line[length > 0 ? length : 0] = 0;
    return line;
}

/* Nanoseconds that a thread has run (place 0) or waited for a core (1), of its schedstat; 0 where there is none. A wait counts
 * when it is over. */
static int64_t nanoseconds(int file, int place) {
    char line[256], *rest;
    const int64_t ran = strtoll(text(file, line), &rest, 10);
    return place ? strtoll(rest, NULL, 10) : ran;
}

/* Nanoseconds for which another machine had cores of this virtual one, of /proc/stat in ticks of 10 ms. */
static int64_t stolen(int file) {
    char line[256], *rest = line;
    const char *found = text(file, line);
    for (int place = 0; place <= 8 && found; place++) /* "cpu", user, nice, system, idle, iowait, irq, softirq, steal */
        found = strtok_r(NULL, " \n", &rest);
    return found ? strtoll(found, NULL, 10) * 10000000 : 0;
}

/* Whether a thread runs or waits for a core, and does not sleep, of its stat. */
static int is_ready(int file) {
    char line[256];
    const char *name_end = strrchr(text(file, line), ')');
    return name_end && strncmp(name_end, ") R", 3) == 0;
}

/* Asks for `count` blocks of `block` frames, one every `period` nanoseconds, and for the next one at once after a gap. Open files
 * are `own`, the schedstat of this thread, `busy` and `busy_stat`, schedstat and stat of another, and `cores`, /proc/stat.
 * Returns the loudest sample. */
float ask(void (*callback)(void *, uint8_t *, int), ring *ring, int32_t block, int32_t count, int64_t period, int own, int busy,
          int busy_stat,
          int cores, answer *answers) {
    const size_t bytes = 2 * (size_t)block * sizeof(float);
    float *frames = malloc(bytes), loudest = 0;
    int64_t due = now(), looked = due, ran = nanoseconds(busy, 0), lost = 0;
    for (int32_t i = 0; frames && i < count; i++) {
        const int64_t early = due - now();
        if (early > 0)
            nanosleep(&(struct timespec){early / 1000000000, early % 1000000000}, NULL);
        const int64_t before = ring->gaps; /* only this thread changes it */
        callback(ring, (uint8_t *)frames, (int)bytes);
        const int64_t answered = now();
        const int64_t ran_by_now = nanoseconds(busy, 0), idle = answered - looked - (ran_by_now - ran);
        if (is_ready(busy_stat) && idle > 0)
            lost += idle;
        looked = answered, ran = ran_by_now;
        answers[i] = (answer){answered - due, nanoseconds(own, 1) + stolen(cores), lost, ring->gaps};
        for (int32_t k = 0; k < 2 * block; k++)
            if (frames[k] > loudest || -frames[k] > loudest)
                loudest = frames[k] < 0 ? -frames[k] : frames[k];
        due = (ring->gaps > before || answers[i].took > period ? answered : due) + period;
    }
    free(frames);
    return loudest;
}
