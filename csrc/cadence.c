/* The close of a piece: the tonic, on a strong beat, held. */
#include "cadence.h"

#include <string.h>

#include "cadence_parts.h"
#include "closing_bar.h"

/* The last strong beat of each meter, in ticks: where people strike their last note at the latest, but for a few. */
static const uint8_t LAST_STRONG_BEAT[SIGNATURE_COUNT] = {24, 24, 48, 72, 72, 48, 48, 0, 36, 72, 108, 48, 96, 96, 96, 36, 24};

enum { APPROACH = 1 /* bars before the last */, TWICE = 2 };

static int is_note(int token) { return token >= TOKEN_NOTE && token < TOKEN_NOTE + PITCH_COUNT; }

static int64_t bar_end(const tracker *tracker) { return tracker->bar_start + tracker->bar_length; }

static int has_note_values(const tracker *tracker) { return tracker->rules.exercise.note_values; }

/* The last strong beat; where note values do not lead there, the last place before it to which they do. */
static int64_t deadline(const tracker *tracker) {
    int64_t tick = tracker->bar_start + (tracker->signature < 0 ? 0 : LAST_STRONG_BEAT[tracker->signature]);
    while (has_note_values(tracker) && tick > tracker->bar_start && !tracker_is_place(tracker, tick - tracker->now))
        tick--;
    return tick;
}

static int64_t beat_of(const tracker *tracker) {
    return tracker->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[tracker->signature].beat_ticks;
}

int cadence_is_closing(const piece *self) {
    return self->cadence.bar && self->tracker->bars == self->cadence.bar + self->tracker->upbeat && self->read == self->scripted;
}

int cadence_is_near(const piece *self) {
    return self->cadence.bar && self->tracker->bars >= self->cadence.bar + self->tracker->upbeat - APPROACH;
}

static int struck_now(const tracker *tracker) {
    const bar_history *bar = bar_before(tracker, 0);
    int struck = 0;
    for (int i = bar->count - 1; i >= 0 && bar->position[i] == tracker->now - tracker->bar_start; i--)
        struck += bar->onset[i] < PITCH_COUNT;
    return struck;
}

/* The pitch classes on which a slot closes. A slot alone with its chords has the tonic at their foot. */
static uint16_t classes_of(const piece *self, int slot) {
    const int chords = cadence_largest_chord(self->tracker) > 1;
    return chords && (slot != cadence_bass(self) || self->tracker->declared == 1) ? self->cadence.chord : self->cadence.line;
}

int cadence_is_in_time(const tracker *tracker, int64_t tick) {
    return tick >= tracker->bar_start && (tick - tracker->bar_start) % beat_of(tracker) == 0;
}

/* A slot that plays on while it holds what closes has nothing to add. */
static int is_held(const tracker *tracker, int slot) {
    for (int i = 0; i < tracker->sounding_count; i++)
        if (tracker->sounding[i].slot == slot && tracker->sounding[i].end >= bar_end(tracker))
            return 1;
    return 0;
}

/* Slots that struck in the bar before, and in this one neither strike nor hold; over a bass that holds its last note to the
 * end, all that do not. */
static uint32_t missing(const piece *self) {
    const int lowest = cadence_bass(self);
    uint32_t slots = self->struck_before & ~(uint32_t)self->struck;
    if (self->tonic_at >= self->tracker->bar_start && bass_close_may_rest(self, lowest) && is_held(self->tracker, lowest))
        slots |= self->struck;
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (slots >> slot & 1 && is_held(self->tracker, slot))
            slots &= ~(1u << slot);
    return slots;
}

/* The lowest note of the line that sounds in the slot, struck now or held; PITCH_COUNT where none does. */
static int tonic_in(const piece *self, int slot) {
    const uint64_t *pitches = self->tracker->sounding_pitches[slot];
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        if (pitches[pitch >> 6] >> (pitch & 63) & 1 && is_of_classes(self->cadence.line, pitch))
            return pitch;
    return PITCH_COUNT;
}

