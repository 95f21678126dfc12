#include "tracker.h"

#include <string.h>

/* ---- columns and ids of the bag: the running sums of FEATURE_FAMILIES (a test holds them equal) ------------ */

enum {
    COLUMN_LAST_TOKEN = 0, COLUMN_BAR_POSITION, COLUMN_BEAT_POSITION, COLUMN_BAR_MODULO, COLUMN_SIGNATURE, COLUMN_SLOT,
    COLUMN_PROGRAM, COLUMN_PITCH, COLUMN_VELOCITY, COLUMN_RELEASE, COLUMN_AHEAD,
    COLUMN_FOLLOWED = COLUMN_AHEAD + BACK_COUNT,
    COLUMN_SOUNDING = COLUMN_FOLLOWED + FOLLOWED_COUNT,
    COLUMN_HERE = COLUMN_SOUNDING + SOUNDING_WIDTH,
    COLUMN_BACK = COLUMN_HERE + HERE_WIDTH,
    COLUMN_WISHES = COLUMN_BACK + BACK_COUNT * BACK_WIDTH
};

enum {
    ID_LAST_TOKEN = 1,
    ID_BAR_POSITION = ID_LAST_TOKEN + VOCABULARY_SIZE,
    ID_BEAT_POSITION = ID_BAR_POSITION + LONGEST_BAR,
    ID_BAR_MODULO = ID_BEAT_POSITION + 24 + 36,
    ID_SIGNATURE = ID_BAR_MODULO + 8,
    ID_SLOT = ID_SIGNATURE + SIGNATURE_COUNT,
    ID_PROGRAM = ID_SLOT + SLOT_COUNT,
    ID_PITCH = ID_PROGRAM + PROGRAM_COUNT,
    ID_VELOCITY = ID_PITCH + PITCH_COUNT,
    ID_RELEASE = ID_VELOCITY + VELOCITY_COUNT,
    ID_AHEAD = ID_RELEASE + BIG_STEP,
    ID_FOLLOWED = ID_AHEAD + BACK_COUNT * AHEAD_COUNT,
    ID_SOUNDING = ID_FOLLOWED + FOLLOWED_COUNT * VOCABULARY_SIZE,
    ID_HERE = ID_SOUNDING + PITCH_COUNT,
    ID_BACK = ID_HERE + ONSET_COUNT,
    ID_WISHES = ID_BACK + BACK_COUNT * ONSET_COUNT
};

static const int BARS_BACK[BACK_COUNT] = {1, 2, 4, 8};
static const int SUFFIX_LENGTH[FOLLOWED_COUNT] = {4, 8, 16, 32};

int tracker_feature_count(void) {
    int count = 1;
    for (int i = 0; i < FEATURE_FAMILY_COUNT; i++)
        count += FEATURE_FAMILIES[i].count * FEATURE_FAMILIES[i].tables;
    return count;
}

/* ---- small helpers ----------------------------------------------------------------------------------------- */

static int in_family(int token, int first, int count) { return token >= first && token < first + count; }
static int is_shift_fine(int token) { return in_family(token, TOKEN_SHIFT_FINE, FINE_COUNT); }
static int is_shift_big(int token) { return in_family(token, TOKEN_SHIFT_BIG, BIG_COUNT); }
static int is_shift(int token) { return is_shift_fine(token) || is_shift_big(token); }
static int is_note(int token) { return in_family(token, TOKEN_NOTE, PITCH_COUNT); }
static int is_slot(int token) { return in_family(token, TOKEN_SLOT, SLOT_COUNT); }
static int is_program(int token) { return in_family(token, TOKEN_PROGRAM, PROGRAM_COUNT); }
static int is_velocity(int token) { return in_family(token, TOKEN_VELOCITY, VELOCITY_COUNT); }
static int is_signature(int token) { return in_family(token, TOKEN_TIME_SIGNATURE, SIGNATURE_COUNT); }
static int is_tempo(int token) { return in_family(token, TOKEN_TEMPO, TEMPO_COUNT); }
static int is_duration_big(int token) { return in_family(token, TOKEN_DURATION_BIG, BIG_COUNT); }

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static bar_history *bar_ago(tracker *self, int64_t bars) {
    return &self->history[(uint64_t)(self->bars - bars) & (HISTORY_BARS - 1)];
}

