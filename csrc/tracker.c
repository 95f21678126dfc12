/* Following a piece token by token. */
#include <string.h>

#include "tracker_parts.h"

/* ---- start --------------------------------------------------------------------------------------------------- */

void tracker_rules_free(tracker_rules *rules) {
    memset(rules, 0, sizeof *rules);
    rules->scale = 0xFFF;
    memset(rules->highest, PITCH_COUNT - 1, sizeof rules->highest);
    memset(rules->program_highest, PITCH_COUNT - 1, sizeof rules->program_highest);
    rules->programs[0] = rules->programs[1] = ~(uint64_t)0;
    memset(rules->slot_programs, 0xFF, sizeof rules->slot_programs);
    rules->drums = ~(uint64_t)0;
    rules->slots = SLOT_COUNT;
    rules->meters = ALL_METERS;
}

void tracker_init(tracker *self, int time_base) {
    memset(self, 0, sizeof *self);
    tracker_rules_free(&self->rules);
    self->time_base = (uint8_t)time_base;
    self->shift = SHIFT_UNKNOWN;
    tracker_reset(self);
}

/* ---- the home key -------------------------------------------------------------------------------------------- */

static int shifted(int pitch, int shift) {
    pitch -= shift;
    return pitch < 0 ? pitch + CLASS_COUNT : pitch >= PITCH_COUNT ? pitch - CLASS_COUNT : pitch;
}

int tracker_home_pitch(const tracker *self, int pitch) {
    return self->shift == SHIFT_UNKNOWN ? pitch : shifted(pitch, self->shift);
}

int tracker_home_token(const tracker *self, int token) {
    return is_note(token) ? TOKEN_NOTE + tracker_home_pitch(self, token - TOKEN_NOTE) : token;
}

int tracker_home_onset(const bar_history *bar, int i) {
    const int onset = bar->onset[i];
    return bar->shift == SHIFT_UNKNOWN || onset >= PITCH_COUNT ? onset : shifted(onset, bar->shift);
}

void tracker_set_shift(tracker *self, int shift) {
    bar_history *bar = &self->history[bar_ago(self, 0)];
    self->shift = (int8_t)shift;
    if (!bar->count)
        bar->shift = self->shift;
}

void tracker_give(tracker *self, const given_music *given) {
    self->given = given;
    self->given_at = self->change_at = 0;
    tracker_follow_given(self);
}

static void begin_point(tracker *self) {
    self->point_slot = self->point_drum = self->point_highest = -1;
    self->point_pitch = PITCH_COUNT;
    self->struck_count = self->lesson.point_notes = 0;
}

void tracker_reset(tracker *self) {
    self->now = self->bar_start = self->bars = 0;
    self->bar_length = WHOLE_NOTE;
    self->signature = self->tempo = self->last = self->slot = -1;
    self->last_big = self->declared = 0;
    self->header = 1;
    self->finished = self->after_slot = self->upbeat = 0;
    for (int i = 0; i < SLOT_COUNT; i++) {
        self->program[i] = self->pitch[i] = self->top[i] = -1;
        self->sounding_in_slot[i] = 0;
        self->sounding_pitches[i][0] = self->sounding_pitches[i][1] = 0;
    }
    for (int i = 0; i <= SLOT_COUNT; i++)
        self->velocity[i] = -1;
    self->pending_velocity = -1;
    self->sounding_count = 0;
    voice_leading_reset(&self->leading);
    phrase_end_reset(&self->phrase_end);
    watchdog_reset(&self->watch);
    exercise_reset(&self->lesson);
    for (int i = 0; i < SLOT_COUNT; i++) {
        self->lines[i].pitch = -1;
        self->lines[i].onset = 0;
        self->lines[i].at = self->lines[i].count = 0;
    }
    begin_point(self);
    for (int i = 0; i < HISTORY_BARS; i++) {
        self->history[i].count = 0;
        self->history[i].shift = self->shift;
        memset(self->history[i].from, 0, sizeof self->history[i].from);
    }
    /* The window and its tables stay: positions before `begun` are not believed. */
    self->begun = self->written;
    self->given_at = self->change_at = 0;
    self->source = SOURCE_ANYWHERE;
    self->on_source = 0;
    for (int i = 0; i < SUFFIX_COUNT; i++) {
        self->hash[i] = 0;
        self->suffix_match[i] = -1;
    }
}

