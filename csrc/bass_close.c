/* The bass at the close, by the chords of the plan: 9 of 10 hymns end so. */
#include <stdlib.h>
#include <string.h>

#include "cadence_parts.h"
#include "closing_bar.h"

enum { ROOT = 0, FOURTH = 5, FIFTH = 7, BEATS = 2, UNTOLD = -1 };

int cadence_largest_chord(const tracker *tracker) {
    const bar_history *bar = bar_before(tracker, 1);
    int largest = 1, together = 0;
    for (int i = 0; i < bar->count; i++) {
        const int same = i && bar->position[i] == bar->position[i - 1];
        together = (same ? together : 0) + (bar->onset[i] < PITCH_COUNT);
        largest = together > largest ? together : largest;
    }
    return largest;
}

int cadence_bass(const piece *self) {
    const tracker *tracker = self->tracker;
    uint32_t present = self->struck | self->struck_before;
    for (int i = 0; i < tracker->sounding_count; i++)
        present |= 1u << tracker->sounding[i].slot;
    int lowest = -1;
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (tracker->pitch[slot] >= 0 && (!present || present >> slot & 1) &&
            (lowest < 0 || tracker->pitch[slot] <= tracker->pitch[lowest]))
            lowest = slot;
    return lowest < 0 ? tracker->declared - 1 : lowest;
}

/* The tonic's pitch class; -1 where it may be one of several. */
static int tonic(const piece *self) {
    int found = UNTOLD;
    for (int i = 0; i < CLASS_COUNT; i++)
        if (self->cadence.line == 1u << i)
            found = i;
    return found;
}

/* Semitones from the tonic up to the root of the chord that is planned so many beats ahead; -1 where none is. */
static int degree(const piece *self, int64_t ahead) {
    const int cell = tracker_chord_cell(self->tracker, ahead), shift = self->tracker->shift;
    if (!cell || cell == CHORD_NONE || tonic(self) == UNTOLD)
        return UNTOLD;
    const int root = (cell - 1) / CHORD_QUALITIES + (shift == SHIFT_UNKNOWN ? 0 : shift);
    return (root - tonic(self) + 2 * CLASS_COUNT) % CLASS_COUNT;
}

/* The pitch class of the dominant or subdominant, if its chord is planned now and the tonic's within BEATS; else -1. */
static int leading_root(const piece *self) {
    const int here = degree(self, 0);
    if (here != FOURTH && here != FIFTH)
        return UNTOLD;
    int64_t ahead = 1;
    while (ahead < BEATS && degree(self, ahead) == here)
        ahead++;
    return degree(self, ahead) == ROOT ? (tonic(self) + here) % CLASS_COUNT : UNTOLD;
}

/* Whether others play: a tune alone has no bass. */
static int is_under_others(const piece *self, int bass) {
    return ((self->struck | self->struck_before) & ~(1u << bass)) != 0;
}

int bass_close_may_rest(const piece *self, int bass) {
    const tracker *tracker = self->tracker;
    const int64_t ticks = TIME_SIGNATURES[tracker->signature].beat_ticks;
    const int64_t beats = (tracker->bar_length + ticks - 1) / ticks, beat = (tracker->now - tracker->bar_start) / ticks;
    if (bass < 0 || !is_under_others(self, bass))
        return 0;
    for (int64_t ahead = 0; beat + ahead < beats; ahead++)
        if (degree(self, ahead) != ROOT)
            return 0;
    return 1;
}

/* Whether slots played lines in the bar before, none of them chords. */
static int were_lines(const piece *self) {
    int slots = 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        slots += self->struck_before >> slot & 1;
    return cadence_largest_chord(self->tracker) <= slots;
}

/* Leaves a mask the notes of these classes, if it has some. */
static void keep_classes(uint8_t *mask, unsigned classes) {
    uint8_t left[PITCH_COUNT];
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        left[pitch] = mask[TOKEN_NOTE + pitch] && classes >> pitch % CLASS_COUNT & 1;
    if (memchr(left, 1, PITCH_COUNT))
        memcpy(mask + TOKEN_NOTE, left, PITCH_COUNT);
}

/* Semitones from a pitch to the nearest tonic of these. */
static int away(const piece *self, const uint64_t pitches[2], int pitch) {
    int nearest = PITCH_COUNT;
    for (int tonic = 0; tonic < PITCH_COUNT; tonic++)
        if (is_of_classes(self->cadence.line, tonic) && pitches[tonic >> 6] >> (tonic & 63) & 1 && abs(tonic - pitch) < nearest)
            nearest = abs(tonic - pitch);
    return nearest;
}

void bass_close_approach(const piece *self, uint8_t *mask) {
    const tracker *tracker = self->tracker;
    const exercise_rules *rules = &tracker->rules.exercise;
    const int slot = tracker->slot, most = rules->step_share ? STEP : rules->leap;
    if (!most || slot < 0 || slot != cadence_bass(self) || !memchr(mask + TOKEN_NOTE, 1, PITCH_COUNT))
        return;
    uint8_t left[PITCH_COUNT] = {0};
    uint64_t pitches[2];
    tracker_pitches(tracker, slot, pitches);
    const int before = away(self, pitches, tracker->pitch[slot]);
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        left[pitch] = mask[TOKEN_NOTE + pitch] && (away(self, pitches, pitch) <= most || away(self, pitches, pitch) < before);
    if (memchr(left, 1, PITCH_COUNT))
        memcpy(mask + TOKEN_NOTE, left, PITCH_COUNT);
}

void bass_close_shape(const piece *self, uint8_t *mask) {
    const tracker *tracker = self->tracker;
    const int slot = cadence_bass(self), own = slot >= 0 && tracker->slot == slot, root = leading_root(self);
    if (own && root != UNTOLD && is_under_others(self, slot))
        keep_classes(mask, 1u << root);
    if (!cadence_is_closing(self) || !bass_close_may_rest(self, slot))
        return;
    if (!cadence_is_in_time(tracker, self->tonic_at)) {
        if (own && cadence_is_in_time(tracker, tracker->now) && were_lines(self))
            keep_classes(mask, self->cadence.line);
    } else if (self->tonic_at == tracker->now) {
        if (own)
            cadence_hold(tracker, mask);
    } else {
        mask[TOKEN_SLOT + slot] = 0;
        if (own)
            memset(mask + TOKEN_NOTE, 0, PITCH_COUNT);
        if (own && !closing_bar_drums(self))
            memset(mask + TOKEN_VELOCITY, 0, VELOCITY_COUNT);
    }
}