static int tonic_sounds(const piece *self, int slot) { return tonic_in(self, slot) < PITCH_COUNT; }

static int rests(const piece *self) {
    return !self->open && cadence_is_in_time(self->tracker, self->tonic_at) && !missing(self);
}

/* Slots that have yet to close; the lowest once more where others do over a tonic that is gone. */
static uint32_t unclosed(const piece *self) {
    const int lowest = cadence_bass(self);
    const uint32_t others = self->open | missing(self);
    const int due = self->tonic_at < self->tracker->bar_start || (others && lowest >= 0 && !tonic_sounds(self, lowest));
    return others | (due && lowest >= 0 ? 1u << lowest : 0);
}

static int strikable(const piece *self, int slot, uint16_t classes, uint8_t pitches[PITCH_COUNT]) {
    return closing_bar_strikable(self, slot, classes, 0, PITCH_COUNT - 1, pitches);
}

static int can_strike(const piece *self, int slot, uint16_t classes) {
    uint8_t pitches[PITCH_COUNT];
    return strikable(self, slot, classes, pitches);
}

/* Of what a slot can strike leaves what lets the bass, which strikes after it, come to a tonic below it without parallels, if
 * anything does: under a rule against them it would be left out. */
static void leave_to_bass(const piece *self, int slot, int bass, uint8_t pitches[PITCH_COUNT]) {
    const tracker *tracker = self->tracker;
    uint8_t tonics[PITCH_COUNT], left[PITCH_COUNT] = {0};
    if (tracker->rules.parallels != LEADING_FORBIDDEN || slot >= bass || !(unclosed(self) >> bass & 1) ||
        !strikable(self, bass, self->cadence.line, tonics))
        return;
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        for (int tonic = 0; tonic <= pitch; tonic++)
            left[pitch] |= pitches[pitch] && tonics[tonic] && !voice_leading_is_parallel(tracker, slot, pitch, bass, tonic);
    if (memchr(left, 1, PITCH_COUNT))
        memcpy(pitches, left, PITCH_COUNT);
}

/* What a slot can strike at the close, so that the tonic is the lowest there: the lowest slot goes below what the others have
 * struck, and they stay above what it has struck, or can. Where that leaves nothing, it is as it can be. */
static void strikable_at_close(const piece *self, int slot, uint16_t classes, uint8_t pitches[PITCH_COUNT]) {
    const int lowest = cadence_bass(self);
    int from = 0, to = PITCH_COUNT - 1;
    if (slot == lowest)
        to = closing_bar_lowest(self);
    else if (lowest >= 0 && (from = tonic_in(self, lowest)) == PITCH_COUNT)
        from = strikable(self, lowest, self->cadence.line, pitches)
                   ? (int)((const uint8_t *)memchr(pitches, 1, PITCH_COUNT) - pitches)
                   : 0;
    if (!closing_bar_strikable(self, slot, classes, from, to, pitches))
        strikable(self, slot, classes, pitches);
    leave_to_bass(self, slot, lowest, pitches);
}

static void begin_bar(piece *self) {
    self->due = self->tonic_at = self->usual = -1;
    self->open = 0;
}

void cadence_begin(piece *self) {
    begin_bar(self);
    self->struck = self->struck_before = 0;
}

void cadence_follow(piece *self, int token) {
    if (token == TOKEN_BAR) {
        self->struck_before = self->struck;
        self->struck = 0;
    } else if (is_note(token)) {
        self->struck |= (uint16_t)(1u << self->tracker->slot);
    }
    if (!cadence_is_closing(self))
        return;
    if (token == TOKEN_BAR)
        begin_bar(self);
    if (!is_note(token))
        return;
    const int slot = self->tracker->slot, pitch = token - TOKEN_NOTE;
    self->open &= (uint16_t)~(1u << slot);
    if (!is_of_classes(classes_of(self, slot), pitch))
        self->open |= (uint16_t)(1u << slot);
    const int lowest = cadence_bass(self);
    if (slot == lowest)
        self->tonic_at = is_of_classes(self->cadence.line, pitch) ? self->tracker->now : -1;
    else if (!tonic_sounds(self, lowest)) /* it was short, and nothing stands on it any more */
        self->tonic_at = -1;
}

