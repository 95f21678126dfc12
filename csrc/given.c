/* Music that is given: reading it, and what lies ahead. */
#include "given.h"

#include "tracker_parts.h"

/* ---- reading -------------------------------------------------------------------------------------------------- */

ptrdiff_t given_read(tracker *scratch, const uint16_t *tokens, size_t count, given_note *notes, given_place *places,
                     int32_t *ticks) {
    ptrdiff_t found = 0;
    int32_t begun = -1; /* the slot or velocity of the note that comes */
    for (size_t i = 0; i < count; i++) {
        const int token = tokens[i];
        if (token >= VOCABULARY_SIZE)
            return -1 - (ptrdiff_t)i;
        tracker_advance(scratch, token);
        ticks[i] = (int32_t)scratch->now;
        const int drum = in_family(token, TOKEN_DRUM, DRUM_COUNT), fine = in_family(token, TOKEN_DURATION_FINE, FINE_COUNT);
        if ((is_slot(token) && !scratch->header) || is_velocity(token)) {
            begun = begun < 0 ? (int32_t)i : begun;
            continue;
        }
        if (is_note(token) || drum) {
            const int slot = drum ? DRUM_SLOT : scratch->slot;
            notes[found] = (given_note){(int32_t)scratch->now, !drum, slot,
                                        drum ? token - TOKEN_DRUM + DRUM_LOWEST : token - TOKEN_NOTE,
                                        scratch->velocity[slot]};
            places[found].begin = begun < 0 ? (int32_t)i : begun;
            places[found++].end = (int32_t)i + 1;
        } else if ((is_duration_big(token) || fine) && found) {
            given_note *note = &notes[found - 1];
            note->duration = (int32_t)(scratch->sounding[scratch->sounding_count - 1].end - note->onset);
            places[found - 1].end = (int32_t)i + 1;
        }
        begun = -1;
    }
    return found;
}

/* ---- what is given -------------------------------------------------------------------------------------------- */

const given_span *given_span_at(const given_music *self, int64_t tick) {
    for (int32_t i = 0; i < self->span_count; i++)
        if (tick < self->spans[i].to)
            return tick >= self->spans[i].from ? &self->spans[i] : NULL;
    return NULL;
}

int given_is(const given_music *self, int slot, int64_t tick) {
    return (self->slots >> slot & 1) || (self->span_count && !given_span_at(self, tick));
}

/* ---- what lies ahead ------------------------------------------------------------------------------------------ */

/* Where a note stands among those of its tick. */
static int order_of(const given_note *note) {
    const int any = note->pitch < 0;
    if (note->slot == DRUM_SLOT)
        return any ? 0 : note->pitch - DRUM_LOWEST;
    return DRUM_COUNT + note->slot * PITCH_COUNT + (any ? 0 : PITCH_COUNT - 1 - note->pitch);
}

/* Where the note stands that was written last at this point in time; -1 before the first. */
static int place_of(const tracker *self) {
    return self->point_slot >= 0 ? DRUM_COUNT + self->point_slot * PITCH_COUNT + PITCH_COUNT - 1 - self->point_pitch
                                 : self->point_drum;
}

void tracker_follow_given(tracker *self) {
    if (!self->given)
        return;
    const given_change *changes = self->given->changes;
    while (self->change_at < self->given->change_count &&
           (changes[self->change_at].tick < self->now ||
            (changes[self->change_at].tick == self->now && changes[self->change_at].token == self->last)))
        self->change_at++;
    const given_note *notes = self->given->notes;
    const int place = place_of(self);
    while (self->given_at < self->given->count) {
        const given_note *next = &notes[self->given_at];
        if (next->onset > self->now || (next->onset == self->now && order_of(next) > place))
            break;
        self->given_at++;
    }
}

/* ---- what the network sees of it ------------------------------------------------------------------------------ */

typedef struct {
    int lowest, highest;
} outline;

static void add(outline *self, int pitch) {
    if (self->lowest < 0 || pitch < self->lowest)
        self->lowest = pitch;
    if (pitch > self->highest)
        self->highest = pitch;
}

