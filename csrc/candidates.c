#include "candidates.h"

int candidates_rest(const piece *self, const candidates_end *end) {
    const tracker *at = self->tracker;
    const int upbeat = at->upbeat || at->rules.upbeat == UPBEAT_DUE;
    return at->finished || (end->bars && at->bars - upbeat > end->bars) ||
           (end->until != LOOP_NO_TICK && at->now >= end->until);
}

void candidates_copy(piece *to, const piece *from) {
    piece copy = *from;
    copy.tracker = to->tracker;
    copy.rng = to->rng;
    copy.script = to->script;
    copy.scripted = copy.read = to->scripted;
    copy.plan = to->plan;
    copy.chords = to->chords;
    copy.latent = to->latent;
    *to = copy;
    *to->tracker = *from->tracker;
}

int candidates_play(loop *self, loop *of, const candidates_end *end, int64_t deadline, uint16_t *tokens, size_t room,
                    size_t *rows) {
    for (*rows = 0; *rows < room;) {
        const loop_end interrupted = loop_interrupted(of, deadline);
        if (interrupted)
            return interrupted;
        const int failed = loop_step(self, tokens + *rows * (size_t)self->count);
        if (failed)
            return failed;
        ++*rows;
        for (int32_t p = 0; p < self->count; p++)
            if (candidates_rest(self->pieces[p], end))
                return LOOP_EOS;
    }
    return LOOP_FULL;
}
