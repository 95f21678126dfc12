/* Noticing that a piece is stuck. */
#include "watchdog.h"

#include <string.h>

enum { TICKS_MOST = (1 << 24) - 1, NEVER_HEARD = -1 };

void watchdog_reset(watchdog *self) {
    memset(self, 0, sizeof *self);
    memset(self->heard, NEVER_HEARD, sizeof self->heard);
}

/* Ticks of the last notes. */
static int64_t length_of(const watchdog *self, int notes) {
    int64_t ticks = 0;
    for (int i = 0; i < notes; i++)
        ticks += self->heard[self->place + WATCH_PERIOD - 1 - (uint32_t)i] >> 8;
    return ticks;
}

static int find_loop(const watchdog *self, int64_t stuck_after) {
    for (int period = 1; period <= WATCH_PERIOD && stuck_after; period++) {
        const int64_t again = self->again[WATCH_PERIOD - period];
        if (again >= (WATCH_TIMES - 1) * period && (again / period + 1) * length_of(self, period) >= stuck_after)
            return period;
    }
    return 0;
}

void watchdog_hear(watchdog *self, int64_t tick, int sound, int64_t stuck_after) {
    const int64_t since = tick - self->onset;
    const uint32_t note = (uint32_t)(since < TICKS_MOST ? since : TICKS_MOST) << 8 | (uint32_t)sound;
    const uint32_t *earlier = self->heard + self->place;
    for (int i = 0; i < WATCH_PERIOD; i++)
        self->again[i] = earlier[i] == note ? self->again[i] + 1 : (earlier[i] & 255) == (note & 255);
    self->heard[self->place] = self->heard[self->place + WATCH_PERIOD] = note;
    self->place = (self->place + 1) % WATCH_PERIOD;
    self->onset = tick;
    const int before = self->period;
    self->period = find_loop(self, stuck_after);
    if (self->period && !before) {
        self->calm = WATCH_CALM;
        self->interventions++;
    } else if (self->calm) {
        self->calm--;
    }
}

int64_t watchdog_expects(const watchdog *self, int *sound) {
    const uint32_t note = self->heard[self->place + WATCH_PERIOD - (uint32_t)self->period];
    *sound = (int)(note & 255);
    return self->onset + (note >> 8);
}
