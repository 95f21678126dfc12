/* What decides the next token. */
#include "piece.h"

#include <string.h>

#include "cadence.h"
#include "cadence_parts.h"
#include "register.h"
#include "returns.h"

void piece_begin(piece *self) {
    self->planned = self->harmonised = 0;
    self->turn.is_set = 0;
    cadence_begin(self);
}

/* What the plan says of a bar of the piece, not before its first. */
static const plan_bar *planned_bar(const piece_plan *plan, int64_t bar) {
    int64_t number = bar - plan->first;
    if (number >= plan->count)
        number = plan->again + (number - plan->count) % (plan->count - plan->again);
    return &plan->bars[number];
}

/* The chords of a bar of the piece, as a progression deals them to its beats. */
static void deal_chords(const piece *self, int64_t bar, uint8_t cells[CHORD_CELLS]) {
    const piece_chords *chords = &self->chords;
    const tracker *tracker = self->tracker;
    const int ticks = tracker->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[tracker->signature].beat_ticks;
    const int beats = (tracker->bar_length + ticks - 1) / ticks;
    const int64_t number = bar - chords->first - tracker->upbeat;
    const bar_chords *dealt = &chords->bars[number < 0 ? 0 : number % chords->count];
    for (int beat = 0; beat < CHORD_CELLS; beat++)
        cells[beat] = beat < beats ? dealt->cells[number < 0 ? 0 : beat * dealt->count / beats] : 0;
}

void piece_tell_chords(piece *self) {
    const piece_plan *plan = &self->plan;
    tracker *tracker = self->tracker;
    memset(tracker->chords, 0, sizeof tracker->chords);
    for (int ahead = 0; ahead < CHORD_BARS; ahead++) {
        const int64_t bar = tracker->bars + ahead;
        if (self->chords.bars)
            deal_chords(self, bar, tracker->chords[ahead]);
        else if (plan->bars && bar >= plan->first)
            memcpy(tracker->chords[ahead], planned_bar(plan, bar)->row + ROW_CHORDS, CHORD_CELLS);
    }
    self->harmonised = tracker->bars;
}

static void follow_turn(piece *self) {
    if (!self->turn.is_set || self->read < self->scripted)
        return;
    self->turn.is_set = 0;
    self->tracker->wishes[WISH_KEY] = self->turn.key;
    tracker_set_shift(self->tracker, self->turn.shift);
}

/* Applies the plan: the source in each quarter of a bar, wishes and chords in each bar. */
static void follow_plan(piece *self) {
    const piece_plan *plan = &self->plan;
    tracker *tracker = self->tracker;
    if (self->read < self->scripted)
        return;
    if (self->chords.bars && tracker->bars && tracker->bars != self->harmonised)
        piece_tell_chords(self);
    if (!plan->bars || tracker->bars < plan->first)
        return;
    const plan_bar *bar = planned_bar(plan, tracker->bars);
    const int64_t before = self->planned;
    self->planned = tracker_follow_plan(tracker, bar->source, bar->quarters, before);
    if (self->planned / 4 == before / 4)
        return;
    for (int i = 0; i < WISH_COUNT; i++)
        if (bar->row[i] != PLAN_LEAVES)
            tracker->wishes[i] = bar->row[i];
    piece_tell_chords(self);
}

void piece_append(piece *self, int token) {
    tracker_advance(self->tracker, token);
    follow_turn(self);
    follow_plan(self);
    cadence_follow(self, token);
    self->tracker->tutti = (uint8_t)(!cadence_is_near(self) ? 0 : self->due >= 0 && cadence_is_closing(self) ? CLOSES : COMES_TO_CLOSE);
}

/* ---- tokens that are not allowed, read as the nearest allowed one ---------------------------------------------- */

typedef struct {
    int first, count, as; /* tokens that are read as another */
} reading;

static int highest(const uint8_t *mask, int first, int count) {
    int token = first + count - 1;
    while (token >= first && !mask[token])
        token--;
    return token < first ? -1 : token;
}

/* Steps longer than the longest that may be. */
static int too_long(const uint8_t *mask, int fine, int big, int as, reading *readings) {
    const int longest_fine = highest(mask, fine, FINE_COUNT), longest_big = highest(mask, big, BIG_COUNT);
    if (as < 0)
        as = longest_big >= 0 ? longest_big : longest_fine;
    if (as < 0)
        return 0;
    int found = 0;
    const int past_big = longest_big < 0 ? big : longest_big + 1, past_fine = longest_fine + 1;
    readings[found++] = (reading){past_big, big + BIG_COUNT - past_big, as};
    if (longest_big < 0 && longest_fine >= 0)
        readings[found++] = (reading){past_fine, fine + FINE_COUNT - past_fine, as};
    return found;
}

static int in_steps(int token) { return token >= TOKEN_SHIFT_FINE && token < TOKEN_SHIFT_BIG + BIG_COUNT; }

/* Nothing is struck beyond the time there is. */
static int past_the_end(const tracker *tracker, reading *readings) {
    const int64_t left = tracker->rules.ticks - tracker->now - 1;
    if (!tracker->rules.ticks || left < 0 || in_steps(tracker->last) || tracker->after_slot || tracker->pending_velocity >= 0 ||
        tracker->header || tracker->finished)
        return 0;
    const int fine = left < FINE_COUNT ? (int)left : FINE_COUNT;
    const int big = left < BIG_COUNT * BIG_STEP ? (int)(left / BIG_STEP) : BIG_COUNT;
    readings[0] = (reading){TOKEN_SHIFT_FINE + fine, FINE_COUNT - fine, TOKEN_EOS};
    readings[1] = (reading){TOKEN_SHIFT_BIG + big, BIG_COUNT - big, TOKEN_EOS};
    return 2;
}

