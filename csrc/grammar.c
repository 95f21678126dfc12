/* What may come next: grammar and hard rules. */
#include <string.h>

#include "tracker_parts.h"

int64_t tracker_longest(const tracker *self) {
    const tracker_rules *rules = &self->rules;
    int64_t longest = LONGEST_DURATION;
    if (rules->longest)
        longest = smaller(longest, rules->longest);
    if (rules->ticks)
        longest = smaller(longest, rules->ticks - self->now);
    if (bars_of(self) && self->time_base == TIME_BASE_GRID) {
        int64_t shortest_bar = rules->fixed_meter ? self->bar_length : SHORTEST_BAR;
        int64_t end = self->bar_start + self->bar_length + (bars_of(self) - self->bars) * shortest_bar;
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
    if (has_exercise_rules(self))
        furthest = smaller(furthest, exercise_until(self) - self->now);
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

/* Takes out the shifts that lead to no place for an onset. Returns how many. */
static int forbid_places(const tracker *self, uint8_t *mask) {
    const int64_t furthest = furthest_now(self);
    int forbidden = 0;
    for (int ticks = 1; ticks <= FINE_COUNT; ticks++)
        if (mask[TOKEN_SHIFT_FINE + ticks - 1] && !tracker_is_place(self, ticks)) {
            mask[TOKEN_SHIFT_FINE + ticks - 1] = 0;
            forbidden++;
        }
    for (int i = 0; i < BIG_COUNT; i++) {
        if (!mask[TOKEN_SHIFT_BIG + i])
            continue;
        int64_t ticks = (i + 1) * BIG_STEP;
        const int64_t last = smaller(furthest, ticks + FINE_COUNT);
        while (ticks <= last && !tracker_is_place(self, ticks))
            ticks++;
        if (ticks > last) {
            mask[TOKEN_SHIFT_BIG + i] = 0;
            forbidden++;
        }
    }
    return forbidden;
}

/* Shifts lead strictly into the bar, and to where something may be struck. */
static int allow_shifts(const tracker *self, uint8_t *mask) {
    int follows_big = is_shift_big(self->last), follows_longest = self->last == TOKEN_SHIFT_BIG + BIG_COUNT - 1;
    int64_t next = tracker_next_strike(self);
    if (is_shift_fine(self->last) || next == INT64_MAX)
        return 0;
    const int count = allow_steps(mask, TOKEN_SHIFT_FINE, !follows_big || follows_longest ? TOKEN_SHIFT_BIG : 0,
                                  next - self->now, furthest_now(self));
    return count && self->time_base == TIME_BASE_GRID ? count - forbid_places(self, mask) : count;
}

static int any_duration(const tracker *self) {
    for (int i = 0; i < DURATION_WORDS; i++)
        if (self->rules.durations[i])
            return 0;
    return 1;
}

static int in_durations(const tracker *self, int64_t ticks) {
    return self->rules.durations[ticks / 64] >> (ticks % 64) & 1 || any_duration(self);
}

/* Whether rules of exercises leave the note that was just struck a duration. */
static int has_suiting(const tracker *self) {
    const int64_t longest = tracker_longest(self);
    for (int64_t ticks = 1; ticks <= longest; ticks++)
        if (in_durations(self, ticks) && exercise_is_duration(self, ticks))
            return 1;
    return 0;
}

/* Whether only some durations may be. */
static int is_choosy(const tracker *self) { return !any_duration(self) || has_exercise_rules(self); }

static int is_duration(const tracker *self, int64_t ticks, int suiting) {
    return in_durations(self, ticks) && (!suiting || exercise_is_duration(self, ticks));
}

/* Durations of the note that was just struck. */
static int allow_durations(const tracker *self, uint8_t *mask) {
    const int64_t longest = tracker_longest(self);
    if (!is_choosy(self))
        return allow_steps(mask, TOKEN_DURATION_FINE, TOKEN_DURATION_BIG, 1, longest);
    const int suiting = has_exercise_rules(self) && has_suiting(self);
    int count = 0;
    for (int64_t ticks = 1; ticks <= longest; ticks++)
        if (is_duration(self, ticks, suiting)) {
            const int token = ticks < BIG_STEP ? TOKEN_DURATION_FINE + (int)ticks - 1
                                               : TOKEN_DURATION_BIG + (int)(ticks / BIG_STEP) - 1;
            count += mask[token] ? 0 : allow(mask, token, 1);
        }
    return count ? count
                 : allow(mask, longest < BIG_STEP ? TOKEN_DURATION_FINE + (int)longest - 1
                                                  : TOKEN_DURATION_BIG + (int)(longest / BIG_STEP) - 1, 1);
}

/* What may be added to a big duration. */
static int allow_more(const tracker *self, uint8_t *mask) {
    const int64_t longest = tracker_longest(self) - self->last_big;
    if (!is_choosy(self))
        return allow_steps(mask, TOKEN_DURATION_FINE, 0, 1, longest);
    const int suiting = has_exercise_rules(self) && has_suiting(self);
    int count = 0;
    for (int64_t ticks = 1; ticks <= smaller(longest, FINE_COUNT); ticks++)
        if (is_duration(self, self->last_big + ticks, suiting))
            count += allow(mask, TOKEN_DURATION_FINE + (int)ticks - 1, 1);
    return count;
}

static int allow_notes(const tracker *self, uint8_t *mask) {
    int count = 0;
    uint64_t pitches[2];
    int pending = self->pending_velocity, drums = tracker_drums_left(self), notes = tracker_room(self, self->slot, pitches);
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
        if (slot != self->slot && slot > self->point_slot && tracker_room(self, slot, pitches))
            count += allow(mask, TOKEN_SLOT + slot, 1);
    return count;
}

/* Whether time may go on to the bar line. */
static int may_pass(const tracker *self) {
    return !has_exercise_rules(self) || exercise_until(self) >= self->bar_start + self->bar_length;
}

static int may_end(const tracker *self) {
    if (self->rules.endless)
        return 0;
    if (self->time_base == TIME_BASE_PERFORMANCE)
        return 1;
    if (!self->bars || self->bars < bars_of(self) || !may_pass(self))
        return 0;
    for (int i = 0; i < self->sounding_count; i++)
        if (self->sounding[i].end > self->bar_start + self->bar_length)
            return 0;
    return 1;
}

static int may_begin_bar(const tracker *self) {
    return self->time_base == TIME_BASE_GRID && (!self->rules.bars || self->bars < bars_of(self));
}

/* Those of the rule; of them those in whose bars one of the note values fits, if there are any. */
static int allow_signatures(const tracker *self, uint8_t *mask) {
    const exercise_rules *rules = &self->rules.exercise;
    const int shortest = rules->note_values ? rules->shortest : 0;
    int count = 0;
    for (int strict = 1; strict >= 0 && !count; strict--)
        for (int i = 0; i < SIGNATURE_COUNT; i++)
            if (self->rules.meters >> i & 1 && (!strict || TIME_SIGNATURES[i].ticks >= shortest))
                count += allow(mask, signature_token(i), 1);
    return count;
}

static int allow_signature(const tracker *self, uint8_t *mask) {
    int cut = self->now > self->bar_start;
    if (self->rules.fixed_meter || (cut && self->rules.bars))
        return 0;
    int count = allow_signatures(self, mask);
    if (cut || self->signature < 0 || !mask[signature_token(self->signature)])
        return count; /* in mid-bar the running one means something: a cut */
    return count - forbid(mask, signature_token(self->signature), 0);
}

static int allow_tempos(const tracker *self, uint8_t *mask) {
    int count = 0;
    for (int tempo = 0; tempo < TEMPO_COUNT; tempo++)
        if (exercise_is_tempo(self, tempo))
            count += allow(mask, TOKEN_TEMPO + tempo, 1);
    return count;
}

static int allow_tempo(const tracker *self, uint8_t *mask) {
    if (self->rules.fixed_tempo)
        return 0;
    const int count = allow_tempos(self, mask);
    return self->tempo >= 0 && mask[TOKEN_TEMPO + self->tempo] ? count - forbid(mask, TOKEN_TEMPO, self->tempo) : count;
}

/* Where rules leave nothing to play, now or later, time goes on or the piece ends. */
static int allow_escape(const tracker *self, uint8_t *mask) {
    if (may_begin_bar(self))
        return allow(mask, TOKEN_BAR, 1);
    if (self->time_base == TIME_BASE_PERFORMANCE && self->rules.endless && !self->rules.ticks)
        return allow_steps(mask, TOKEN_SHIFT_FINE, TOKEN_SHIFT_BIG, 1, INT64_MAX);
    return allow(mask, TOKEN_EOS, 1);
}

/* Shifts to the second half of the bar, where an upbeat begins. */
static int allow_upbeat(const tracker *self, uint8_t *mask) {
    const int64_t middle = (self->bar_length + 1) / 2 - (self->now - self->bar_start);
    int count = allow_shifts(self, mask);
    for (int64_t ticks = 1; ticks < middle && ticks <= FINE_COUNT; ticks++)
        count -= mask[TOKEN_SHIFT_FINE + ticks - 1];
    memset(mask + TOKEN_SHIFT_FINE, 0, (size_t)smaller(middle - 1, FINE_COUNT));
    return count;
}

static int allow_body(const tracker *self, uint8_t *mask) {
    int last = self->last, grid = self->time_base == TIME_BASE_GRID, more = 0;
    if (self->last_big && !(self->given && tracker_given_writes(self))) {
        more = allow_more(self, mask);
        if (more && is_choosy(self) && !is_duration(self, self->last_big, has_exercise_rules(self) && has_suiting(self)))
            return more;
    }
    if (self->rules.upbeat == UPBEAT_DUE && grid && before_upbeat(self)) {
        const int steps = allow_upbeat(self, mask);
        if (steps)
            return steps;
    }
    if (is_shift_big(last) && !tracker_is_place(self, 0)) {
        const int steps = allow_shifts(self, mask);
        if (steps)
            return steps;
    }
    int notes = allow_notes(self, mask), count = notes + more;
    if (self->after_slot || self->pending_velocity >= 0)
        return count;
    if (self->rules.downbeat && notes && self->now == 0 && !self->struck_count)
        return count;
    const int due = notes && has_exercise_rules(self) && exercise_due(self) >= 0;
    if (!due)
        count += self->rules.upbeat == UPBEAT_UNCOUNTED && grid && before_upbeat(self) ? allow_upbeat(self, mask)
                                                                                       : allow_shifts(self, mask);
    if (is_shift(last) && !notes)
        return count;
    if (grid && (last == TOKEN_BAR || is_shift(last)))
        count += allow_signature(self, mask);
    if (grid && (last == TOKEN_BAR || is_shift(last) || is_signature(last)))
        count += allow_tempo(self, mask);
    if (is_shift(last) || due)
        return count;
    if (may_begin_bar(self) && may_pass(self))
        count += allow(mask, TOKEN_BAR, 1);
    if (may_end(self))
        count += allow(mask, TOKEN_EOS, 1);
    return count;
}

static void programs_of_rules(const tracker_rules *rules, int slot, uint64_t programs[2]) {
    programs[0] = rules->programs[0] & rules->slot_programs[slot][0];
    programs[1] = rules->programs[1] & rules->slot_programs[slot][1];
    if (!(programs[0] | programs[1]))
        memcpy(programs, rules->programs, sizeof rules->programs);
}

int tracker_allow(const tracker *self, uint8_t mask[VOCABULARY_SIZE]) {
    int last = self->last, grid = self->time_base == TIME_BASE_GRID, count = 0;
    memset(mask, 0, VOCABULARY_SIZE);
    if (self->finished)
        return 0;
    if (last < 0)
        return allow(mask, TOKEN_BOS, 1);
    if (is_note(last))
        return allow_durations(self, mask);
    if (self->header) {
        if (is_slot(last)) {
            uint64_t programs[2];
            programs_of_rules(&self->rules, last - TOKEN_SLOT, programs);
            for (int program = 0; program < PROGRAM_COUNT; program++)
                if (programs[program >> 6] >> (program & 63) & 1)
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
        return allow_signatures(self, mask);
    if (grid && self->bars && self->tempo < 0)
        return allow_tempos(self, mask);
    count += allow_body(self, mask);
    return count ? count : allow_escape(self, mask);
}