/* ---- time ---------------------------------------------------------------------------------------------------- */

static void drop_sounding(tracker *self, int i) {
    sounding_note note = self->sounding[i];
    exercise_over(self, &note);
    self->sounding_in_slot[note.slot]--;
    self->sounding_pitches[note.slot][note.pitch >> 6] &= ~((uint64_t)1 << (note.pitch & 63));
    self->sounding_count--;
    memmove(&self->sounding[i], &self->sounding[i + 1], (size_t)(self->sounding_count - i) * sizeof note);
}

static void move_to(tracker *self, int64_t tick) {
    voice_leading_leave(self);
    self->now = tick;
    for (int i = self->sounding_count; i-- > 0;)
        if (self->sounding[i].end <= tick)
            drop_sounding(self, i);
    begin_point(self);
}

void tracker_index_bar(bar_history *bar) {
    int onset = 0;
    for (int position = 0; position <= LONGEST_BAR; position++) {
        while (onset < bar->count && bar->position[onset] < position)
            onset++;
        bar->from[position] = (uint8_t)onset;
    }
}

static void begin_bar(tracker *self, int64_t tick) {
    tracker_index_bar(&self->history[bar_ago(self, 0)]);
    move_to(self, tick);
    exercise_begin_bar(self);
    self->bars++;
    self->bar_start = tick;
    self->history[bar_ago(self, 0)].count = 0;
    self->history[bar_ago(self, 0)].shift = self->shift;
    phrase_end_begin_bar(self);
    self->bar_written[bar_ago(self, 0)] = self->written;
}

/* ---- one token ----------------------------------------------------------------------------------------------- */

/* Whether the time in which something should be struck is all but over. */
static int falls_silent(const tracker *self) {
    const int64_t next = self->time_base == TIME_BASE_GRID ? self->bar_start + self->bar_length : self->now + BIG_STEP;
    return self->bars == 0 && self->time_base == TIME_BASE_GRID ? 0 : next > silent_until(self);
}

static void keep_watch(tracker *self, int onset) {
    const int64_t stuck_after = self->rules.stuck_after;
    if (!stuck_after) {
        self->watch.onset = self->now;
        self->watch.period = self->watch.calm = 0;
        return;
    }
    if (falls_silent(self))
        self->watch.interventions++;
    const int64_t three_bars = self->bars ? 3 * self->bar_length : stuck_after;
    watchdog_hear(&self->watch, self->now, onset, tracker_repeats(self) ? 0 : smaller(stuck_after, three_bars));
}

static void remember_onset(tracker *self, int onset) {
    keep_watch(self, onset);
    self->struck[self->struck_count++ % SIMULTANEOUS_WIDTH] = (uint8_t)onset;
    bar_history *bar = &self->history[bar_ago(self, 0)];
    int64_t position = self->now - self->bar_start;
    if (self->rules.upbeat == UPBEAT_UNCOUNTED && self->time_base == TIME_BASE_GRID && self->bars == 1 && !bar->count)
        self->upbeat = 2 * position >= self->bar_length;
    if (bar->count < HISTORY_ONSETS && position < LONGEST_BAR) {
        bar->position[bar->count] = (uint16_t)position;
        bar->onset[bar->count++] = (uint8_t)onset;
    }
}

