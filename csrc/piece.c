/* What decides the next token. */
#include "piece.h"

static int64_t last_beat(const tracker *piece) {
    const int beat = piece->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[piece->signature].beat_ticks;
    return piece->bar_start + piece->bar_length - beat;
}

static int had_chords(const tracker *tracker) {
    const bar_history *bar = &tracker->history[(uint64_t)(tracker->bars - 1) & (HISTORY_BARS - 1)];
    for (int i = 1; i < bar->count; i++)
        if (bar->position[i] == bar->position[i - 1] && bar->onset[i] < PITCH_COUNT && bar->onset[i - 1] < PITCH_COUNT)
            return 1;
    return 0;
}

/* The slot that struck the lowest note of all that the slots struck last; -1 where there is but one slot. */
static int bass(const tracker *tracker) {
    int lowest = -1;
    for (int slot = 0; slot < SLOT_COUNT && tracker->declared > 1; slot++)
        if (tracker->pitch[slot] >= 0 && (lowest < 0 || tracker->pitch[slot] <= tracker->pitch[lowest]))
            lowest = slot;
    return lowest;
}

/* The pitch classes on which the running slot closes in this bar; 0 where it does not. */
static uint16_t closing(const piece *self) {
    const piece_cadence *cadence = &self->cadence;
    if (!cadence->bar || self->tracker->bars != cadence->bar || self->read < self->scripted)
        return 0;
    return had_chords(self->tracker) && self->tracker->slot != bass(self->tracker) ? cadence->chord : cadence->line;
}

static int is_of(uint16_t classes, int pitch) { return classes >> pitch % 12 & 1; }

/* A note that does not close may last until the last beat, and no longer. */
static void follow_cadence(piece *self, int token) {
    tracker *tracker = self->tracker;
    const uint16_t classes = closing(self);
    if (!classes)
        return;
    const int is_duration = token >= TOKEN_DURATION_FINE && token < TOKEN_DURATION_BIG + BIG_COUNT;
    if (self->longest >= 0 && !is_duration) {
        tracker->rules.longest = self->longest;
        self->longest = -1;
    }
    const int64_t left = last_beat(tracker) - tracker->now;
    if (left <= 0)
        tracker->rules.scale = classes;
    else if (token >= TOKEN_NOTE && token < TOKEN_NOTE + PITCH_COUNT && !is_of(classes, token - TOKEN_NOTE)) {
        self->longest = tracker->rules.longest;
        if (!self->longest || self->longest > left)
            tracker->rules.longest = (int32_t)left;
    }
}

/* Whether it is too early to end: what was struck last does not close, and something else can be struck. */
static int must_go_on(const piece *self, int allowed) {
    const tracker *tracker = self->tracker;
    const uint16_t classes = closing(self);
    return classes && allowed > 1 &&
           (tracker->slot < 0 || tracker->pitch[tracker->slot] < 0 || !is_of(classes, tracker->pitch[tracker->slot]));
}

/* Speaks once in each quarter of a bar. */
static void follow_plan(piece *self) {
    const piece_plan *plan = &self->plan;
    tracker *tracker = self->tracker;
    if (self->read < self->scripted)
        return;
    if (!plan->bars || tracker->bars < plan->first)
        return;
    int64_t number = tracker->bars - plan->first;
    if (number >= plan->count)
        number = plan->again + (number - plan->count) % (plan->count - plan->again);
    const plan_bar *bar = &plan->bars[number];
    const int64_t before = self->planned;
    self->planned = tracker_follow_plan(tracker, bar->source, bar->quarters, before);
    if (self->planned / 4 == before / 4)
        return;
    for (int i = 0; i < WISH_COUNT; i++)
        if (bar->wishes[i] != PLAN_LEAVES)
            tracker->wishes[i] = bar->wishes[i];
}

void piece_append(piece *self, int token) {
    tracker_advance(self->tracker, token);
    follow_plan(self);
    follow_cadence(self, token);
}

int piece_sample(piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace) {
    double logprob;
    if (must_go_on(self, tracker_mask(self->tracker, workspace->mask)))
        workspace->mask[TOKEN_EOS] = 0;
    const int token =
        sampler_sample(logits, workspace->mask, VOCABULARY_SIZE, &self->sampling, &self->rng, workspace->scratch, &logprob);
    if (token >= 0)
        piece_append(self, token);
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
            self->tracker->watch.interventions = 0; /* what was given needed none */
        return word;
    }
    /* The plan is not to speak before the script is over: draw first, then turn the page. */
    const int token = piece_sample(self, logits, workspace);
    if (token == TOKEN_BAR || (token >= 0 && word == SCRIPT_SAMPLE)) {
        self->read++;
        follow_plan(self);
    }
    return token;
}