/* ---- start --------------------------------------------------------------------------------------------------- */

void tracker_rules_free(tracker_rules *rules) {
    memset(rules, 0, sizeof *rules);
    rules->scale = 0xFFF;
    memset(rules->highest, PITCH_COUNT - 1, sizeof rules->highest);
    rules->programs[0] = rules->programs[1] = ~(uint64_t)0;
    rules->drums = ~(uint64_t)0;
    rules->slots = SLOT_COUNT;
}

void tracker_init(tracker *self, int time_base) {
    memset(self, 0, sizeof *self);
    tracker_rules_free(&self->rules);
    self->time_base = (uint8_t)time_base;
    tracker_reset(self);
}

static void begin_point(tracker *self) {
    self->point_slot = self->point_drum = -1;
    self->point_pitch = PITCH_COUNT;
    self->here_count = 0;
}

void tracker_reset(tracker *self) {
    self->now = self->bar_start = self->bars = 0;
    self->bar_length = 4 * TICKS_PER_BEAT;
    self->signature = self->tempo = self->last = self->slot = -1;
    self->last_big = self->declared = 0;
    self->header = 1;
    self->finished = self->after_slot = 0;
    for (int i = 0; i < SLOT_COUNT; i++) {
        self->program[i] = self->pitch[i] = -1;
        self->sounding_in_slot[i] = 0;
        self->sounding_pitches[i][0] = self->sounding_pitches[i][1] = 0;
    }
    for (int i = 0; i <= SLOT_COUNT; i++)
        self->velocity[i] = -1;
    self->pending_velocity = -1;
    self->sounding_count = 0;
    begin_point(self);
    for (int i = 0; i < HISTORY_BARS; i++) {
        self->history[i].count = 0;
        memset(self->history[i].from, 0, sizeof self->history[i].from);
    }
    /* The window and its tables stay: positions before `begun` are not believed. */
    self->begun = self->written;
    for (int i = 0; i < FOLLOWED_COUNT; i++) {
        self->hash[i] = 0;
        self->followed[i] = -1;
    }
}

/* ---- time ---------------------------------------------------------------------------------------------------- */

static void drop_sounding(tracker *self, int i) {
    sounding_note note = self->sounding[i];
    self->sounding_in_slot[note.slot]--;
    self->sounding_pitches[note.slot][note.pitch >> 6] &= ~((uint64_t)1 << (note.pitch & 63));
    self->sounding_count--;
    memmove(&self->sounding[i], &self->sounding[i + 1], (size_t)(self->sounding_count - i) * sizeof note);
}

static void move_to(tracker *self, int64_t tick) {
    self->now = tick;
    for (int i = self->sounding_count; i-- > 0;)
        if (self->sounding[i].end <= tick)
            drop_sounding(self, i);
    begin_point(self);
}

static void begin_bar(tracker *self, int64_t tick) {
    bar_history *over = bar_ago(self, 0);
    int onset = 0;
    for (int position = 0; position <= LONGEST_BAR; position++) {
        while (onset < over->count && over->position[onset] < position)
            onset++;
        over->from[position] = (uint8_t)onset;
    }
    move_to(self, tick);
    self->bars++;
    self->bar_start = tick;
    bar_ago(self, 0)->count = 0;
}

/* ---- one token ----------------------------------------------------------------------------------------------- */

static void remember_onset(tracker *self, int onset) {
    self->here[self->here_count++ % HERE_WIDTH] = (uint8_t)onset;
    bar_history *bar = bar_ago(self, 0);
    int64_t position = self->now - self->bar_start;
    if (bar->count < HISTORY_ONSETS && position < LONGEST_BAR) {
        bar->position[bar->count] = (uint8_t)position;
        bar->onset[bar->count++] = (uint8_t)onset;
    }
}

