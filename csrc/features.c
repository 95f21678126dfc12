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
    const int is_long = self->bar_length > LONGEST_COUNTED;
    row[COLUMN_BAR_POSITION] = ID_BAR_POSITION + (int32_t)(is_long ? position % WHOLE_NOTE : smaller(position, LONGEST_COUNTED - 1));
    if (is_long)
        row[COLUMN_WHOLE_NOTE] = ID_WHOLE_NOTE + (int32_t)(position / WHOLE_NOTE);
    row[COLUMN_BEAT_POSITION] = ID_BEAT_POSITION + (tracker_is_dotted(self) ? TICKS_PER_BEAT + (int32_t)(position % DOTTED_BEAT)
                                                                            : (int32_t)(position % TICKS_PER_BEAT));
    row[COLUMN_BAR_MODULO] = ID_BAR_MODULO + (int32_t)((self->bars - 1) % BAR_NUMBERS);
    if (self->signature >= COMMON_SIGNATURES)
        row[COLUMN_RARE_SIGNATURE] = ID_RARE_SIGNATURE + self->signature - COMMON_SIGNATURES;
    else if (self->signature >= 0)
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
                ID_EARLIER_BARS + i * ONSET_COUNT + tracker_home_onset(bar, onset++);
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
        row[COLUMN_PITCH] = ID_PITCH + tracker_home_pitch(self, self->pitch[slot]);
    if (self->velocity[slot] >= 0)
        row[COLUMN_VELOCITY] = ID_VELOCITY + self->velocity[slot];
    if (self->role[slot])
        row[COLUMN_ROLE] = ID_ROLE + self->role[slot];
}

static void features_of_grammar(const tracker *self, int32_t *row) {
    const int64_t line = self->bar_start + self->bar_length;
    const int bars = self->bars && self->time_base == TIME_BASE_GRID;
    int column = 0;
    if (bars && self->now < line)
        row[COLUMN_TO_BAR_LINE] =
            ID_TO_BAR_LINE + (int32_t)(self->bar_length > LONGEST_COUNTED ? (line - self->now - 1) % WHOLE_NOTE
                                                                          : smaller(line - self->now, LONGEST_COUNTED) - 1);
    for (int i = self->sounding_count - 1; i >= 0; i--) {
        const sounding_note *note = &self->sounding[i];
        if (note->slot == self->slot && column < VOICE_WIDTH)
            row[COLUMN_VOICE_SOUNDING + column++] = ID_VOICE_SOUNDING + tracker_home_pitch(self, note->pitch);
        if (bars && note->end > line)
            row[COLUMN_TIES] = ID_TIES;
    }
    if (self->velocity[DRUM_SLOT] >= 0)
        row[COLUMN_KIT_VELOCITY] = ID_KIT_VELOCITY + self->velocity[DRUM_SLOT];
    if (self->declared)
        row[COLUMN_SLOTS] = ID_SLOTS + self->declared - 1;
}

int tracker_chord_cell(const tracker *self, int64_t ahead) {
    const int64_t ticks = self->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[self->signature].beat_ticks;
    const int64_t beats = (self->bar_length + ticks - 1) / ticks, beat = (self->now - self->bar_start) / ticks + ahead;
    const int64_t bar = beat / beats, cell = beat % beats;
    const int found = bar < CHORD_BARS && cell < CHORD_CELLS ? self->chords[bar][cell] : 0;
    return found <= CHORD_NONE ? found : 0;
}

static void over_root(const tracker *self, int32_t *row, int column, int pitch, int root) {
    if (pitch >= 0)
        row[COLUMN_OVER_ROOT + column] = ID_OVER_ROOT + column * CLASS_COUNT +
                                         (tracker_home_pitch(self, pitch) + CLASS_COUNT - root) % CLASS_COUNT;
}

