/* What may come next where music is given. */
#include <string.h>

#include "tracker_parts.h"

/* The given note that comes next at this point in time; NULL where there is none. */
static const given_note *here(const tracker *self) {
    const given_music *given = self->given;
    const given_note *next = self->given_at < given->count ? &given->notes[self->given_at] : NULL;
    return next && next->onset == self->now ? next : NULL;
}

/* Whether things begin in a slot only where an onset is given. */
static int by_onsets(const tracker *self, int slot) {
    return (self->given->onsets >> slot & 1) && self->now < self->given->onsets_to;
}

/* How many onsets are given in a slot now. */
static int onsets_in(const tracker *self, int slot) {
    const given_music *given = self->given;
    int count = 0;
    for (int32_t i = self->given_at; i-- > 0 && given->notes[i].onset == self->now;)
        count += given->notes[i].slot == slot;
    for (int32_t i = self->given_at; i < given->count && given->notes[i].onset == self->now; i++)
        count += given->notes[i].slot == slot;
    return count;
}

int tracker_given_leaves(const tracker *self, int slot) {
    return !given_is(self->given, slot, self->now) && !by_onsets(self, slot);
}

int tracker_given_lets(const tracker *self, int slot) {
    const given_note *next = here(self);
    if (given_is(self->given, slot, self->now))
        return 0;
    if (next && next->slot != slot && (next->slot == DRUM_SLOT || (slot != DRUM_SLOT && next->slot < slot)))
        return 0;
    if (next && next->slot == slot && next->pitch >= 0)
        return 0; /* a single note that is given among free ones */
    const int struck = slot == DRUM_SLOT ? self->point_drum >= 0 : slot == self->point_slot ? self->point_strikes : 0;
    return !by_onsets(self, slot) || onsets_in(self, slot) > struck;
}

/* How often the contour of a slot goes on one way after the note that comes next: up, as a positive number, or down. */
static int way_after(const tracker *self, int slot) {
    const given_music *given = self->given;
    int ways = 0;
    for (int32_t i = self->given_at + 1; i < given->count && i <= self->given_at + GIVEN_REACH; i++) {
        const given_note *note = &given->notes[i];
        if (note->slot != slot || note->onset == self->now || note->pitch == GIVEN_SAME || note->pitch == GIVEN_ANY)
            continue;
        if (note->pitch >= 0 || (note->pitch == GIVEN_UP ? ways < 0 : ways > 0))
            break;
        ways += note->pitch == GIVEN_UP ? 1 : -1;
    }
    return ways;
}

/* Keeps of a set those that are in another one, if any is. */
static void keep(uint64_t pitches[2], const uint64_t among[2]) {
    const uint64_t left[2] = {pitches[0] & among[0], pitches[1] & among[1]};
    if (left[0] | left[1])
        memcpy(pitches, left, sizeof left);
}

/* Takes so many of the highest or the lowest pitches out of a set. */
static void take_out(uint64_t pitches[2], int count, int highest) {
    for (int i = 0; i < PITCH_COUNT && count; i++) {
        const int pitch = highest ? PITCH_COUNT - 1 - i : i;
        const uint64_t bit = (uint64_t)1 << (pitch & 63);
        count -= (pitches[pitch >> 6] & bit) != 0;
        pitches[pitch >> 6] &= ~bit;
    }
}

void tracker_given_room(const tracker *self, int slot, uint64_t pitches[2]) {
    const given_note *next = here(self);
    if (!next || next->slot != slot || next->pitch >= 0 || slot == self->point_slot || self->point_slot > slot)
        return;
    const int last = self->top[slot], way = next->pitch;
    if (last >= 0 && way != GIVEN_ANY) {
        uint64_t there[2];
        for (int word = 0; word < 2; word++) {
            const uint64_t below = lowest_bits(last - 64 * word), to = lowest_bits(last + 1 - 64 * word);
            there[word] = way == GIVEN_UP ? ~to : way == GIVEN_DOWN ? below : to & ~below;
        }
        keep(pitches, there);
    }
    const int ways = way_after(self, slot); /* what comes needs room as well */
    if (ways) {
        uint64_t room[2];
        tracker_pitches(self, slot, room);
        take_out(room, ways > 0 ? ways : -ways, ways > 0);
        keep(pitches, room);
    }
}

/* Whether anything is left to be struck in time that passes. */
static int any_leaves(const tracker *self) {
    if (self->rules.drums & lowest_bits(DRUM_COUNT) && tracker_given_leaves(self, DRUM_SLOT))
        return 1;
    for (int slot = 0; slot < self->declared; slot++)
        if (tracker_given_leaves(self, slot))
            return 1;
    return 0;
}

/* The next tick at which something is given, or everything ceases to be; INT64_MAX where there is none. */
static int64_t next_event(const tracker *self) {
    const given_music *given = self->given;
    int64_t event = INT64_MAX;
    if (self->given_at < given->count)
        event = given->notes[self->given_at].onset;
    if (self->change_at < given->change_count)
        event = smaller(event, given->changes[self->change_at].tick);
    if (given->span_count && !given_span_at(given, self->now))
        for (int32_t i = 0; i < given->span_count; i++)
            if (given->spans[i].from > self->now)
                return smaller(event, given->spans[i].from);
    return event;
}

/* The first token of a step of so many ticks. */
static int step_of(int64_t ticks) {
    return ticks >= BIG_STEP ? TOKEN_SHIFT_BIG + (int)smaller(ticks / BIG_STEP, BIG_COUNT) - 1 : TOKEN_SHIFT_FINE + (int)ticks - 1;
}