static void strike(tracker *self, int pitch) {
    if (self->slot < 0)
        self->slot = 0;
    int slot = self->slot;
    if (self->pending_velocity >= 0)
        self->velocity[slot] = self->pending_velocity;
    self->pitch[slot] = (int16_t)pitch;
    self->point_slot = slot;
    self->point_pitch = pitch;
    if (self->sounding_count == SOUNDING_MOST)
        drop_sounding(self, 0);
    sounding_note note = {self->now + 1, (uint8_t)slot, (uint8_t)pitch};
    self->sounding[self->sounding_count++] = note;
    self->sounding_in_slot[slot]++;
    self->sounding_pitches[slot][pitch >> 6] |= (uint64_t)1 << (pitch & 63);
    remember_onset(self, pitch);
}

/* The suffix look-up runs over the musical tokens: velocity and tempo would hide a repeat that listeners hear. */

#define BASE ((uint64_t)0x9E3779B97F4A7C15u)
#define BASE_4 (BASE * BASE * BASE * BASE)
#define BASE_8 (BASE_4 * BASE_4)
#define BASE_16 (BASE_8 * BASE_8)
static const uint64_t BASE_POWER[FOLLOWED_COUNT] = {BASE_4, BASE_8, BASE_16, BASE_16 *BASE_16};

static int same_suffix(const tracker *self, uint32_t a, uint32_t b, int length) {
    for (int i = 0; i < length; i++)
        if (self->window[(a - (uint32_t)i) % WINDOW] != self->window[(b - (uint32_t)i) % WINDOW])
            return 0;
    return 1;
}

static void look_up(tracker *self, int token) {
    uint32_t at = self->written++;
    self->window[at % WINDOW] = (uint16_t)token;
    uint32_t length_so_far = self->written - self->begun;
    for (int i = 0; i < FOLLOWED_COUNT; i++) {
        uint32_t length = (uint32_t)SUFFIX_LENGTH[i];
        self->hash[i] = self->hash[i] * BASE + (uint64_t)token + 1;
        if (length_so_far > length)
            self->hash[i] -= ((uint64_t)self->window[(at - length) % WINDOW] + 1) * BASE_POWER[i];
        self->followed[i] = -1;
        if (length_so_far < length)
            continue;
        uint32_t *entry = &self->table[i][(self->hash[i] * BASE) >> 50];
        if (*entry) {
            uint32_t earlier = *entry - 1, age = at - earlier;
            if (age >= 1 && age < WINDOW - length && age <= length_so_far - length &&
                same_suffix(self, at, earlier, (int)length))
                self->followed[i] = (int16_t)self->window[(earlier + 1) % WINDOW];
        }
        *entry = at + 1;
    }
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
    if (!is_velocity(token) && !is_tempo(token))
        look_up(self, token);

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
        self->signature = token - TOKEN_TIME_SIGNATURE;
        self->bar_length = TIME_SIGNATURES[self->signature].ticks;
    } else if (is_tempo(token)) {
        self->tempo = token - TOKEN_TEMPO;
    } else if (token == TOKEN_EOS) {
        self->finished = 1;
    }
    self->pending_velocity = -1;
}

/* ---- what may come next -------------------------------------------------------------------------------------- */

/* The lowest `count` bits of a word. */
static uint64_t lowest_bits(int count) {
    return count <= 0 ? 0 : count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << count) - 1;
}

/* Pitches of the scale from this slot's lowest up to the given one, as a set of 128 bits. */
static void pitches_of_rules(const tracker_rules *rules, int slot, int highest, uint64_t pitches[2]) {
    const uint64_t every_octave = 0x1001001001001001u, scale = rules->scale & 0xFFF;
    pitches[0] = scale * every_octave;
    pitches[1] = (scale >> 4 | (scale & 0xF) << 8) * every_octave; /* bit 0 is pitch 64, an E */
    for (int word = 0; word < 2; word++)
        pitches[word] &= lowest_bits(highest + 1 - 64 * word) & ~lowest_bits(rules->lowest[slot] - 64 * word);
}