static void features_of_harmony(const tracker *self, int32_t *row) {
    int lowest = -1, highest = -1;
    for (int i = 0; i < self->sounding_count; i++) {
        const int pitch = self->sounding[i].pitch;
        lowest = lowest < 0 || pitch < lowest ? pitch : lowest;
        highest = pitch > highest ? pitch : highest;
    }
    if (self->shift != SHIFT_UNKNOWN)
        row[COLUMN_HOME_SHIFT] = ID_HOME_SHIFT + self->shift - SHIFT_LOWEST;
    if (lowest >= 0)
        row[COLUMN_LOWEST] = ID_LOWEST + tracker_home_pitch(self, lowest);
    if (highest >= 0)
        row[COLUMN_HIGHEST] = ID_HIGHEST + tracker_home_pitch(self, highest);
    if (self->point_highest >= 0)
        row[COLUMN_TOP_STRUCK] = ID_TOP_STRUCK + tracker_home_pitch(self, self->point_highest);
    if (!self->bars)
        return;

    const int64_t ticks = self->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[self->signature].beat_ticks;
    const int64_t beats = (self->bar_length + ticks - 1) / ticks, beat = (self->now - self->bar_start) / ticks;
    const int cadence = self->wishes[WISH_CADENCE];
    if (cadence && cadence <= CADENCE_COUNT && self->wishes[WISH_PHRASE_LEFT] == 1 && beat < beats)
        row[COLUMN_CADENCE_DUE] =
            ID_CADENCE_DUE + (cadence - 1) * CHANGE_MOST + (int32_t)smaller(beats - beat, CHANGE_MOST) - 1;
    const int cell = tracker_chord_cell(self, 0);
    if (cell && cell != CHORD_NONE) {
        const int root = (cell - 1) / CHORD_QUALITIES;
        over_root(self, row, 0, self->slot < 0 ? -1 : self->pitch[self->slot], root);
        over_root(self, row, 1, lowest, root);
        over_root(self, row, 2, highest, root);
    }
    if (cell)
        row[COLUMN_CHORD] = ID_CHORD + cell - 1;
    for (int64_t ahead = 1; (beat + ahead) / beats < CHORD_BARS; ahead++) {
        const int next = tracker_chord_cell(self, ahead);
        if (!next || next == cell)
            continue;
        row[COLUMN_NEXT_CHORD] = ID_NEXT_CHORD + next - 1;
        row[COLUMN_CHORD_CHANGE] = ID_CHORD_CHANGE + (int32_t)smaller(ahead, CHANGE_MOST) - 1;
        return;
    }
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
    if (i == WISH_KEY && self->wishes[i] && self->wishes[i] <= 2 * CLASS_COUNT && self->shift != SHIFT_UNKNOWN) {
        const int key = self->wishes[i] - 1, mode = key / CLASS_COUNT;
        return 1 + mode * CLASS_COUNT + (key % CLASS_COUNT + CLASS_COUNT - self->shift) % CLASS_COUNT;
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
        row[COLUMN_SOUNDING + i] = ID_SOUNDING + tracker_home_pitch(self, self->sounding[self->sounding_count - 1 - i].pitch);
    for (int i = 0; i < SIMULTANEOUS_WIDTH && i < self->struck_count; i++)
        row[COLUMN_SIMULTANEOUS + i] =
            ID_SIMULTANEOUS +
            (self->struck[i] < PITCH_COUNT ? tracker_home_pitch(self, self->struck[i]) : self->struck[i]);

    for (int i = 0; i < WISH_COUNT; i++) {
        const int32_t value = wished(self, i);
        row[WISH_PLACE[i].column] = WISH_PLACE[i].id + (value < wish_family(i)->count ? value : 0);
    }
    features_of_grammar(self, row);
    features_of_harmony(self, row);
    if (self->given && self->bars)
        tracker_features_of_given(self, row);
}

void tracker_drop_controls(int32_t row[FEATURE_WIDTH]) {
    for (int i = 0; i < WISH_COUNT; i++)
        if (i != WISH_BARS_LEFT && i != WISH_LIKENESS && i != WISH_PHRASE_LEFT)
            row[WISH_PLACE[i].column] = WISH_PLACE[i].id;
    row[COLUMN_CADENCE_DUE] = ID_PAD;
    for (int column = COLUMN_CHORD; column <= COLUMN_OVER_ROOT_LAST; column++)
        row[column] = ID_PAD;
}

static size_t row_of(const tracker *self, size_t rows) {
    return self->bars < (int64_t)rows ? (size_t)self->bars : rows - 1;
}

void tracker_set_row(tracker *self, const uint8_t *plan, size_t rows, size_t at) {
    const size_t own = at < rows ? at : rows - 1;
    memcpy(self->wishes, plan + own * ROW_WIDTH, WISH_COUNT);
    memset(self->chords, 0, sizeof self->chords);
    for (size_t ahead = 0; ahead < CHORD_BARS && at + ahead < rows; ahead++)
        memcpy(self->chords[ahead], plan + (at + ahead) * ROW_WIDTH + ROW_CHORDS, CHORD_CELLS);
}

ptrdiff_t tracker_features_of(tracker *self, const uint16_t *tokens, size_t count, const uint8_t *plan, size_t rows,
                              const uint8_t *sources, size_t source_rows, int32_t *out) {
    int64_t spoken = -1, bar = -1;
    for (size_t i = 0; i < count; i++) {
        if (tokens[i] >= VOCABULARY_SIZE)
            return -1 - (ptrdiff_t)i;
        tracker_advance(self, tokens[i]);
        if (plan && rows && self->bars != bar) {
            bar = self->bars;
            tracker_set_row(self, plan, rows, (size_t)bar);
        }
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
        for (int token = 0; token < VOCABULARY_SIZE; token++) {
            const int home = tracker_home_token(self, token);
            bits[home / 8] |= (uint8_t)(mask[token] << (7 - home % 8));
        }
    }
    return 0;
}