int cadence_has_said_enough(const piece *self) {
    const int32_t most = self->tracker->rules.exercise.onsets_most, count = bar_before(self->tracker, 0)->count;
    const int alone = self->span == PITCH_COUNT; /* there is no bar to keep to */
    const int32_t enough = self->cadence.line || alone ? self->usual : TWICE * self->usual;
    if (!cadence_is_closing(self) || self->due >= 0)
        return 0;
    return (self->usual > 0 && count >= enough) || (most && count + self->tracker->declared >= most);
}

int cadence_falls_due(piece *self, const uint8_t mask[VOCABULARY_SIZE]) {
    const tracker *tracker = self->tracker;
    if (!self->cadence.line || !cadence_is_closing(self) || rests(self) || self->due >= 0 || tracker->now >= deadline(tracker))
        return 0;
    const uint32_t slots = unclosed(self);
    int64_t tick = tracker->now;
    for (int i = 0; i < tracker->sounding_count; i++)
        if (slots >> tracker->sounding[i].slot & 1 && tracker->sounding[i].end > tick)
            tick = tracker->sounding[i].end;
    for (int slot = 0; slot < tracker->point_slot && tick == tracker->now; slot++)
        tick += slots >> slot & 1; /* it is too late for it at this point in time */
    tick = tracker->bar_start + (tick - tracker->bar_start + beat_of(tracker) - 1) / beat_of(tracker) * beat_of(tracker);
    while (has_note_values(tracker) && tick < deadline(tracker) && !tracker_is_place(tracker, tick - tracker->now))
        tick++;
    if (tick > deadline(tracker))
        tick = deadline(tracker);
    if (tick > tracker->now && !mask[TOKEN_SHIFT_FINE] && !memchr(mask + TOKEN_SHIFT_FINE, 1, FINE_COUNT + BIG_COUNT))
        return 0; /* rules let nothing be struck */
    self->due = tick;
    self->tracker->tutti = CLOSES;
    return 1;
}

static void forbid(uint8_t *mask, int first, int count) { memset(mask + first, 0, (size_t)count); }

/* Leaves only durations of at most `ticks`, or the first token of exactly `ticks`. */
static void limit_duration(uint8_t *mask, int64_t ticks, int exactly) {
    uint8_t *fine = mask + TOKEN_DURATION_FINE, *big = mask + TOKEN_DURATION_BIG;
    for (int i = 0; i < FINE_COUNT; i++)
        if (i + 1 > ticks || exactly)
            fine[i] = 0;
    for (int i = 0; i < BIG_COUNT; i++)
        if ((i + 1) * BIG_STEP > ticks || exactly)
            big[i] = 0;
    if (exactly && ticks >= BIG_STEP)
        big[(ticks / BIG_STEP < BIG_COUNT ? ticks / BIG_STEP : BIG_COUNT) - 1] = 1;
    else if (ticks > 0 && (exactly || (!memchr(fine, 1, FINE_COUNT) && !memchr(big, 1, BIG_COUNT))))
        fine[ticks - 1] = 1;
}

int cadence_hold(const tracker *tracker, uint8_t *mask) {
    const int64_t hold = tracker_longest(tracker) < bar_end(tracker) - tracker->now ? tracker_longest(tracker)
                                                                                    : bar_end(tracker) - tracker->now;
    if (is_note(tracker->last)) {
        limit_duration(mask, hold, 1);
        return 1;
    }
    if (tracker->last_big && hold > tracker->last_big) {
        memset(mask, 0, VOCABULARY_SIZE);
        mask[TOKEN_DURATION_FINE + (hold - tracker->last_big < FINE_COUNT ? hold - tracker->last_big : FINE_COUNT) - 1] = 1;
        return 1;
    }
    return 0;
}

