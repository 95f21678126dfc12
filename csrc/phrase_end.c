/* How a phrase comes to rest: what may be struck in its last bar, when, and how long it lasts. */
#include "phrase_end.h"

#include <stdlib.h>
#include <string.h>

#include "tracker_parts.h"

enum { OPEN = 2, CLOSED = 3, OCTAVE = 12, FIFTH = 7, SECOND = 2, LEADING = 11, NO_TICK = -1 };

void phrase_end_reset(phrase_end *self) {
    self->slot = -1;
    self->last_at = self->rest_at = NO_TICK;
    self->longest = self->rest = 0;
}

void phrase_end_begin_bar(tracker *self) {
    phrase_end_reset(&self->phrase_end);
    for (int slot = 0; slot < self->declared; slot++) {
        const int best = self->phrase_end.slot;
        if (self->pitch[slot] >= 0 && (best < 0 || self->pitch[slot] > self->pitch[best]))
            self->phrase_end.slot = (int8_t)slot;
    }
}

static int64_t end_of_bar(const tracker *self) { return self->bar_start + self->bar_length; }

static int beat_of(const tracker *self) { return TIME_SIGNATURES[self->signature].beat_ticks; }

/* The last beat of the first half of the bar. */
static int64_t last_beat(const tracker *self) {
    return self->bar_start + self->bar_length / 2 / beat_of(self) * beat_of(self);
}

/* Whether this is a bar in which a phrase closes, or comes to its open cadence. */
static int closes(const tracker *self) {
    const int cadence = self->wishes[WISH_CADENCE], open = cadence == OPEN && self->rules.cadences == CADENCES_OPEN_TOO;
    return self->rules.cadences && self->time_base == TIME_BASE_GRID && self->signature >= 0 && self->phrase_end.slot >= 0 &&
           (cadence == CLOSED || open) && self->wishes[WISH_PHRASE_LEFT] == 1 && self->wishes[WISH_KEY] &&
           (open || !self->rules.bars || self->bars < self->rules.bars + self->upbeat);
}

/* Whether the tune may rest on a pitch. */
static int is_rest(const tracker *self, int pitch) {
    const int step = (pitch + OCTAVE - (self->wishes[WISH_KEY] - 1) % OCTAVE) % OCTAVE;
    return self->wishes[WISH_CADENCE] == OPEN ? step == FIFTH || step == SECOND || step == LEADING : step == 0;
}

/* The tick before which the tune does not go on from its rest. */
static int64_t rests_until(const tracker *self) {
    const phrase_end *rest = &self->phrase_end;
    const int64_t half = last_beat(self) + (end_of_bar(self) - last_beat(self) + 1) / 2;
    return rest->rest_at + rest->longest > half ? rest->rest_at + rest->longest : half;
}

/* The tick by which the tune has to strike, INT64_MAX where it need not. */
static int64_t strikes_by(const tracker *self) {
    const phrase_end *rest = &self->phrase_end;
    if (rest->rest_at < 0)
        return last_beat(self);
    return rest->rest && end_of_bar(self) - rest->last_at >= rest->rest ? rest->last_at + rest->rest - 1 : INT64_MAX;
}

void phrase_end_hear(tracker *self, int slot, int pitch) {
    phrase_end *rest = &self->phrase_end;
    if (slot != rest->slot || rest->last_at == self->now || !closes(self))
        return;
    /* as long as a bar at most: what no mask allows may come as well */
    const int32_t step = rest->last_at < 0 ? 0 : (int32_t)smaller(self->now - rest->last_at, LONGEST_BAR);
    const int is_early = self->now <= last_beat(self);
    rest->last_at = self->now;
    if (rest->rest)
        return;
    if (rest->rest_at >= 0 && !is_early) {
        rest->rest = step;
        return;
    }
    rest->longest = step > rest->longest ? step : rest->longest;
    rest->rest_at = is_early && (self->now - self->bar_start) % beat_of(self) == 0 && is_rest(self, pitch) ? self->now
                                                                                                                 : NO_TICK;
}

static void forbid(uint8_t *mask, int first, int64_t count) {
    if (count > 0)
        memset(mask + first, 0, (size_t)count);
}

/* Leaves steps of `least` to `most` ticks; a big one if a fine one can bring it there. `begun`: ticks of a big one before. */
static void limit_steps(uint8_t *mask, int fine, int big, int64_t begun, int64_t least, int64_t most) {
    for (int64_t ticks = 1; ticks <= FINE_COUNT; ticks++)
        if (begun + ticks < least || begun + ticks > most)
            mask[fine + ticks - 1] = 0;
    for (int64_t count = 1; count <= BIG_COUNT; count++)
        if (begun + count * BIG_STEP > most || begun + count * BIG_STEP + FINE_COUNT < least)
            mask[big + count - 1] = 0;
}

/* How long a note of the tune may last that was just struck. */
static void limit_duration(const tracker *self, uint8_t *mask) {
    const phrase_end *rest = &self->phrase_end;
    int64_t least = 1, most = INT64_MAX;
    if (self->slot != rest->slot || rest->last_at != self->now)
        return;
    if (rest->rest)
        most = rest->rest - 1;
    else if (rest->rest_at == last_beat(self))
        least = rests_until(self) - self->now;
    else if (rest->rest_at < 0)
        most = last_beat(self) - self->now;
    if (self->last_big && self->last_big < least) { /* a fine one has to follow */
        forbid(mask, 0, TOKEN_DURATION_FINE);
        forbid(mask, TOKEN_DURATION_BIG, VOCABULARY_SIZE - TOKEN_DURATION_BIG);
    }
    limit_steps(mask, TOKEN_DURATION_FINE, TOKEN_DURATION_BIG, self->last_big, least, most);
}