/* What is written of a given note before it: its slot, its velocity, or the note itself. */
static int first_of(const tracker *self, const given_note *note) {
    const int kit = note->slot == DRUM_SLOT;
    if (!kit && note->slot != self->slot && !self->after_slot)
        return TOKEN_SLOT + note->slot;
    if (self->pending_velocity < 0 && note->velocity >= 0 && note->velocity != self->velocity[note->slot])
        return TOKEN_VELOCITY + note->velocity;
    return kit ? TOKEN_DRUM + note->pitch - DRUM_LOWEST : TOKEN_NOTE + note->pitch;
}

/* The given note whose duration is being written; NULL where there is none. */
static const given_note *struck(const tracker *self) {
    const given_note *note = self->given_at ? &self->given->notes[self->given_at - 1] : NULL;
    const int writes = is_note(self->last) || self->last_big;
    return writes && note && note->onset == self->now && note->slot == self->slot && note->duration ? note : NULL;
}

int tracker_given_writes(const tracker *self) { return struck(self) != NULL; }

int tracker_given_next(const tracker *self) {
    if (!self->bars || self->finished || is_note(self->last) || self->after_slot || self->pending_velocity >= 0)
        return -1;
    const given_note *next = here(self);
    if (next && next->pitch < 0)
        return next->slot == DRUM_SLOT || next->slot == self->slot ? -1 : TOKEN_SLOT + next->slot;
    if (next)
        return first_of(self, next);
    const int64_t event = next_event(self);
    if (event >= self->bar_start + self->bar_length || event <= self->now || is_shift_fine(self->last))
        return -1;
    return step_of(event - self->now);
}

static int only(uint8_t *mask, int token) {
    memset(mask, 0, VOCABULARY_SIZE);
    mask[token] = 1;
    return 1;
}

static int counted(const uint8_t *mask) {
    int count = 0;
    for (int token = 0; token < VOCABULARY_SIZE; token++)
        count += mask[token];
    return count;
}

/* After a slot or a velocity something is struck: what is given, if that is what they are of. */
static int shape_strike(const tracker *self, uint8_t *mask, int count) {
    const given_note *next = here(self);
    if (!next || next->pitch < 0)
        return count;
    const int own = next->slot == DRUM_SLOT ? !self->after_slot : next->slot == self->slot;
    if (!own || (self->pending_velocity >= 0 && next->velocity >= 0 && self->pending_velocity != next->velocity))
        return count;
    if (self->after_slot && given_is(self->given, self->slot, self->now))
        return only(mask, first_of(self, next));
    memset(mask + TOKEN_EOS, 0, TOKEN_SLOT - TOKEN_EOS); /* the escape of who has nothing to strike */
    mask[first_of(self, next)] = 1;
    return counted(mask);
}

/* Time goes no further than to what is given next. */
static void shape_time(const tracker *self, uint8_t *mask) {
    const int64_t event = next_event(self), line = self->bar_start + self->bar_length, left = event - self->now;
    if (event == INT64_MAX)
        return;
    mask[TOKEN_EOS] = 0;
    if (!any_leaves(self))
        memset(mask + TOKEN_SHIFT_FINE, 0, FINE_COUNT + BIG_COUNT);
    if (event >= line) {
        mask[TOKEN_BAR] |= !any_leaves(self) && !is_shift(self->last);
        return;
    }
    mask[TOKEN_BAR] = 0;
    for (int64_t ticks = left + 1; ticks <= FINE_COUNT; ticks++)
        mask[TOKEN_SHIFT_FINE + ticks - 1] = 0;
    for (int64_t big = left / BIG_STEP; big < BIG_COUNT; big++)
        mask[TOKEN_SHIFT_BIG + big] = 0;
    if (!is_shift_fine(self->last))
        mask[step_of(left)] = 1;
}

int tracker_given_shape(const tracker *self, uint8_t mask[VOCABULARY_SIZE], int count) {
    const given_music *given = self->given;
    if (!self->bars || self->finished || self->signature < 0 || self->tempo < 0)
        return count;
    const given_note *writing = struck(self), *next = here(self);
    if (writing) {
        const int64_t left = smaller(writing->duration, LONGEST_DURATION) - (is_note(self->last) ? 0 : self->last_big);
        if (is_note(self->last) && left >= BIG_STEP)
            return only(mask, TOKEN_DURATION_BIG + (int)(left / BIG_STEP) - 1);
        if (left > 0)
            return only(mask, TOKEN_DURATION_FINE + (int)left - 1);
        memset(mask + TOKEN_DURATION_FINE, 0, FINE_COUNT);
    } else if (is_note(self->last)) {
        return count;
    }
    if (self->after_slot || self->pending_velocity >= 0)
        return shape_strike(self, mask, count);
    if (self->change_at < given->change_count && given->changes[self->change_at].tick == self->now)
        return only(mask, given->changes[self->change_at].token);
    if (!next) {
        shape_time(self, mask);
        const int left = counted(mask);
        if (left)
            return left;
        const int64_t event = next_event(self), line = self->bar_start + self->bar_length;
        return only(mask, event < line ? step_of(event - self->now) : event == INT64_MAX ? TOKEN_EOS : TOKEN_BAR);
    }
    uint8_t before[VOCABULARY_SIZE];
    memcpy(before, mask, sizeof before);
    memset(mask + TOKEN_EOS, 0, TOKEN_TIME_SIGNATURE - TOKEN_EOS); /* the end, steps of time, the bar line */
    if (next->pitch >= 0)
        mask[first_of(self, next)] = 1;
    if (counted(mask))
        return counted(mask);
    memcpy(mask, before, sizeof before);
    return count;
}
