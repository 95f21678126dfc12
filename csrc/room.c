/* Who may strike what: at this point, and later. */
#include <string.h>

#include "tracker_parts.h"

int tracker_is_place(const tracker *self, int64_t ticks) {
    if (self->time_base != TIME_BASE_GRID || self->signature < 0)
        return 1;
    if (has_exercise_rules(self) && !exercise_is_place(self, self->now + ticks - self->bar_start))
        return 0;
    return tracker_is_onset(self, self->now + ticks - self->bar_start);
}

/* Pitches of the scale that a slot may play up to the given one, as a set of 128 bits. */
static void pitches_of_rules(const tracker *self, int slot, int highest, uint64_t pitches[2]) {
    const tracker_rules *rules = &self->rules;
    const int program = self->program[slot];
    int lowest = rules->lowest[slot];
    if (program >= 0 && rules->program_lowest[program] <= rules->highest[slot] && rules->program_highest[program] >= lowest) {
        if (rules->program_lowest[program] > lowest)
            lowest = rules->program_lowest[program];
        if (rules->program_highest[program] < highest)
            highest = rules->program_highest[program];
    }
    const uint64_t every_octave = 0x1001001001001001u, scale = rules->scale & 0xFFF;
    pitches[0] = scale * every_octave;
    pitches[1] = (scale >> 4 | (scale & 0xF) << 8) * every_octave; /* bit 0 is pitch 64, an E */
    for (int word = 0; word < 2; word++)
        pitches[word] &= lowest_bits(highest + 1 - 64 * word) & ~lowest_bits(lowest - 64 * word);
}

void tracker_pitches(const tracker *self, int slot, uint64_t pitches[2]) {
    pitches_of_rules(self, slot, self->rules.highest[slot], pitches);
}

static int time_is_up(const tracker *self) { return self->rules.ticks && self->now >= self->rules.ticks; }

enum { RESTS = 1, TOLD = WISH_PLAYS_KIT - WISH_PLAYS_0 };

/* Whether a piece that has not begun would not, as all are told to rest. */
static int is_waiting_for_a_beginning(const tracker *self) {
    if (self->bars > 1 || self->history[bar_ago(self, 0)].count || self->declared > TOLD)
        return 0;
    for (int slot = 0; slot < self->declared; slot++)
        if (self->wishes[WISH_PLAYS_0 + slot] != RESTS)
            return 0;
    return !(self->rules.drums & lowest_bits(DRUM_COUNT)) || self->wishes[WISH_PLAYS_KIT] == RESTS;
}

int tracker_rests(const tracker *self, int slot) {
    const int wish = slot == DRUM_SLOT ? WISH_PLAYS_KIT : WISH_PLAYS_0 + slot;
    if (!self->rules.rests || self->tutti || self->time_base != TIME_BASE_GRID || (slot != DRUM_SLOT && slot >= TOLD))
        return 0;
    if (self->given && self->given->onsets >> slot & 1)
        return 0;
    return self->wishes[wish] == RESTS && !is_waiting_for_a_beginning(self);
}

/* What is left where music is given and voices are led; whether these are, as far as rules want it. */
static int led(const tracker *self, int slot, uint64_t pitches[2]) {
    if (self->given)
        tracker_given_room(self, slot, pitches);
    return voice_leading_room(self, slot, pitches);
}

int tracker_room_of(const tracker *self, int slot, uint64_t pitches[2]) {
    const tracker_rules *rules = &self->rules;
    const int exercise = has_exercise_rules(self);
    pitches[0] = pitches[1] = 0;
    if (slot < 0 || slot >= self->declared || slot < self->point_slot || self->sounding_count == SOUNDING_MOST ||
        tracker_rests(self, slot))
        return 0;
    if (self->given && !tracker_given_lets(self, slot))
        return 0;
    if (time_is_up(self) || (rules->polyphony[slot] && self->sounding_in_slot[slot] >= rules->polyphony[slot]))
        return 0;
    if (exercise && (!exercise_lets(self, slot, self->now) || exercise_is_full(self) || !tracker_is_place(self, 0)))
        return 0;
    int highest = rules->highest[slot];
    if (slot == self->point_slot && self->point_pitch - 1 < highest)
        highest = self->point_pitch - 1;
    pitches_of_rules(self, slot, highest, pitches);
    pitches[0] &= ~self->sounding_pitches[slot][0];
    pitches[1] &= ~self->sounding_pitches[slot][1];
    if (exercise)
        exercise_room(self, slot, pitches);
    original_room(self, slot, pitches);
    uint64_t roots[2] = {pitches[0], pitches[1]};
    root_position_room(self, slot, roots);
    if (led(self, slot, roots) || !led(self, slot, pitches))
        memcpy(pitches, roots, sizeof roots); /* else voices would move in parallels or cross for a root's sake */
    return (pitches[0] | pitches[1]) != 0;
}

int tracker_room(const tracker *self, int slot, uint64_t pitches[2]) {
    if (!has_exercise_rules(self) || slot <= exercise_last_slot(self))
        return tracker_room_of(self, slot, pitches);
    pitches[0] = pitches[1] = 0;
    return 0;
}

int tracker_drums_left(const tracker *self) {
    if (self->point_slot >= 0 || self->after_slot || time_is_up(self) || tracker_rests(self, DRUM_SLOT) ||
        (self->given && !tracker_given_lets(self, DRUM_SLOT)))
        return 0;
    if (has_exercise_rules(self) && (exercise_is_full(self) || !tracker_is_place(self, 0)))
        return 0;
    return (self->rules.drums & lowest_bits(DRUM_COUNT)) >> (self->point_drum + 1) != 0;
}

/* Whether a note could be struck in this slot at a later tick, were nothing struck before. */
static int room_at(const tracker *self, int slot, int64_t tick) {
    const tracker_rules *rules = &self->rules;
    uint64_t pitches[2];
    int sounding = 0, in_slot = 0;
    if ((has_exercise_rules(self) && !exercise_lets(self, slot, tick)) ||
        (self->given && !tracker_given_leaves(self, slot)) || tracker_rests(self, slot))
        return 0;
    pitches_of_rules(self, slot, rules->highest[slot], pitches);
    for (int i = 0; i < self->sounding_count; i++) {
        const sounding_note *note = &self->sounding[i];
        if (note->end <= tick)
            continue;
        sounding++;
        if (note->slot != slot)
            continue;
        in_slot++;
        pitches[note->pitch >> 6] &= ~((uint64_t)1 << (note->pitch & 63));
    }
    return sounding < SOUNDING_MOST && (!rules->polyphony[slot] || in_slot < rules->polyphony[slot]) &&
           (pitches[0] | pitches[1]);
}

int64_t tracker_next_strike(const tracker *self) {
    if (has_exercise_rules(self) && exercise_is_full(self))
        return INT64_MAX;
    if (self->rules.drums & lowest_bits(DRUM_COUNT) && !tracker_rests(self, DRUM_SLOT) && (!self->given || tracker_given_leaves(self, DRUM_SLOT)))
        return self->now + 1;
    int64_t next = INT64_MAX;
    for (int slot = 0; slot < self->declared; slot++) {
        if (room_at(self, slot, self->now + 1))
            return self->now + 1;
        for (int i = 0; i < self->sounding_count; i++) {
            const sounding_note *note = &self->sounding[i];
            if (note->end < next &&
                (note->slot == slot || self->sounding_count == SOUNDING_MOST || self->rules.exercise.hands) &&
                room_at(self, slot, note->end))
                next = note->end;
        }
    }
    return next;
}