static int time_is_up(const tracker *self) { return self->rules.ticks && self->now >= self->rules.ticks; }

/* Pitches that may be struck in this slot now; returns whether there is any. */
static int room(const tracker *self, int slot, uint64_t pitches[2]) {
    const tracker_rules *rules = &self->rules;
    pitches[0] = pitches[1] = 0;
    if (slot < 0 || slot >= self->declared || slot < self->point_slot || self->sounding_count == SOUNDING_MOST)
        return 0;
    if (time_is_up(self) || (rules->polyphony[slot] && self->sounding_in_slot[slot] >= rules->polyphony[slot]))
        return 0;
    int highest = rules->highest[slot];
    if (slot == self->point_slot && self->point_pitch - 1 < highest)
        highest = self->point_pitch - 1;
    pitches_of_rules(rules, slot, highest, pitches);
    pitches[0] &= ~self->sounding_pitches[slot][0];
    pitches[1] &= ~self->sounding_pitches[slot][1];
    return (pitches[0] | pitches[1]) != 0;
}

static int drums_left(const tracker *self) {
    if (self->point_slot >= 0 || self->after_slot || time_is_up(self))
        return 0;
    return (self->rules.drums & lowest_bits(DRUM_COUNT)) >> (self->point_drum + 1) != 0;
}

