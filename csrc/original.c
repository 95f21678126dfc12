/* Whether a run stands in the music that was learnt from. */
#include "original.h"

#include <string.h>

#include "tracker_parts.h"

enum { INTERVAL_ZERO = 128, TICKS_MOST = (1 << 24) - 1 };

#define STEP_OF_HASH ((uint64_t)0x9E3779B97F4A7C15u)

static uint64_t mixed(uint64_t word) {
    word = (word ^ word >> 30) * (uint64_t)0xBF58476D1CE4E5B9u;
    word = (word ^ word >> 27) * (uint64_t)0x94D049BB133111EBu;
    return word ^ word >> 31;
}

static uint32_t pair_of(const original_line *line, int64_t tick, int pitch) {
    const int64_t ticks = tick - line->onset;
    return (uint32_t)(ticks < TICKS_MOST ? ticks : TICKS_MOST) << 8 | (uint32_t)(pitch - line->pitch + INTERVAL_ZERO);
}

/* The i-th last pair, from 1 on. */
static uint32_t earlier(const original_line *line, int i) {
    return line->pairs[(unsigned)(line->at - i) & (ORIGINAL_MOST - 1)];
}

static uint64_t with(uint64_t hash, uint32_t pair) { return mixed(hash + STEP_OF_HASH + pair); }

/* Pitches of so many pairs, counted from the last note backwards, and of one that comes. */
static int pitches_of(const original_line *line, int pairs, int next) {
    uint8_t heard[512] = {0};
    int at = 256, count = 1;
    heard[at] = 1;
    at -= next;
    for (int i = 0; i <= pairs; i++) {
        if (at >= 0 && at < 512 && !heard[at]) {
            heard[at] = 1;
            count++;
        }
        if (i < pairs)
            at -= (int)(earlier(line, i + 1) & 255) - INTERVAL_ZERO;
    }
    return count;
}

uint64_t original_hash(const original_line *line, int pairs) {
    if (line->count < pairs || pitches_of(line, pairs, 0) < ORIGINAL_PITCHES)
        return 0;
    uint64_t hash = 0;
    for (int i = pairs; i > 0; i--)
        hash = with(hash, earlier(line, i));
    return hash ? hash : 1;
}

static uint64_t place_of(uint64_t hash, int i, int log2) {
    return (hash + (uint64_t)i * (mixed(hash) | 1)) >> (64 - log2);
}

int original_is_known(const known_runs *runs, uint64_t hash) {
    for (int i = 0; i < runs->hashes; i++) {
        const uint64_t place = place_of(hash, i, runs->log2);
        if (!(runs->bits[place >> 3] >> (place & 7) & 1))
            return 0;
    }
    return 1;
}

void original_add(uint8_t *bits, int log2, int hashes, uint64_t hash) {
    for (int i = 0; i < hashes; i++) {
        const uint64_t place = place_of(hash, i, log2);
        bits[place >> 3] |= (uint8_t)(1u << (place & 7));
    }
}

/* ---- in a piece -------------------------------------------------------------------------------------------- */

void original_hear(tracker *self, int slot, int pitch) {
    original_line *line = &self->lines[slot];
    if (self->point_slot == slot)
        return;
    if (line->pitch >= 0) {
        line->pairs[line->at] = pair_of(line, self->now, pitch);
        line->at = (uint8_t)((line->at + 1) & (ORIGINAL_MOST - 1));
        line->count = (uint8_t)(line->count < ORIGINAL_MOST ? line->count + 1 : ORIGINAL_MOST);
    }
    line->pitch = (int16_t)pitch;
    line->onset = self->now;
}

/* Whether a pitch was struck at this place of the bar that comes back: it is the piece's own. */
static int comes_back(const tracker *self, int pitch) {
    if (self->source < 1 || self->time_base != TIME_BASE_GRID)
        return 0;
    const bar_history *bar = &self->history[bar_ago(self, self->source)];
    for (int i = 0; i < bar->count; i++)
        if (bar->position[i] == self->now - self->bar_start && bar->onset[i] == pitch)
            return 1;
    return 0;
}

void original_room(const tracker *self, int slot, uint64_t pitches[2]) {
    const known_runs *runs = self->known;
    const original_line *line = &self->lines[slot];
    if (!runs || self->tutti == CLOSES || self->point_slot == slot || line->pitch < 0 || line->count < runs->pairs - 1)
        return;
    uint64_t before = 0;
    for (int i = runs->pairs - 1; i > 0; i--)
        before = with(before, earlier(line, i));
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++) {
        if (!(pitches[pitch >> 6] >> (pitch & 63) & 1))
            continue;
        const uint64_t hash = with(before, pair_of(line, self->now, pitch));
        if (original_is_known(runs, hash ? hash : 1) &&
            pitches_of(line, runs->pairs - 1, pitch - line->pitch) >= ORIGINAL_PITCHES && !comes_back(self, pitch))
            pitches[pitch >> 6] &= ~((uint64_t)1 << (pitch & 63));
    }
}

void tracker_know(tracker *self, const known_runs *runs) { self->known = runs; }

ptrdiff_t tracker_runs_of(tracker *self, const uint16_t *tokens, size_t count, int pairs, uint64_t *hashes, uint8_t *slots) {
    ptrdiff_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (tokens[i] >= VOCABULARY_SIZE)
            return -1 - (ptrdiff_t)i;
        const int begins = is_note(tokens[i]) && self->point_slot != (self->slot < 0 ? 0 : self->slot);
        tracker_advance(self, tokens[i]);
        if (begins && self->lines[self->slot].count >= pairs) {
            hashes[found] = original_hash(&self->lines[self->slot], pairs);
            slots[found++] = (uint8_t)self->slot;
        }
    }
    return found;
}
