#define _POSIX_C_SOURCE 199309L /* clock_gettime, under -std=c99 */
#include "loop.h"

#include <stdio.h>
#include <string.h>

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

static void write_row(loop *self, int32_t row, const int32_t features[FEATURE_WIDTH], const float *latent) {
    int64_t *ids = self->features + (size_t)row * (size_t)self->width;
    for (int32_t i = 0; i < self->width; i++)
        ids[i] = features[i];
    float *written = self->latents + (size_t)row * self->latent;
    if (self->latent && latent)
        memcpy(written, latent, self->latent * sizeof *written);
    else if (self->latent)
        memset(written, 0, self->latent * sizeof *written);
}

static float *logits_of(const loop *self, int32_t row) { return self->logits + (size_t)row * (size_t)self->outputs; }

static void guide(loop *self) {
    for (int32_t p = 0; p < self->count; p++) {
        float *conditional = logits_of(self, p);
        const float *unconditional = logits_of(self, self->count + p);
        for (int i = 0; i < VOCABULARY_SIZE; i++)
            conditional[i] = unconditional[i] + self->guidance * (conditional[i] - unconditional[i]);
    }
}

static int run_step(loop *self) {
    if (!self->native)
        return ort_failed(self->ort, self->ort->RunWithBinding(self->session, NULL, self->step[self->side]), &self->problem);
    const int failed = native_run(self->native, &self->own[self->side], self->own_work);
    if (failed)
        snprintf(self->problem.text, sizeof self->problem.text, "%s", native_words(failed));
    return failed;
}

/* Lets the network read the last tokens, if it has not. */
static int read_last(loop *self) {
    if (!self->due)
        return 0;
    const int guided = self->guidance != 1;
    int32_t features[FEATURE_WIDTH];
    for (int32_t p = 0; p < self->count; p++) {
        tracker_features(self->pieces[p]->tracker, features);
        write_row(self, p, features, self->pieces[p]->latent);
        if (guided) {
            tracker_drop_controls(features);
            write_row(self, self->count + p, features, NULL);
        }
    }
    if (run_step(self))
        return LOOP_NO_STEP;
    for (int32_t row = 0; row < self->count << guided; row++)
        heads_add(self->heads, self->head_count, self->features + (size_t)row * (size_t)self->width, logits_of(self, row));
    if (guided)
        guide(self);
    self->side ^= 1;
    self->due = 0;
    return 0;
}

int loop_append(loop *self, int token) {
    const int failed = read_last(self);
    if (failed)
        return failed;
    piece_append(self->pieces[0], token);
    self->due = 1;
    return 0;
}

int loop_step(loop *self, uint16_t *tokens) {
    const int failed = read_last(self);
    if (failed)
        return failed;
    for (int32_t p = 0; p < self->count; p++) {
        const int token = piece_next(self->pieces[p], logits_of(self, p), &self->workspace);
        if (token < 0)
            return token;
        tokens[p] = (uint16_t)token;
    }
    self->due = 1;
    return 0;
}

static int is_over(const loop *self) {
    for (int32_t p = 0; p < self->count; p++)
        if (self->pieces[p]->tracker->finished)
            return 1;
    return 0;
}

loop_end loop_interrupted(loop *self, int64_t deadline) {
    if (take_stop(self))
        return LOOP_STOPPED;
    return deadline != LOOP_NO_DEADLINE && loop_clock() >= deadline ? LOOP_TIME : LOOP_FULL;
}

int loop_play(loop *self, int64_t until, int64_t deadline, uint16_t *tokens, size_t room, size_t *rows) {
    for (*rows = 0; *rows < room;) {
        const loop_end interrupted = loop_interrupted(self, deadline);
        if (interrupted)
            return interrupted;
        const int failed = loop_step(self, tokens + *rows * (size_t)self->count);
        if (failed)
            return failed;
        ++*rows;
        if (is_over(self))
            return LOOP_EOS;
        if (until != LOOP_NO_TICK && self->pieces[0]->tracker->now >= until)
            return LOOP_TICK;
    }
    return LOOP_FULL;
}

int loop_follow(loop *self, int64_t until, int64_t deadline, const uint16_t *tokens, size_t *count) {
    const size_t given = *count;
    const tracker *at = self->pieces[0]->tracker;
    for (*count = 0; *count < given;) {
        const loop_end interrupted = loop_interrupted(self, deadline);
        if (interrupted)
            return interrupted;
        const int64_t before = at->now;
        const int failed = loop_append(self, tokens[*count]);
        if (failed)
            return failed;
        ++*count;
        if (until != LOOP_NO_TICK && at->now > before && at->now >= until)
            return LOOP_TICK;
    }
    return LOOP_FULL;
}