/* Whether a note could be struck in this slot at a later tick, were nothing struck before. */
static int room_at(const tracker *self, int slot, int64_t tick) {
    const tracker_rules *rules = &self->rules;
    uint64_t pitches[2];
    int sounding = 0, in_slot = 0;
    pitches_of_rules(rules, slot, rules->highest[slot], pitches);
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

/* The next tick at which something could be struck, INT64_MAX where rules let nothing. */
static int64_t next_strike(const tracker *self) {
    if (self->rules.drums & lowest_bits(DRUM_COUNT))
        return self->now + 1;
    int64_t next = INT64_MAX;
    for (int slot = 0; slot < self->declared; slot++) {
        if (room_at(self, slot, self->now + 1))
            return self->now + 1;
        for (int i = 0; i < self->sounding_count; i++) {
            const sounding_note *note = &self->sounding[i];
            if (note->end < next && (note->slot == slot || self->sounding_count == SOUNDING_MOST) &&
                room_at(self, slot, note->end))
                next = note->end;
        }
    }
    return next;
}

/* Ticks a note that begins now may last. */
static int64_t longest_now(const tracker *self) {
    const tracker_rules *rules = &self->rules;
    int64_t longest = LONGEST_DURATION;
    if (rules->longest)
        longest = smaller(longest, rules->longest);
    if (rules->ticks)
        longest = smaller(longest, rules->ticks - self->now);
    if (rules->bars && self->time_base == TIME_BASE_GRID) {
        int64_t shortest_bar = rules->fixed_meter ? self->bar_length : 36;
        int64_t end = self->bar_start + self->bar_length + (rules->bars - self->bars) * shortest_bar;
        longest = smaller(longest, end - self->now);
    }
    return longest < 1 ? 1 : longest;
}

/* Ticks a shift may move: strictly inside the bar and the time there is. */
static int64_t furthest_now(const tracker *self) {
    int64_t furthest = INT64_MAX;
    if (self->time_base == TIME_BASE_GRID)
        furthest = self->bar_start + self->bar_length - self->now - 1;
    if (self->rules.ticks)
        furthest = smaller(furthest, self->rules.ticks - self->now - 1);
    return furthest;
}

static int allow(uint8_t *mask, int first, int count) {
    if (count <= 0)
        return 0;
    memset(mask + first, 1, (size_t)count);
    return count;
}

/* Takes the running value out; there is none before the first, nor after tokens that were forbidden. */
static int forbid(uint8_t *mask, int first, int running) {
    if (running < 0)
        return 0;
    mask[first + running] = 0;
    return 1;
}

/* Steps of `least` to `most` ticks: fine ones, and big ones that a fine one (the longest: any step) can bring there. */
static int allow_steps(uint8_t *mask, int fine, int big, int64_t least, int64_t most) {
    if (least > most)
        return 0;
    int count = 0;
    if (least <= FINE_COUNT)
        count += allow(mask, fine + (int)least - 1, (int)(smaller(FINE_COUNT, most) - least + 1));
    if (big) {
        int first = least < BIG_STEP ? 1 : (int)smaller(BIG_COUNT, least / BIG_STEP);
        count += allow(mask, big + first - 1, (int)smaller(BIG_COUNT, most / BIG_STEP) - first + 1);
    }
    return count;
}

/* Shifts lead strictly into the bar, and to where something may be struck. */
static int allow_shifts(const tracker *self, uint8_t *mask) {
    int follows_big = is_shift_big(self->last), follows_longest = self->last == TOKEN_SHIFT_BIG + BIG_COUNT - 1;
    int64_t next = next_strike(self);
    if (is_shift_fine(self->last) || next == INT64_MAX)
        return 0;
    return allow_steps(mask, TOKEN_SHIFT_FINE, !follows_big || follows_longest ? TOKEN_SHIFT_BIG : 0, next - self->now,
                       furthest_now(self));
}

static int allow_notes(const tracker *self, uint8_t *mask) {
    int count = 0;
    uint64_t pitches[2];
    int pending = self->pending_velocity, drums = drums_left(self), notes = room(self, self->slot, pitches);
    int drum_velocity = self->velocity[DRUM_SLOT], slot_velocity = self->slot < 0 ? -1 : self->velocity[self->slot];

    if (drums && (pending < 0 ? drum_velocity >= 0 : pending != drum_velocity))
        for (int drum = self->point_drum + 1; drum < DRUM_COUNT; drum++)
            if (self->rules.drums >> drum & 1)
                count += allow(mask, TOKEN_DRUM + drum, 1);
    if (notes && (pending < 0 ? slot_velocity >= 0 : pending != slot_velocity))
        for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
            if (pitches[pitch >> 6] >> (pitch & 63) & 1)
                count += allow(mask, TOKEN_NOTE + pitch, 1);
    if (pending >= 0)
        return count;
    if (drums || notes)
        for (int velocity = 0; velocity < VELOCITY_COUNT; velocity++)
            if ((drums && velocity != drum_velocity) || (notes && velocity != slot_velocity))
                count += allow(mask, TOKEN_VELOCITY + velocity, 1);
    if (self->after_slot)
        return count;
    for (int slot = 0; slot < self->declared; slot++)
        if (slot != self->slot && slot > self->point_slot && room(self, slot, pitches))
            count += allow(mask, TOKEN_SLOT + slot, 1);
    return count;
}

static int may_end(const tracker *self) {
    if (self->rules.endless)
        return 0;
    if (self->time_base == TIME_BASE_PERFORMANCE)
        return 1;
    if (!self->bars || self->bars < self->rules.bars)
        return 0;
    for (int i = 0; i < self->sounding_count; i++)
        if (self->sounding[i].end > self->bar_start + self->bar_length)
            return 0;
    return 1;
}

static int may_begin_bar(const tracker *self) {
    return self->time_base == TIME_BASE_GRID && (!self->rules.bars || self->bars < self->rules.bars);
}

static int allow_signature(const tracker *self, uint8_t *mask) {
    int cut = self->now > self->bar_start;
    if (self->rules.fixed_meter || (cut && self->rules.bars))
        return 0;
    int count = allow(mask, TOKEN_TIME_SIGNATURE, SIGNATURE_COUNT);
    /* in mid-bar the running one means something: a cut */
    return cut ? count : count - forbid(mask, TOKEN_TIME_SIGNATURE, self->signature);
}

static int allow_tempo(const tracker *self, uint8_t *mask) {
    if (self->rules.fixed_tempo)
        return 0;
    return allow(mask, TOKEN_TEMPO, TEMPO_COUNT) - forbid(mask, TOKEN_TEMPO, self->tempo);
}

/* Where rules leave nothing to play, now or later, time goes on or the piece ends. */
static int allow_escape(const tracker *self, uint8_t *mask) {
    if (may_begin_bar(self))
        return allow(mask, TOKEN_BAR, 1);
    if (self->time_base == TIME_BASE_PERFORMANCE && self->rules.endless && !self->rules.ticks)
        return allow_steps(mask, TOKEN_SHIFT_FINE, TOKEN_SHIFT_BIG, 1, INT64_MAX);
    return allow(mask, TOKEN_EOS, 1);
}

static int allow_body(const tracker *self, uint8_t *mask) {
    int last = self->last, grid = self->time_base == TIME_BASE_GRID, notes = allow_notes(self, mask), count = notes;
    if (self->after_slot || self->pending_velocity >= 0)
        return count;
    count += allow_shifts(self, mask);
    if (is_shift(last) && !notes)
        return count;
    if (grid && (last == TOKEN_BAR || is_shift(last)))
        count += allow_signature(self, mask);
    if (grid && (last == TOKEN_BAR || is_shift(last) || is_signature(last)))
        count += allow_tempo(self, mask);
    if (is_shift(last))
        return count;
    if (self->last_big)
        count += allow_steps(mask, TOKEN_DURATION_FINE, 0, 1, longest_now(self) - self->last_big);
    if (may_begin_bar(self))
        count += allow(mask, TOKEN_BAR, 1);
    if (may_end(self))
        count += allow(mask, TOKEN_EOS, 1);
    return count;
}

int tracker_mask(const tracker *self, uint8_t mask[VOCABULARY_SIZE]) {
    int last = self->last, grid = self->time_base == TIME_BASE_GRID, count = 0;
    memset(mask, 0, VOCABULARY_SIZE);
    if (self->finished)
        return 0;
    if (last < 0)
        return allow(mask, TOKEN_BOS, 1);
    if (is_note(last))
        return allow_steps(mask, TOKEN_DURATION_FINE, TOKEN_DURATION_BIG, 1, longest_now(self));
    if (self->header) {
        if (is_slot(last)) {
            for (int program = 0; program < PROGRAM_COUNT; program++)
                if (self->rules.programs[program >> 6] >> (program & 63) & 1)
                    count += allow(mask, TOKEN_PROGRAM + program, 1);
            if (count)
                return count;
        }
        if (self->declared < self->rules.slots && self->declared < SLOT_COUNT &&
            (self->rules.programs[0] | self->rules.programs[1]))
            count += allow(mask, TOKEN_SLOT + self->declared, 1);
        if (grid)
            return count + allow(mask, TOKEN_BAR, 1);
    }
    if (grid && self->bars && self->signature < 0)
        return allow(mask, TOKEN_TIME_SIGNATURE, SIGNATURE_COUNT);
    if (grid && self->bars && self->tempo < 0)
        return allow(mask, TOKEN_TEMPO, TEMPO_COUNT);
    count += allow_body(self, mask);
    return count ? count : allow_escape(self, mask);
}

/* ---- what the network sees ----------------------------------------------------------------------------------- */

static void features_of_place(const tracker *self, int32_t *bag) {
    int64_t position = self->now - self->bar_start;
    if (position >= LONGEST_BAR)
        position = LONGEST_BAR - 1;
    int beat = self->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[self->signature].beat_ticks;
    bag[COLUMN_BAR_POSITION] = ID_BAR_POSITION + (int32_t)position;
    bag[COLUMN_BEAT_POSITION] = ID_BEAT_POSITION + (beat == 36 ? 24 : 0) + (int32_t)(position % beat);
    bag[COLUMN_BAR_MODULO] = ID_BAR_MODULO + (int32_t)((self->bars - 1) % 8);
    if (self->signature >= 0)
        bag[COLUMN_SIGNATURE] = ID_SIGNATURE + self->signature;
    for (int i = 0; i < BACK_COUNT; i++) {
        if (BARS_BACK[i] >= self->bars)
            break;
        const bar_history *bar = bar_ago((tracker *)self, BARS_BACK[i]);
        int onset = bar->from[position];
        for (int column = 0; column < BACK_WIDTH && onset < bar->count && bar->position[onset] == position; column++)
            bag[COLUMN_BACK + i * BACK_WIDTH + column] = ID_BACK + i * ONSET_COUNT + bar->onset[onset++];
        onset = bar->from[position + 1];
        int64_t ahead = onset < bar->count ? smaller(bar->position[onset] - position, BIG_STEP) : 0;
        bag[COLUMN_AHEAD + i] = ID_AHEAD + i * AHEAD_COUNT + (int32_t)ahead;
    }
}

static void features_of_voice(const tracker *self, int32_t *bag) {
    int slot = self->slot;
    if (slot < 0)
        return;
    bag[COLUMN_SLOT] = ID_SLOT + slot;
    if (self->program[slot] >= 0)
        bag[COLUMN_PROGRAM] = ID_PROGRAM + self->program[slot];
    if (self->pitch[slot] >= 0)
        bag[COLUMN_PITCH] = ID_PITCH + self->pitch[slot];
    if (self->velocity[slot] >= 0)
        bag[COLUMN_VELOCITY] = ID_VELOCITY + self->velocity[slot];
}

static int32_t wished(const tracker *self, int i) {
    if (i == WISH_BARS_LEFT && self->rules.bars && self->time_base == TIME_BASE_GRID) { /* the rule knows better */
        int64_t left = self->rules.bars - self->bars;
        return (int32_t)(left < 0 ? 0 : smaller(left, 16)) + 1;
    }
    return self->wishes[i];
}

void tracker_features(const tracker *self, int32_t bag[FEATURE_WIDTH]) {
    memset(bag, 0, FEATURE_WIDTH * sizeof *bag);
    if (self->last >= 0)
        bag[COLUMN_LAST_TOKEN] = ID_LAST_TOKEN + self->last;
    if (self->bars)
        features_of_place(self, bag);
    features_of_voice(self, bag);

    int64_t release = 0;
    for (int i = 0; i < self->sounding_count; i++) {
        int64_t left = self->sounding[i].end - self->now;
        if (!release || left < release)
            release = left;
    }
    if (release > 0)
        bag[COLUMN_RELEASE] = ID_RELEASE + (int32_t)smaller(release, BIG_STEP) - 1;
    for (int i = 0; i < FOLLOWED_COUNT; i++)
        if (self->followed[i] >= 0)
            bag[COLUMN_FOLLOWED + i] = ID_FOLLOWED + i * VOCABULARY_SIZE + self->followed[i];
    for (int i = 0; i < SOUNDING_WIDTH && i < self->sounding_count; i++) /* the latest first */
        bag[COLUMN_SOUNDING + i] = ID_SOUNDING + self->sounding[self->sounding_count - 1 - i].pitch;
    for (int i = 0; i < HERE_WIDTH && i < self->here_count; i++)
        bag[COLUMN_HERE + i] = ID_HERE + self->here[i];

    int id = ID_WISHES;
    for (int i = 0; i < WISH_COUNT; i++) {
        int count = FEATURE_FAMILIES[FEATURE_FIRST_WISH + i].count;
        int32_t value = wished(self, i);
        bag[COLUMN_WISHES + i] = id + (value < count ? value : 0);
        id += count;
    }
}

ptrdiff_t tracker_features_of(tracker *self, const uint16_t *tokens, size_t count, const uint8_t *wishes, size_t rows,
                              int32_t *bags) {
    for (size_t i = 0; i < count; i++) {
        if (tokens[i] >= VOCABULARY_SIZE)
            return -1 - (ptrdiff_t)i;
        tracker_advance(self, tokens[i]);
        if (wishes && rows) {
            size_t row = self->bars < (int64_t)rows ? (size_t)self->bars : rows - 1;
            memcpy(self->wishes, wishes + row * WISH_COUNT, WISH_COUNT);
        }
        tracker_features(self, bags + i * FEATURE_WIDTH);
    }
    return 0;
}
