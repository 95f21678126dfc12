/* What decides the next token. */
#include "piece.h"

static int64_t last_beat(const tracker *piece) {
    const int beat = piece->signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[piece->signature].beat_ticks;
    return piece->bar_start + piece->bar_length - beat;
}

/* Speaks once in each bar, and once more where the piece closes. */
static void follow_plan(piece *self) {
    const piece_plan *plan = &self->plan;
    tracker *tracker = self->tracker;
    if (self->read < self->scripted)
        return;
    if (plan->closing && tracker->bars == plan->close && tracker->now >= last_beat(tracker))
        tracker->rules.scale = plan->closing;
    if (!plan->bars || tracker->bars == self->planned || tracker->bars < plan->first)
        return;
    self->planned = tracker->bars;
    int64_t bar = tracker->bars - plan->first;
    if (bar >= plan->count)
        bar = plan->again + (bar - plan->count) % (plan->count - plan->again);
    tracker->wishes[WISH_LIKENESS] = plan->bars[bar].likeness;
    tracker_look(tracker, plan->bars[bar].look);
}

void piece_take(piece *self, int token) {
    tracker_advance(self->tracker, token);
    follow_plan(self);
}

int piece_draw(piece *self, const float logits[VOCABULARY_SIZE], piece_desk *desk) {
    double logprob;
    tracker_mask(self->tracker, desk->mask);
    const int token =
        sampler_draw(logits, desk->mask, VOCABULARY_SIZE, &self->sampling, &self->rng, desk->scratch, &logprob);
    if (token >= 0)
        piece_take(self, token);
    return token;
}

int piece_next(piece *self, const float logits[VOCABULARY_SIZE], piece_desk *desk) {
    if (self->read == self->scripted)
        return piece_draw(self, logits, desk);
    const int word = self->script[self->read];
    if (word >= 0) {
        self->read++;
        piece_take(self, word);
        return word;
    }
    /* The plan is not to speak before the script is over: draw first, then turn the page. */
    const int token = piece_draw(self, logits, desk);
    if (token == TOKEN_BAR || (token >= 0 && word == SCRIPT_DRAW)) {
        self->read++;
        follow_plan(self);
    }
    return token;
}
