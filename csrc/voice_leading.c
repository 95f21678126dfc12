/* Parallels and crossings: which notes make them. */
#include "voice_leading.h"

#include <stdlib.h>
#include <string.h>

#include "tracker_parts.h"

enum { FIFTH = 7, OCTAVE = 12 };

void voice_leading_reset(voice_leading *self) {
    memset(self, 0, sizeof *self);
    memset(self->lowest, -1, sizeof self->lowest);
    memset(self->highest, -1, sizeof self->highest);
}

void voice_leading_leave(tracker *self) {
    voice_leading *before = &self->leading;
    if (self->point_slot < 0)
        return;
    uint32_t heard = 0;
    before->voices = 0;
    for (int i = 0; i < self->sounding_count; i++) {
        const int slot = self->sounding[i].slot, pitch = self->sounding[i].pitch, first = !(heard >> slot & 1);
        if (first || pitch < before->lowest[slot])
            before->lowest[slot] = (int8_t)pitch;
        if (first || pitch > before->highest[slot])
            before->highest[slot] = (int8_t)pitch;
        heard |= 1u << slot;
        if (self->sounding_in_slot[slot] == 1)
            before->voices |= (uint16_t)(1u << slot);
    }
}

static int was_voice(const tracker *self, int slot) { return self->leading.voices >> slot & 1; }

/* Whether a sounding note belongs to a voice that moved at this point. */
static int has_moved(const tracker *self, const sounding_note *note) {
    return self->sounding_in_slot[note->slot] == 1 && was_voice(self, note->slot) &&
           self->leading.lowest[note->slot] != note->pitch;
}

/* Whether slots that are so far apart are a fifth, an octave or a unison apart. */
static int is_perfect(int apart) { return apart % OCTAVE == 0 || apart % OCTAVE == FIFTH; }

/* Whether a voice that goes from one pitch to another goes in parallel with one that has gone from `other_from` to `other`. */
static int is_parallel(int from, int pitch, int other_from, int other) {
    const int apart = abs(from - other_from) % OCTAVE;
    return is_perfect(apart) && abs(pitch - other) % OCTAVE == apart && pitch != from && (pitch > from) == (other > other_from);
}

/* Whether a note in this slot could make parallels at all. */
static int can_be_parallel(const tracker *self, int slot) {
    return self->point_slot >= 0 && !self->sounding_in_slot[slot] && was_voice(self, slot);
}

static void forbid_parallels(const tracker *self, int slot, uint64_t pitches[2]) {
    const int8_t *from = self->leading.lowest; /* and highest: of voices */
    if (!can_be_parallel(self, slot))
        return;
    for (int i = 0; i < self->sounding_count; i++) {
        const sounding_note *note = &self->sounding[i];
        if (!has_moved(self, note) || !is_perfect(abs(from[slot] - from[note->slot])))
            continue;
        for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
            if (is_parallel(from[slot], pitch, from[note->slot], note->pitch))
                pitches[pitch >> 6] &= ~((uint64_t)1 << (pitch & 63));
    }
}

int voice_leading_is_parallel(const tracker *self, int slot, int pitch, int other, int other_pitch) {
    const int8_t *from = self->leading.lowest; /* and highest: of voices */
    const int are_voices = was_voice(self, slot) && was_voice(self, other);
    return are_voices && !self->sounding_in_slot[slot] && !self->sounding_in_slot[other] && other_pitch != from[other] &&
           is_parallel(from[slot], pitch, from[other], other_pitch);
}

/* Whether all of the upper slot lay below all of the lower one when they sounded last. */
static int lay_crossed(const tracker *self, int upper, int lower) {
    return self->leading.highest[upper] >= 0 && self->leading.highest[upper] < self->leading.lowest[lower];
}

/* The lowest and the highest pitch that do not cross. */
static void space(const tracker *self, int slot, int *lowest, int *highest) {
    *lowest = 0;
    *highest = PITCH_COUNT - 1;
    for (int i = 0; i < self->sounding_count; i++) {
        const sounding_note *note = &self->sounding[i];
        if (note->slot < slot && note->pitch < *highest && !lay_crossed(self, note->slot, slot))
            *highest = note->pitch;
        if (note->slot > slot && note->pitch > *lowest && !lay_crossed(self, slot, note->slot))
            *lowest = note->pitch;
    }
}

int voice_leading_room(const tracker *self, int slot, uint64_t pitches[2]) {
    uint64_t left[2] = {pitches[0], pitches[1]};
    int kept = 1;
    if (self->rules.parallels == LEADING_FORBIDDEN) {
        forbid_parallels(self, slot, left);
        if (left[0] | left[1])
            memcpy(pitches, left, sizeof left);
        else
            kept = 0;
    }
    if (self->rules.crossing == LEADING_FORBIDDEN) {
        int lowest, highest;
        space(self, slot, &lowest, &highest);
        for (int word = 0; word < 2; word++)
            left[word] = pitches[word] & lowest_bits(highest + 1 - 64 * word) & ~lowest_bits(lowest - 64 * word);
        if (left[0] | left[1])
            memcpy(pitches, left, sizeof left);
        else
            kept = 0;
    }
    return kept;
}

void voice_leading_hear(tracker *self, int slot, int pitch) {
    voice_leading *heard = &self->leading;
    if (self->rules.parallels != LEADING_ALLOWED && can_be_parallel(self, slot))
        for (int i = 0; i < self->sounding_count; i++) {
            const sounding_note *note = &self->sounding[i];
            heard->parallels += has_moved(self, note) && is_parallel(heard->lowest[slot], pitch, heard->lowest[note->slot], note->pitch);
        }
    if (self->rules.crossing != LEADING_ALLOWED) {
        int lowest, highest;
        space(self, slot, &lowest, &highest);
        heard->crossings += pitch < lowest || pitch > highest;
    }
}
