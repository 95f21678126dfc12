/* The watchdog notices while a piece is played that it is stuck: that it repeats itself without end. It listens to the onsets
 * alone, in the order they are written.
 *
 * A note is what was struck (a pitch, or 128 + drum) and the ticks since the onset before it. The piece repeats itself with
 * a period of n notes, 1 <= n <= WATCH_PERIOD, for as long as each note is the one n notes before it, of the first only what
 * was struck; the notes of that run, divided by n and rounded down, plus one, are the times that the period was played, and
 * the ticks of the last n notes are its length. It is a loop when it was played WATCH_TIMES times or more, and times by length come to the stuck_after. The
 * shortest such period counts.
 *
 * People seldom repeat themselves like that, and networks, once they do, seldom stop: docs/decisions/generation.md has the figures. */
#ifndef LINNET_WATCHDOG_H
#define LINNET_WATCHDOG_H

#include <stdint.h>

enum {
    WATCH_PERIOD = 64, /* notes of the longest loop that is noticed, a power of two */
    WATCH_TIMES = 3,
    WATCH_CALM = 16 /* notes in which a piece recovers from a loop */
};

typedef struct {
    /* The last notes, ticks * 256 + sound, written twice, so that those before note n are heard[n % WATCH_PERIOD ..] */
    uint32_t heard[2 * WATCH_PERIOD];
    uint32_t again[WATCH_PERIOD]; /* notes in the run of period WATCH_PERIOD - i */
    int64_t onset;                /* tick of the last one, 0 before the first */
    uint32_t place;               /* notes heard, modulo WATCH_PERIOD */
    int32_t period;               /* of the loop the piece is in, in notes; 0 = none */
    int32_t calm;                 /* notes until it has recovered */
    uint32_t interventions;       /* loops that were noticed, and silences (see tracker.h) */
} watchdog;

/* Before the first note. */
void watchdog_reset(watchdog *self);

/* Something is struck. With no stuck_after, 0, it listens and lets loops pass. */
void watchdog_hear(watchdog *self, int64_t tick, int sound, int64_t stuck_after);

/* The note that would go on with the loop: its tick and its sound. There must be one. */
int64_t watchdog_expects(const watchdog *self, int *sound);

#endif