/* The note that is being written lasts so many ticks at most. */
static void end_within(const tracker *tracker, uint8_t *mask, int64_t left) {
    if (is_note(tracker->last))
        limit_duration(mask, left, 0);
    else if (tracker->last_big)
        for (int64_t i = left - tracker->last_big > 0 ? left - tracker->last_big : 0; i < FINE_COUNT; i++)
            mask[TOKEN_DURATION_FINE + i] = 0;
}

/* Before the close is due: whatever sounds and does not close is over by the last strong beat. */
static void shape_before(const piece *self, uint8_t *mask) {
    const tracker *tracker = self->tracker;
    closing_bar_leave_room(self, mask);
    const int64_t left = deadline(tracker) - tracker->now;
    if (tracker->slot >= 0 && self->open >> tracker->slot & 1)
        end_within(tracker, mask, left);
    for (int64_t i = left; i < FINE_COUNT; i++)
        mask[TOKEN_SHIFT_FINE + i] = 0;
    for (int64_t i = left / BIG_STEP; i < BIG_COUNT; i++)
        mask[TOKEN_SHIFT_BIG + i] = 0;
    closing_bar_shape(self, mask);
}

/* On the way to the beat on which the close is due. */
static void shape_step(const piece *self, uint8_t *mask) {
    const int64_t left = self->due - self->tracker->now;
    memset(mask, 0, VOCABULARY_SIZE);
    mask[left < BIG_STEP ? TOKEN_SHIFT_FINE + left - 1 : TOKEN_SHIFT_BIG + left / BIG_STEP - 1] = 1;
}

/* The most notes that close together: as many as in the bar before, if that does not make it more than twice what the bars
 * before usually had. */
static int room_for_chord(const piece *self) {
    const int largest = cadence_largest_chord(self->tracker);
    const int most = 2 * self->usual - bar_before(self->tracker, 0)->count + struck_now(self->tracker);
    return !self->usual || most > largest ? largest : most > 1 ? most : 1;
}

/* On the beat: what closes, and the end. */
static void shape_close(const piece *self, uint8_t *mask) {
    const tracker *tracker = self->tracker;
    if (cadence_hold(tracker, mask))
        return;
    const uint32_t slots = unclosed(self);
    const int left = room_for_chord(self) - struck_now(tracker), lowest = cadence_bass(self);
    int first = -1; /* the first slot that has to strike */
    uint16_t classes[SLOT_COUNT];
    for (int slot = SLOT_COUNT - 1; slot >= 0; slot--) {
        const int needed = slots >> slot & 1;
        classes[slot] = needed && slot == lowest && left <= 1 ? self->cadence.line : classes_of(self, slot);
        const int silent = tracker->pitch[slot] < 0 && slot != lowest; /* it has not played at all */
        const int over = slot == lowest || (lowest >= 0 && (slots >> lowest & 1 || tonic_sounds(self, lowest)));
        if (!(needed || (left > 0 && over)) || silent || (!needed && is_held(tracker, slot)) ||
            !can_strike(self, slot, classes[slot]))
            classes[slot] = 0;
        else if (needed && can_strike(self, slot, slot == lowest ? self->cadence.line : classes[slot]))
            first = slot;
    }
    forbid(mask, TOKEN_SHIFT_FINE, FINE_COUNT + BIG_COUNT);
    forbid_signatures(mask);
    forbid(mask, TOKEN_TEMPO, TEMPO_COUNT);
    forbid(mask, TOKEN_DURATION_FINE, FINE_COUNT + BIG_COUNT);
    if (!closing_bar_drums(self))
        forbid(mask, TOKEN_DRUM, DRUM_COUNT);
    const int running = tracker->slot;
    const uint16_t own = running < 0 || (first >= 0 && running > first) ? 0 : classes[running];
    uint8_t pitches[PITCH_COUNT] = {0};
    if (own)
        strikable_at_close(self, running, own, pitches);
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        mask[TOKEN_NOTE + pitch] &= pitches[pitch];
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (!classes[slot] || (first >= 0 && slot > first))
            mask[TOKEN_SLOT + slot] = 0;
    const int drums = closing_bar_drums(self), of_kit = tracker->velocity[DRUM_SLOT];
    for (int velocity = 0; velocity < VELOCITY_COUNT; velocity++)
        if (!(drums && velocity != of_kit) && !(own && velocity != tracker->velocity[running]))
            mask[TOKEN_VELOCITY + velocity] = 0;
    if (first >= 0)
        mask[TOKEN_EOS] = 0;
    if (!memchr(mask, 1, VOCABULARY_SIZE))
        mask[TOKEN_EOS] = 1;
}