static int read_as(const piece *self, const uint8_t *mask, reading readings[4]) {
    const tracker *tracker = self->tracker;
    if (tracker->last >= TOKEN_NOTE && tracker->last < TOKEN_NOTE + PITCH_COUNT)
        return too_long(mask, TOKEN_DURATION_FINE, TOKEN_DURATION_BIG, -1, readings);
    if (tracker->time_base == TIME_BASE_PERFORMANCE)
        return past_the_end(tracker, readings);
    if (mask[TOKEN_EOS] == mask[TOKEN_BAR])
        return 0;
    readings[0] = mask[TOKEN_EOS] ? (reading){TOKEN_BAR, 1, TOKEN_EOS} : (reading){TOKEN_EOS, 1, TOKEN_BAR};
    return 1;
}

/* The logits of sounding pitches. */
static const float *sounding(const tracker *tracker, const float logits[VOCABULARY_SIZE], piece_workspace *workspace) {
    if (tracker->shift == SHIFT_UNKNOWN || tracker->shift == 0)
        return logits;
    memcpy(workspace->logits, logits, sizeof workspace->logits);
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        workspace->logits[TOKEN_NOTE + pitch] = logits[TOKEN_NOTE + tracker_home_pitch(tracker, pitch)];
    return workspace->logits;
}

/* What a given note follows: time that would pass it, and players after it, are read as the way to it. */
static int sample_before_given(piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace, int next) {
    uint8_t wider[VOCABULARY_SIZE];
    double logprob;
    memcpy(wider, workspace->mask, sizeof wider);
    memset(wider + TOKEN_EOS, 1, TOKEN_BAR - TOKEN_EOS + 1); /* the end, steps of time, the bar line */
    memset(wider + TOKEN_SLOT, 1, SLOT_COUNT);
    const int token = sampler_sample(logits, wider, VOCABULARY_SIZE, &self->sampling, &self->rng, workspace->scratch, &logprob);
    return token < 0 || workspace->mask[token] ? token : next;
}

static int sample_read(piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace) {
    uint8_t *mask = workspace->mask;
    const int given = self->tracker->given ? tracker_given_next(self->tracker) : -1;
    if (given >= 0 && mask[given])
        return sample_before_given(self, logits, workspace, given);
    reading readings[4];
    double logprob;
    const int count = read_as(self, mask, readings);
    for (int i = 0; i < count; i++)
        memset(mask + readings[i].first, 1, (size_t)readings[i].count);
    int token = sampler_sample(logits, mask, VOCABULARY_SIZE, &self->sampling, &self->rng, workspace->scratch, &logprob);
    for (int i = 0; i < count; i++) {
        memset(mask + readings[i].first, 0, (size_t)readings[i].count);
        if (token >= readings[i].first && token < readings[i].first + readings[i].count)
            token = readings[i].as;
    }
    return token;
}

/* Whether a bar of the plan ends a phrase: the kit leads on in its second half, and nobody takes that up as the beat. */
static int ends_phrase(const piece_plan *plan, int64_t bar) {
    return bar >= plan->first && planned_bar(plan, bar)->row[WISH_PHRASE_LEFT] == 1;
}

/* The logits of sounding pitches, those lowered that lead away from what is planned. */
static const float *as_planned(const piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace) {
    enum { FIRST_HALF = 3, WHOLE = 15 };
    const piece_plan *plan = &self->plan;
    const int64_t bar = self->tracker->bars;
    if (!plan->bars || bar < plan->first || (plan->returns <= 0 && plan->beat <= 0 && plan->in_register <= 0) || cadence_is_closing(self))
        return logits;
    const plan_bar *planned = planned_bar(plan, bar);
    returns back = {planned->returns, planned->return_quarters, 1, ends_phrase(plan, bar) ? FIRST_HALF : WHOLE, plan->returns, plan->beat};
    if (ends_phrase(plan, bar - 1))
        back.kit_ago = 2;
    if (logits != workspace->logits)
        memcpy(workspace->logits, logits, sizeof workspace->logits);
    if (plan->in_register > 0)
        register_shape(self->tracker, plan->in_register, workspace->logits);
    returns_shape(self->tracker, &back, workspace->mask, workspace->logits);
    return workspace->logits;
}

int piece_sample(piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace) {
    const rng_state before = self->rng;
    const int64_t due = self->due;
    int token;
    do {
        tracker_mask(self->tracker, workspace->mask);
        cadence_shape(self, workspace->mask);
        token = sample_read(self, as_planned(self, sounding(self->tracker, logits, workspace), workspace), workspace);
        if (in_steps(token) && workspace->mask[TOKEN_EOS] && cadence_has_said_enough(self))
            token = TOKEN_EOS;
    } while (token == TOKEN_EOS && cadence_falls_due(self, workspace->mask));
    if (token >= 0) {
        piece_append(self, token);
    } else {
        self->rng = before;
        self->due = due;
    }
    return token;
}

int piece_next(piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace) {
    if (self->read == self->scripted)
        return piece_sample(self, logits, workspace);
    const int word = self->script[self->read];
    if (word >= 0) {
        self->read++;
        piece_append(self, word);
        if (self->read == self->scripted)
            self->tracker->watch.interventions = self->tracker->leading.parallels = self->tracker->leading.crossings =
                0; /* what was given is nobody's fault here */
        return word;
    }
    /* The plan begins when the script is over: so first the token is sampled, then the script is read on. */
    const int token = piece_sample(self, logits, workspace);
    if (token == TOKEN_BAR || (token >= 0 && word == SCRIPT_SAMPLE)) {
        self->read++;
        follow_turn(self);
        follow_plan(self);
    }
    return token;
}
