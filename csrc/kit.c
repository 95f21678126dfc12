/* A kit that plays keeps the beat: people's bands strike the bar line in .96 to .98 of the bars in which their drums play, and .91
 * to .95 of the beats (free game music, Freedoom). */
#include <string.h>

#include "tracker_parts.h"

enum { PLAYS = 2, SPARSE = 3 /* the last density, under one and a half notes a quarter, at which the bar line has to do */ };

static int keeps_the_beat(const tracker *self) {
    return self->rules.kit_beats && !self->tutti && !self->given && self->time_base == TIME_BASE_GRID && self->bars &&
           self->signature >= 0 && self->tempo >= 0 && self->wishes[WISH_PLAYS_KIT] == PLAYS &&
           !has_exercise_rules(self) && self->rules.drums & lowest_bits(DRUM_COUNT);
}

/* Ticks from the bar line to the beat by which the kit has to strike again: the next one, or the one after where it struck
 * between beats. INT64_MAX where that is not in this bar. */
static int64_t next_beat(const tracker *self) {
    const bar_history *bar = &self->history[bar_ago(self, 0)];
    const int64_t beat = TIME_SIGNATURES[self->signature].beat_ticks;
    const int density = self->wishes[WISH_DENSITY];
    int64_t due = 0;
    for (int i = 0; i < bar->count; i++)
        if (bar->onset[i] >= PITCH_COUNT)
            due = (bar->position[i] / beat + 1 + (bar->position[i] % beat != 0)) * beat;
    return due >= self->bar_length || (due && density && density <= SPARSE) ? INT64_MAX : due;
}

static void forbid(uint8_t *mask, int first, int64_t count) {
    if (count > 0)
        memset(mask + first, 0, (size_t)count);
}

int kit_shape(const tracker *self, uint8_t mask[VOCABULARY_SIZE], int count) {
    if (!keeps_the_beat(self) || self->finished)
        return count;
    const int64_t due = next_beat(self), left = self->bar_start + due - self->now;
    if (due == INT64_MAX || left < 0 || (left == 0 && !tracker_drums_left(self)))
        return count;
    uint8_t before[VOCABULARY_SIZE];
    memcpy(before, mask, sizeof before);
    forbid(mask, TOKEN_SHIFT_FINE + smaller(left, FINE_COUNT), FINE_COUNT - smaller(left, FINE_COUNT));
    forbid(mask, TOKEN_SHIFT_BIG + smaller(left / BIG_STEP, BIG_COUNT), BIG_COUNT - smaller(left / BIG_STEP, BIG_COUNT));
    mask[TOKEN_BAR] = mask[TOKEN_EOS] = 0;
    if (left == 0) { /* drums come first */
        forbid(mask, TOKEN_SLOT, SLOT_COUNT);
        forbid(mask, TOKEN_NOTE, PITCH_COUNT);
        if (self->velocity[DRUM_SLOT] >= 0) /* it would be for a note */
            mask[TOKEN_VELOCITY + self->velocity[DRUM_SLOT]] = 0;
    }
    int kept = 0;
    for (int token = 0; token < VOCABULARY_SIZE; token++)
        kept += mask[token];
    if (kept)
        return kept;
    memcpy(mask, before, sizeof before);
    return count;
}