/* In the bar before the last: what does not belong to what closes is over by then. */
static void shape_ring(const piece *self, uint8_t *mask) {
    const tracker *tracker = self->tracker;
    const int count = tracker->sounding_count;
    const uint16_t classes = tracker->declared == 1 ? self->cadence.line : self->cadence.chord; /* alone, only the tonic closes */
    if (!count || is_of_classes(classes, tracker->sounding[count - 1].pitch))
        return;
    end_within(tracker, mask, deadline(tracker) + tracker->bar_length - tracker->now);
}

/* Leaves only what rules allow, which `before` says; of durations, where that leaves none, the longest that they do. */
static void keep_rules(const tracker *tracker, const uint8_t *before, uint8_t *mask) {
    for (int token = 0; token < VOCABULARY_SIZE; token++)
        mask[token] &= before[token];
    if (!is_note(tracker->last) || memchr(mask, 1, VOCABULARY_SIZE))
        return;
    for (int token = TOKEN_DURATION_BIG + BIG_COUNT - 1; token >= TOKEN_DURATION_FINE; token--)
        if (before[token]) {
            mask[token] = 1;
            return;
        }
}

/* Whether there is no room for two chords in the bar, as the others have so few notes: then the first one closes. */
static int closes_at_once(const piece *self) {
    const int together = cadence_largest_chord(self->tracker);
    return self->usual > 0 && self->tracker->now == self->tracker->bar_start && !bar_before(self->tracker, 0)->count &&
           2 * together > closing_bar_room(self);
}

void cadence_shape(piece *self, uint8_t mask[VOCABULARY_SIZE]) {
    const tracker *tracker = self->tracker;
    if (tracker->finished || tracker->signature < 0 || tracker->tempo < 0)
        return;
    const int approaching = self->cadence.line && self->cadence.bar && self->read == self->scripted &&
                            tracker->bars + APPROACH >= self->cadence.bar + tracker->upbeat;
    if (approaching && (tracker->rules.exercise.leap || tracker->rules.exercise.step_share))
        bass_close_approach(self, mask);
    if (!cadence_is_closing(self)) {
        if (approaching) {
            shape_ring(self, mask);
            bass_close_shape(self, mask);
        }
        return;
    }
    if (self->usual < 0)
        closing_bar_look_back(self);
    uint8_t before[VOCABULARY_SIZE];
    memcpy(before, mask, sizeof before);
    if (!self->cadence.line) {
        closing_bar_shape(self, mask);
        if (!memchr(mask, 1, VOCABULARY_SIZE))
            memcpy(mask, before, sizeof before);
        return;
    }
    if (self->due < 0 && (tracker->now >= deadline(tracker) || closes_at_once(self))) {
        self->due = tracker->now;
        self->tracker->tutti = CLOSES;
        tracker_mask(tracker, mask); /* with what may close */
        memcpy(before, mask, sizeof before);
    }
    if (self->due < 0) {
        shape_before(self, mask);
        if (!has_exercise(&tracker->rules.exercise))
            bass_close_shape(self, mask);
    } else if (tracker->now < self->due) {
        shape_step(self, mask);
    } else {
        shape_close(self, mask);
    }
    if (has_exercise(&tracker->rules.exercise))
        keep_rules(tracker, before, mask);
    if (!memchr(mask, 1, VOCABULARY_SIZE))
        memcpy(mask, before, sizeof before);
}