static void strike(tracker *self, int pitch) {
    if (self->slot < 0)
        self->slot = 0;
    int slot = self->slot;
    voice_leading_hear(self, slot, pitch);
    phrase_end_hear(self, slot, pitch);
    exercise_hear(self, slot, pitch);
    original_hear(self, slot, pitch);
    if (self->pending_velocity >= 0)
        self->velocity[slot] = self->pending_velocity;
    self->pitch[slot] = (int16_t)pitch;
    if (slot != self->point_slot)
        self->top[slot] = (int16_t)pitch;
    self->point_strikes = slot == self->point_slot ? self->point_strikes + 1 : 1;
    self->point_slot = slot;
    self->point_pitch = pitch;
    if (pitch > self->point_highest)
        self->point_highest = pitch;
    if (self->sounding_count == SOUNDING_MOST)
        drop_sounding(self, 0);
    sounding_note note = {self->now + 1, (uint8_t)slot, (uint8_t)pitch};
    self->sounding[self->sounding_count++] = note;
    self->sounding_in_slot[slot]++;
    self->sounding_pitches[slot][pitch >> 6] |= (uint64_t)1 << (pitch & 63);
    remember_onset(self, pitch);
}

/* The suffix index is of musical tokens alone: velocity and tempo would hide a repeat that listeners hear. */

#define BASE ((uint64_t)0x9E3779B97F4A7C15u)
#define BASE_4 (BASE * BASE * BASE * BASE)
#define BASE_8 (BASE_4 * BASE_4)
#define BASE_16 (BASE_8 * BASE_8)
static const uint64_t BASE_POWER[SUFFIX_COUNT] = {BASE_4, BASE_8, BASE_16, BASE_16 *BASE_16};

static int same_suffix(const tracker *self, uint32_t a, uint32_t b, int length) {
    for (int i = 0; i < length; i++)
        if (self->window[(a - (uint32_t)i) % WINDOW] != self->window[(b - (uint32_t)i) % WINDOW])
            return 0;
    return 1;
}

void tracker_index_suffix(tracker *self, int token) {
    uint32_t at = self->written++;
    self->window[at % WINDOW] = (uint16_t)token;
    uint32_t length_so_far = self->written - self->begun;
    for (int i = 0; i < SUFFIX_COUNT; i++) {
        uint32_t length = (uint32_t)SUFFIX_LENGTH[i];
        self->hash[i] = self->hash[i] * BASE + (uint64_t)token + 1;
        if (length_so_far > length)
            self->hash[i] -= ((uint64_t)self->window[(at - length) % WINDOW] + 1) * BASE_POWER[i];
        self->suffix_match[i] = -1;
        if (length_so_far < length)
            continue;
        uint32_t *entry = &self->table[i][(self->hash[i] * BASE) >> 50];
        if (*entry) {
            uint32_t earlier = *entry - 1, age = at - earlier;
            if (age >= 1 && age < WINDOW - length && age <= length_so_far - length &&
                same_suffix(self, at, earlier, (int)length))
                self->suffix_match[i] = (int16_t)self->window[(earlier + 1) % WINDOW];
        }
        *entry = at + 1;
    }
}

void tracker_set_source(tracker *self, int where) {
    self->on_source = 0;
    self->source = where == SOURCE_ANYWHERE ? SOURCE_ANYWHERE : SOURCE_NOWHERE;
    if (where < 1 || where > SOURCE_MOST || where >= self->bars)
        return;
    self->source_at = self->bar_written[bar_ago(self, where)];
    uint32_t age = self->written - self->source_at;
    if (age == 0 || age >= WINDOW)
        return;
    self->source = (int8_t)where;
    int64_t place = 0;
    for (; place < self->now - self->bar_start && self->source_at != self->written; self->source_at++) {
        int token = self->window[self->source_at % WINDOW];
        place += is_shift_fine(token)  ? token - TOKEN_SHIFT_FINE + 1
                 : is_shift_big(token) ? (token - TOKEN_SHIFT_BIG + 1) * BIG_STEP
                                       : 0;
    }
    self->on_source = place == self->now - self->bar_start;
}

