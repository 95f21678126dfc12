#define _POSIX_C_SOURCE 199309L /* clock_gettime, under -std=c99 */
#include "loop.h"

#ifdef _WIN32
#include <windows.h>

int64_t loop_clock(void) {
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return now.QuadPart / frequency.QuadPart * 1000000000 +
           now.QuadPart % frequency.QuadPart * 1000000000 / frequency.QuadPart;
}

void loop_stop(loop *self) { InterlockedExchange((volatile LONG *)&self->stop, 1); }
static int take_stop(loop *self) { return InterlockedExchange((volatile LONG *)&self->stop, 0); }
#else
#include <time.h>

int64_t loop_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void loop_stop(loop *self) { __atomic_store_n(&self->stop, 1, __ATOMIC_RELAXED); }
static int take_stop(loop *self) { return __atomic_exchange_n(&self->stop, 0, __ATOMIC_RELAXED); }
#endif

/* Lets the network read the last token, if it has not. */
static int read_last(loop *self) {
    if (!self->due)
        return 0;
    int32_t bag[FEATURE_WIDTH];
    tracker_features(self->tracker, bag);
    for (int i = 0; i < FEATURE_WIDTH; i++)
        self->features[i] = bag[i];
    OrtStatus *status = self->ort->RunWithBinding(self->session, NULL, self->step[self->side]);
    if (ort_failed(self->ort, status, &self->problem))
        return LOOP_NO_STEP;
    self->side ^= 1;
    self->due = 0;
    return 0;
}

int loop_take(loop *self, int token) {
    const int failed = read_last(self);
    if (failed)
        return failed;
    tracker_advance(self->tracker, token);
    self->due = 1;
    return 0;
}

int loop_draw(loop *self) {
    double logprob;
    const int failed = read_last(self);
    if (failed)
        return failed;
    tracker_mask(self->tracker, self->mask);
    const int32_t token = sampler_draw(self->logits, self->mask, VOCABULARY_SIZE, &self->sampling, self->rng,
                                       self->scratch, &logprob);
    if (token >= 0) {
        tracker_advance(self->tracker, token);
        self->due = 1;
    }
    return token;
}

int loop_play(loop *self, int to_bar, int64_t deadline, uint16_t *tokens, size_t room, size_t *count) {
    for (*count = 0; *count < room;) {
        if (take_stop(self))
            return LOOP_STOPPED;
        if (deadline != LOOP_NO_DEADLINE && loop_clock() >= deadline)
            return LOOP_TIME;
        const int64_t bars = self->tracker->bars;
        const int token = loop_draw(self);
        if (token < 0)
            return token;
        tokens[(*count)++] = (uint16_t)token;
        if (self->tracker->finished)
            return LOOP_EOS;
        if (to_bar && self->tracker->bars != bars)
            return LOOP_BAR;
    }
    return LOOP_FULL;
}
