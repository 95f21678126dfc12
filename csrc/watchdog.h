/* The watchdog notices, while a piece is played, that it repeats itself without end. It hears onsets alone, in the order they
 * are written.
 *
 * A note here is what was struck (a pitch, or 128 + drum) and the ticks since the onset before it. The last notes are a run of
 * period n, 1 <= n <= WATCH_PERIOD, as far back as each note equals the one n notes before it; of the first note in the run
 * only what was struck has to be equal. The period was then played (notes of the run / n, rounded down) + 1 times, and its
 * length is the ticks of the last n notes. It is a loop if it was played at least WATCH_TIMES times, for `stuck_after` ticks
 * or more in all: times * length >= stuck_after. Of several such periods the shortest counts.
 *
 * People seldom repeat themselves like that, and networks, once they do, seldom stop: docs/decisions/generation.md has the
 * figures. */
#ifndef LINNET_WATCHDOG_H
#define LINNET_WATCHDOG_H

#include <stdint.h>

enum {
    WATCH_PERIOD = 64, /* notes of the longest loop that is noticed, a power of two */
    WATCH_TIMES = 3,
    WATCH_CALM = 16 /* notes after a loop until a piece counts as recovered */
};

typedef struct {
    /* The last notes as ticks * 256 + sound, all of them twice: so the WATCH_PERIOD notes before note n lie in one piece,
     * from heard[n % WATCH_PERIOD] on. */
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

/* Hears what is struck at a tick. With a `stuck_after` of 0 no loop is noticed. */
void watchdog_hear(watchdog *self, int64_t tick, int sound, int64_t stuck_after);

/* The tick and the sound of the note that would go on with the loop. Only while there is a loop, `period` > 0. */
int64_t watchdog_expects(const watchdog *self, int *sound);

#endif
