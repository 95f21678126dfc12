/* The bass at a bar line: it stands on the root of the chord that is planned, if that chord is the whole bar's, or a phrase ends
 * in this bar or the next, and voices need not move in parallels or cross for it. Elsewhere it moves as it likes. Chords of cadences are in root position (Aldwell, Schachter and
 * Cadwallader, Harmony and Voice Leading), and of people's bars the root begins six to eight in ten. */
#include "tracker_parts.h"

enum { RIGHT_HAND = 10, LEFT_HAND = 11, LAST_BARS = 2, OCTAVE = 12 };

/* Whether a slot is the lowest of those that play, by what they struck last. Hands have chords, and their bass is not known
 * before it is struck. */
static int is_bass(const tracker *self, int slot) {
    if (self->pitch[slot] < 0 || self->role[slot] == RIGHT_HAND || self->role[slot] == LEFT_HAND)
        return 0;
    int others = 0;
    for (int other = 0; other < self->declared; other++) {
        if (other == slot || self->pitch[other] < 0 || tracker_rests(self, other))
            continue;
        if (self->pitch[other] < self->pitch[slot] || (self->pitch[other] == self->pitch[slot] && other > slot))
            return 0;
        others++;
    }
    return others > 0;
}

/* Whether one chord is planned for the whole bar. */
static int is_one_chord(const tracker *self) {
    for (int cell = 1; cell < CHORD_CELLS; cell++)
        if (self->chords[0][cell] && self->chords[0][cell] != self->chords[0][0])
            return 0;
    return 1;
}

void root_position_room(const tracker *self, int slot, uint64_t pitches[2]) {
    const int left = self->wishes[WISH_PHRASE_LEFT], cell = tracker_chord_cell(self, 0);
    if (!self->rules.cadences || self->time_base != TIME_BASE_GRID || self->now != self->bar_start || !left || (left > LAST_BARS && !is_one_chord(self)) ||
        !cell || cell == CHORD_NONE || !is_bass(self, slot))
        return;
    const int root = (cell - 1) / CHORD_QUALITIES + (self->shift == SHIFT_UNKNOWN ? 0 : self->shift) + OCTAVE;
    uint64_t roots[2] = {0, 0};
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        if ((pitch - root) % OCTAVE == 0)
            roots[pitch >> 6] |= (uint64_t)1 << (pitch & 63);
    if (!((pitches[0] & roots[0]) | (pitches[1] & roots[1])))
        return;
    pitches[0] &= roots[0];
    pitches[1] &= roots[1];
}