static void tell(const tracker *self, int32_t *row, int column, int id, outline found) {
    if (found.lowest < 0)
        return;
    row[column] = id + tracker_home_pitch(self, found.lowest);
    row[column + 1] = id + PITCH_COUNT + tracker_home_pitch(self, found.highest);
}

/* The pitches of the next onset of slots, those of `count` notes from `first` on. */
static void tell_onset(const tracker *self, int32_t *row, const given_note *first, int32_t count) {
    outline all = {-1, -1};
    for (int32_t i = 0; i < count && first[i].onset == first->onset; i++)
        if (first[i].pitch >= 0)
            add(&all, first[i].pitch);
    tell(self, row, COLUMN_GIVEN_NEXT, ID_GIVEN_NEXT, all);
    int column = COLUMN_GIVEN_INNER, earlier = -1;
    for (int32_t i = 0; i < count && first[i].onset == first->onset && column <= COLUMN_GIVEN_INNER_LAST; i++) {
        const int pitch = first[i].pitch;
        if (pitch < 0 || pitch == all.lowest || pitch == all.highest || pitch == earlier)
            continue;
        row[column++] = ID_GIVEN_INNER + tracker_home_pitch(self, pitch);
        earlier = pitch;
    }
}

void tracker_features_of_given(const tracker *self, int32_t *row) {
    const given_music *given = self->given;
    const int64_t line = self->bar_start + self->bar_length;
    const int ticks = self->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[self->signature].beat_ticks;
    const int64_t beat = smaller(line, self->bar_start + ((self->now - self->bar_start) / ticks + 1) * ticks);
    const int32_t first = self->given_at < GIVEN_REACH ? 0 : self->given_at - GIVEN_REACH;
    const int32_t last = given->count - self->given_at < GIVEN_REACH ? given->count : self->given_at + GIVEN_REACH;
    outline on_beat = {-1, -1}, on_line = {-1, -1};
    int slots = 0, kit = 0, own = self->slot < 0;
    for (int32_t i = first; i < last; i++) {
        const given_note *note = &given->notes[i];
        const int64_t end = (int64_t)note->onset + note->duration;
        if (note->onset > line && slots && kit && own)
            break;
        if (note->slot != DRUM_SLOT && note->pitch >= 0) {
            if (note->onset <= beat && end > beat)
                add(&on_beat, note->pitch);
            if (note->onset <= line && end > line)
                add(&on_line, note->pitch);
        }
        if (i < self->given_at)
            continue;
        const int in_kit = note->slot == DRUM_SLOT;
        const int32_t time = (int32_t)smaller(note->onset - self->now, BIG_STEP);
        if (in_kit && !kit++) {
            row[COLUMN_GIVEN_TIME + 1] = ID_GIVEN_TIME + NEXT_ONSET_COUNT + time;
            if (note->pitch >= 0)
                row[COLUMN_GIVEN_DRUM] = ID_GIVEN_DRUM + note->pitch - DRUM_LOWEST;
        } else if (!in_kit && !slots++) {
            row[COLUMN_GIVEN_TIME] = ID_GIVEN_TIME + time;
            tell_onset(self, row, note, last - i);
        }
        if (!own && note->slot == self->slot) {
            own = 1;
            if (note->pitch >= 0)
                row[COLUMN_GIVEN_OWN] = ID_GIVEN_OWN + tracker_home_pitch(self, note->pitch);
        }
    }
    tell(self, row, COLUMN_GIVEN_BEAT, ID_GIVEN_BEAT, on_beat);
    tell(self, row, COLUMN_GIVEN_BAR, ID_GIVEN_BAR, on_line);
    if (self->slot >= 0)
        row[COLUMN_GIVEN_SLOT] = ID_GIVEN_SLOT + given_is(given, self->slot, self->now);
    const given_span *span = given_span_at(given, self->now);
    if (span && span->to != GIVEN_NO_END) {
        const int64_t bars = (span->to - self->bar_start + self->bar_length - 1) / self->bar_length;
        row[COLUMN_GIVEN_LEFT] = ID_GIVEN_LEFT + (int32_t)smaller(bars, GIVEN_BARS) - 1;
    }
}
