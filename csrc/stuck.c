/* What may come next, but for what would get stuck. */
#include <string.h>

#include "tracker_parts.h"

static int is_any(const uint8_t *mask, int first, int64_t count) {
    return count > 0 && memchr(mask + first, 1, (size_t)count) != NULL;
}

static int forbid_all(uint8_t *mask, int first, int count) {
    int forbidden = 0;
    for (int token = first; token < first + count; token++) {
        forbidden += mask[token];
        mask[token] = 0;
    }
    return forbidden;
}

/* Takes out the steps of time that lead too far from the last onset, if there is another way on. Returns how many. */
static int forbid_silence(const tracker *self, uint8_t *mask) {
    const int grid = self->time_base == TIME_BASE_GRID;
    const int64_t left = silent_until(self) - self->now, bar = self->bar_start + self->bar_length - self->now;
    if (grid && (!self->bars || bar <= left))
        return 0;
    const int fine = left < 0 ? 0 : (int)smaller(left, FINE_COUNT);
    const int big = left < 0 ? 0 : (int)smaller(left / BIG_STEP, BIG_COUNT);
    if (!is_any(mask, TOKEN_SHIFT_FINE, fine) && !is_any(mask, TOKEN_SHIFT_BIG, big) &&
        !is_any(mask, TOKEN_VELOCITY, VELOCITY_COUNT) && !is_any(mask, TOKEN_NOTE, PITCH_COUNT) &&
        !is_any(mask, TOKEN_DRUM, DRUM_COUNT) && !is_any(mask, TOKEN_SLOT, SLOT_COUNT))
        return 0;
    return forbid_all(mask, TOKEN_BAR, 1) + forbid_all(mask, TOKEN_SHIFT_FINE + fine, FINE_COUNT - fine) +
           forbid_all(mask, TOKEN_SHIFT_BIG + big, BIG_COUNT - big);
}

/* Takes out the note that would go on with a loop, if there is another way on. Returns how many that are. */
static int forbid_repeat(const tracker *self, uint8_t *mask, int count) {
    int sound;
    if (!self->watch.period || tracker_repeats(self) || watchdog_expects(&self->watch, &sound) != self->now || count == 1)
        return 0;
    return forbid_all(mask, sound < PITCH_COUNT ? TOKEN_NOTE + sound : TOKEN_DRUM + sound - PITCH_COUNT, 1);
}

int tracker_mask(const tracker *self, uint8_t mask[VOCABULARY_SIZE]) {
    int count = tracker_allow(self, mask);
    count = phrase_end_shape(self, mask, count);
    count = kit_shape(self, mask, count);
    if (self->rules.stuck_after) {
        count -= forbid_silence(self, mask);
        count -= forbid_repeat(self, mask, count);
    }
    return self->given ? tracker_given_shape(self, mask, count) : count;
}