int64_t tracker_follow_plan(tracker *self, int where, int quarters, int64_t before) {
    const int64_t now = 4 * self->bars + 4 * (self->now - self->bar_start) / self->bar_length;
    const int looks = quarters >> (now & 3) & 1;
    if (now / 4 != before / 4 || (now != before && looks != (quarters >> (before & 3) & 1)))
        tracker_set_source(self, looks ? where : SOURCE_NOWHERE);
    return now;
}

int tracker_recovers(const tracker *self) { return self->watch.calm && !tracker_repeats(self); }

/* One musical (home) token further along the source bar, if the piece still goes the same way. */
static void follow_source(tracker *self, int token) {
    if (!self->on_source)
        return;
    self->source_at = next_on_source(self);
    int same = self->window[self->source_at % WINDOW] == token;
    if (same)
        self->source_at++;
    else if (is_slot(token) || is_signature(token))
        return; /* written here because it was the running one there */
    self->on_source = same && self->written - self->source_at < WINDOW;
}

void tracker_advance(tracker *self, int token) {
    int last = self->last, last_big = self->last_big;
    self->last = token;
    self->last_big = 0;
    if (token == TOKEN_BOS) {
        tracker_reset(self);
        self->last = token;
        return;
    }
    if (!is_velocity(token) && !is_tempo(token)) {
        follow_source(self, tracker_home_token(self, token));
        tracker_index_suffix(self, tracker_home_token(self, token));
    }

    if (is_slot(token)) {
        int slot = token - TOKEN_SLOT;
        if (self->header && slot >= self->declared) {
            self->declared = slot + 1;
        } else {
            self->header = 0;
            self->slot = slot;
            self->after_slot = 1;
        }
        return;
    }
    if (is_program(token)) {
        if (self->declared)
            self->program[self->declared - 1] = (int16_t)(token - TOKEN_PROGRAM);
        return;
    }
    self->header = 0;
    if (is_velocity(token)) {
        self->pending_velocity = (int16_t)(token - TOKEN_VELOCITY);
        return; /* still after the slot, if it was */
    }
    self->after_slot = 0;
    if (is_note(token)) {
        strike(self, token - TOKEN_NOTE);
    } else if (in_family(token, TOKEN_DRUM, DRUM_COUNT)) {
        if (self->pending_velocity >= 0)
            self->velocity[DRUM_SLOT] = self->pending_velocity;
        self->point_drum = token - TOKEN_DRUM;
        remember_onset(self, PITCH_COUNT + token - TOKEN_DRUM);
    } else if (is_duration_big(token)) {
        if (is_note(last)) {
            self->last_big = (token - TOKEN_DURATION_BIG + 1) * BIG_STEP;
            self->sounding[self->sounding_count - 1].end = self->now + self->last_big;
        }
    } else if (in_family(token, TOKEN_DURATION_FINE, FINE_COUNT)) {
        if (is_note(last) || last_big)
            self->sounding[self->sounding_count - 1].end = self->now + last_big + (token - TOKEN_DURATION_FINE + 1);
    } else if (is_shift_fine(token)) {
        move_to(self, self->now + (token - TOKEN_SHIFT_FINE + 1));
    } else if (is_shift_big(token)) {
        move_to(self, self->now + (int64_t)(token - TOKEN_SHIFT_BIG + 1) * BIG_STEP);
    } else if (token == TOKEN_BAR) {
        begin_bar(self, self->bars ? self->bar_start + self->bar_length : self->now);
    } else if (is_signature(token)) {
        if (self->now > self->bar_start)
            begin_bar(self, self->now);
        self->signature = signature_of(token);
        self->bar_length = TIME_SIGNATURES[self->signature].ticks;
    } else if (is_tempo(token)) {
        self->tempo = token - TOKEN_TEMPO;
    } else if (token == TOKEN_EOS) {
        self->finished = 1;
    }
    self->pending_velocity = -1;
    tracker_follow_given(self);
}
