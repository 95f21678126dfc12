/* What the network sees: the features. */
#include <string.h>

#include "tracker_parts.h"

/* The column of a source bar: that of its distance, or that of 8 bars ago for a distance without one. */
static int column_of(int source) {
    for (int i = 0; i < EARLIER_COUNT; i++)
        if (BARS_EARLIER[i] == source)
            return i;
    return source > 0 ? EARLIER_COUNT - 1 : -1;
}

static void features_of_place(const tracker *self, int32_t *row) {
    const int source = tracker_recovers(self) ? SOURCE_NOWHERE : self->source;
    int64_t position = self->now - self->bar_start;
    if (position >= LONGEST_BAR)
        position = LONGEST_BAR - 1;
    int beat = self->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[self->signature].beat_ticks;
    row[COLUMN_BAR_POSITION] = ID_BAR_POSITION + (int32_t)position;
    row[COLUMN_BEAT_POSITION] =
        ID_BEAT_POSITION + (beat == DOTTED_BEAT ? TICKS_PER_BEAT : 0) + (int32_t)(position % beat);
    row[COLUMN_BAR_MODULO] = ID_BAR_MODULO + (int32_t)((self->bars - 1) % BAR_NUMBERS);
    if (self->signature >= 0)
        row[COLUMN_SIGNATURE] = ID_SIGNATURE + self->signature;
    for (int i = 0; i < EARLIER_COUNT; i++) {
        int bars = BARS_EARLIER[i];
        if (source != SOURCE_ANYWHERE) {
            if (i != column_of(source))
                continue;
            bars = source;
        }
        if (bars >= self->bars)
            break;
        const bar_history *bar = &self->history[bar_ago(self, bars)];
        int onset = bar->from[position];
        for (int column = 0; column < EARLIER_WIDTH && onset < bar->count && bar->position[onset] == position; column++)
            row[COLUMN_EARLIER_BARS + i * EARLIER_WIDTH + column] =
                ID_EARLIER_BARS + i * ONSET_COUNT + bar->onset[onset++];
        onset = bar->from[position + 1];
        int64_t next = onset < bar->count ? smaller(bar->position[onset] - position, BIG_STEP) : 0;
        row[COLUMN_NEXT_ONSET + i] = ID_NEXT_ONSET + i * NEXT_ONSET_COUNT + (int32_t)next;
    }
}

static void features_of_voice(const tracker *self, int32_t *row) {
    int slot = self->slot;
    if (slot < 0)
        return;
    row[COLUMN_SLOT] = ID_SLOT + slot;
    if (self->program[slot] >= 0)
        row[COLUMN_PROGRAM] = ID_PROGRAM + self->program[slot];
    if (self->pitch[slot] >= 0)
        row[COLUMN_PITCH] = ID_PITCH + self->pitch[slot];
    if (self->velocity[slot] >= 0)
        row[COLUMN_VELOCITY] = ID_VELOCITY + self->velocity[slot];
}

static void features_of_grammar(const tracker *self, int32_t *row) {
    const int64_t line = self->bar_start + self->bar_length;
    const int bars = self->bars && self->time_base == TIME_BASE_GRID;
    int column = 0;
    if (bars && self->now < line)
        row[COLUMN_TO_BAR_LINE] = ID_TO_BAR_LINE + (int32_t)smaller(line - self->now, LONGEST_BAR) - 1;
    for (int i = self->sounding_count - 1; i >= 0; i--) {
        const sounding_note *note = &self->sounding[i];
        if (note->slot == self->slot && column < VOICE_WIDTH)
            row[COLUMN_VOICE_SOUNDING + column++] = ID_VOICE_SOUNDING + note->pitch;
        if (bars && note->end > line)
            row[COLUMN_TIES] = ID_TIES;
    }
    if (self->velocity[DRUM_SLOT] >= 0)
        row[COLUMN_KIT_VELOCITY] = ID_KIT_VELOCITY + self->velocity[DRUM_SLOT];
    if (self->declared)
        row[COLUMN_SLOTS] = ID_SLOTS + self->declared - 1;
}

static int32_t suffix_match(const tracker *self, int i) {
    if (tracker_recovers(self))
        return -1;
    if (self->source == SOURCE_ANYWHERE)
        return self->suffix_match[i];
    uint32_t source = next_on_source(self);
    return self->on_source && source != self->written ? self->window[source % WINDOW] : -1;
}