/* Leaves the slot of the tune only these pitches, and a velocity only who may still use it. */
static void limit_notes(const tracker *self, uint8_t *mask, const uint64_t pitches[2]) {
    if (!(pitches[0] | pitches[1]))
        mask[TOKEN_SLOT + self->phrase_end.slot] = 0;
    if (self->slot == self->phrase_end.slot)
        for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
            mask[TOKEN_NOTE + pitch] &= pitches[pitch >> 6] >> (pitch & 63) & 1;
}

/* Tonics that the tune can strike now, within an octave of where it is if there are any. Returns whether there is one. */
static int tonics(const tracker *self, uint64_t pitches[2]) {
    const int slot = self->phrase_end.slot, last = self->pitch[slot];
    uint64_t room[2], near[2] = {0, 0};
    tracker_room(self, slot, room);
    pitches[0] = pitches[1] = 0;
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++) {
        const uint64_t bit = is_rest(self, pitch) ? room[pitch >> 6] & (uint64_t)1 << (pitch & 63) : 0;
        pitches[pitch >> 6] |= bit;
        near[pitch >> 6] |= abs(pitch - last) <= OCTAVE ? bit : 0;
    }
    if (near[0] | near[1])
        memcpy(pitches, near, sizeof near);
    return (pitches[0] | pitches[1]) != 0;
}

/* A velocity is for the kit or for the running slot: where neither may strike, there is none. */
static void limit_velocity(const tracker *self, uint8_t *mask, int may_strike) {
    const int drums = tracker_drums_left(self);
    if (!drums && !may_strike && self->pending_velocity < 0)
        forbid(mask, TOKEN_VELOCITY, VELOCITY_COUNT);
}

/* Time does not go beyond a tick. */
static void limit_time(const tracker *self, uint8_t *mask, int64_t until) {
    limit_steps(mask, TOKEN_SHIFT_FINE, TOKEN_SHIFT_BIG, 0, 1, until - self->now);
    mask[TOKEN_BAR] = mask[TOKEN_EOS] = 0;
    if (self->now > self->bar_start)
        forbid_signatures(mask); /* it would cut the bar short */
}

/* The tune strikes, now, a tonic if it has not rested. Slots that come after it wait. */
static void strike_now(const tracker *self, uint8_t *mask, const uint64_t pitches[2]) {
    const int slot = self->phrase_end.slot;
    limit_time(self, mask, self->now);
    for (int other = slot + 1; other < SLOT_COUNT; other++)
        mask[TOKEN_SLOT + other] = 0;
    if (self->slot > slot)
        forbid(mask, TOKEN_NOTE, PITCH_COUNT);
    limit_notes(self, mask, pitches);
    limit_velocity(self, mask, self->slot >= 0 && self->slot <= slot);
}

/* The tune goes on resting. Where it is alone, so does time. */
static void rest_on(const tracker *self, uint8_t *mask) {
    static const uint64_t NONE[2] = {0, 0};
    const int own = self->slot == self->phrase_end.slot;
    if (self->declared == 1 && !(self->rules.drums & lowest_bits(DRUM_COUNT)))
        limit_steps(mask, TOKEN_SHIFT_FINE, TOKEN_SHIFT_BIG, 0, rests_until(self) - self->now, INT64_MAX);
    if (self->phrase_end.last_at == self->now)
        return; /* the rest of its chord */
    limit_notes(self, mask, NONE);
    limit_velocity(self, mask, !own);
}

static void shape(const tracker *self, uint8_t *mask) {
    const phrase_end *rest = &self->phrase_end;
    const int64_t by = strikes_by(self);
    const int struck = rest->last_at == self->now;
    uint64_t pitches[2];
    if (is_note(self->last) || self->last_big)
        limit_duration(self, mask);
    if (is_note(self->last))
        return;
    if (by > self->now && by != INT64_MAX) {
        limit_time(self, mask, by);
    } else if (!struck && by == self->now) {
        if (!rest->rest && tonics(self, pitches))
            strike_now(self, mask, pitches);
        else if (rest->rest && tracker_room(self, rest->slot, pitches))
            strike_now(self, mask, pitches);
    } else if (!struck && self->now == last_beat(self)) {
        tonics(self, pitches); /* it rests already, and may do so anew */
        limit_notes(self, mask, pitches);
        limit_velocity(self, mask, self->slot != rest->slot || pitches[0] | pitches[1]);
    } else if (rest->rest_at >= 0 && !rest->rest && self->now >= last_beat(self) && self->now < rests_until(self)) {
        rest_on(self, mask);
    }
}

int phrase_end_shape(const tracker *self, uint8_t mask[VOCABULARY_SIZE], int count) {
    if (!closes(self) || self->finished || (self->phrase_end.rest_at < 0 && self->now > last_beat(self)))
        return count;
    uint8_t before[VOCABULARY_SIZE];
    memcpy(before, mask, sizeof before);
    shape(self, mask);
    int left = 0;
    for (int token = 0; token < VOCABULARY_SIZE; token++)
        left += mask[token];
    if (left)
        return left;
    memcpy(mask, before, sizeof before);
    return count;
}