static int32_t wished(const tracker *self, int i) {
    if (i == WISH_BARS_LEFT && self->rules.bars && self->time_base == TIME_BASE_GRID) { /* the rule knows better */
        int64_t left = bars_of(self) - self->bars;
        return (int32_t)(left < 0 ? 0 : smaller(left, BARS_LEFT_MOST)) + 1;
    }
    return self->wishes[i];
}

void tracker_features(const tracker *self, int32_t row[FEATURE_WIDTH]) {
    memset(row, 0, FEATURE_WIDTH * sizeof *row);
    if (self->last >= 0)
        row[COLUMN_LAST_TOKEN] = ID_LAST_TOKEN + self->last;
    if (self->bars)
        features_of_place(self, row);
    features_of_voice(self, row);

    int64_t release = 0;
    for (int i = 0; i < self->sounding_count; i++) {
        int64_t left = self->sounding[i].end - self->now;
        if (!release || left < release)
            release = left;
    }
    if (release > 0)
        row[COLUMN_RELEASE] = ID_RELEASE + (int32_t)smaller(release, BIG_STEP) - 1;
    for (int i = 0; i < SUFFIX_COUNT; i++)
        if (suffix_match(self, i) >= 0)
            row[COLUMN_SUFFIX_MATCH + i] = ID_SUFFIX_MATCH + i * VOCABULARY_SIZE + suffix_match(self, i);
    for (int i = 0; i < SOUNDING_WIDTH && i < self->sounding_count; i++) /* the latest first */
        row[COLUMN_SOUNDING + i] = ID_SOUNDING + self->sounding[self->sounding_count - 1 - i].pitch;
    for (int i = 0; i < SIMULTANEOUS_WIDTH && i < self->struck_count; i++)
        row[COLUMN_SIMULTANEOUS + i] = ID_SIMULTANEOUS + self->struck[i];

    for (int i = 0, id = ID_WISH_KEY; i < WISH_COUNT; id += wish_family(i++)->count) {
        const int32_t value = wished(self, i);
        row[COLUMN_WISH_KEY + i] = id + (value < wish_family(i)->count ? value : 0);
    }
    features_of_grammar(self, row);
}

void tracker_drop_controls(int32_t row[FEATURE_WIDTH]) {
    for (int i = 0, id = ID_WISH_KEY; i < WISH_COUNT; id += wish_family(i++)->count)
        if (i != WISH_BARS_LEFT && i != WISH_LIKENESS)
            row[COLUMN_WISH_KEY + i] = id;
}

static size_t row_of(const tracker *self, size_t rows) {
    return self->bars < (int64_t)rows ? (size_t)self->bars : rows - 1;
}

ptrdiff_t tracker_features_of(tracker *self, const uint16_t *tokens, size_t count, const uint8_t *wishes, size_t rows,
                              const uint8_t *sources, size_t source_rows, int32_t *out) {
    int64_t spoken = -1;
    for (size_t i = 0; i < count; i++) {
        if (tokens[i] >= VOCABULARY_SIZE)
            return -1 - (ptrdiff_t)i;
        tracker_advance(self, tokens[i]);
        if (wishes && rows)
            memcpy(self->wishes, wishes + row_of(self, rows) * WISH_COUNT, WISH_COUNT);
        if (sources && source_rows && self->bars) {
            const uint8_t *source = sources + 2 * row_of(self, source_rows);
            spoken = tracker_follow_plan(self, source[0] ? source[0] : SOURCE_NOWHERE, source[1], spoken);
        }
        tracker_features(self, out + i * FEATURE_WIDTH);
    }
    return 0;
}

ptrdiff_t tracker_masks_of(tracker *self, const uint16_t *tokens, size_t count, uint8_t *bits) {
    uint8_t mask[VOCABULARY_SIZE];
    memset(bits, 0, count * (VOCABULARY_SIZE / 8));
    for (size_t i = 0; i < count; i++, bits += VOCABULARY_SIZE / 8) {
        if (tokens[i] >= VOCABULARY_SIZE)
            return -1 - (ptrdiff_t)i;
        tracker_advance(self, tokens[i]);
        tracker_mask(self, mask);
        for (int token = 0; token < VOCABULARY_SIZE; token++)
            bits[token / 8] |= (uint8_t)(mask[token] << (7 - token % 8));
    }
    return 0;
}
