/* The loop that plays: features -> network step -> mask -> sample -> advance, for one piece or for many in step.
 *
 * Its owner prepares all memory, so nothing here allocates, and no Python is needed while it runs. Any number of loops may
 * share a session, each in one thread at a time.
 */
#ifndef LINNET_LOOP_H
#define LINNET_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "heads.h"
#include "native/native.h"
#include "ort.h"
#include "piece.h"

typedef struct {
    /* The network is stepped by linnet's own engine, or where `native` is NULL by onnxruntime. */
    const native_model *native;
    const ort_library *ort;
    OrtSession *session;
    /* Both bind `features`, `logits` and, where there is one, `latent`. The states come in two sets: step[0] reads the first
     * and writes the second, step[1] reads the second and writes the first. */
    OrtIoBinding *step[2];
    native_step own[2]; /* the same for linnet's own engine */
    void *work;         /* of its owner; `own_work` is in it, at an address that the engine wants */
    void *own_work;
    piece **pieces;
    int32_t count;     /* of pieces */
    /* How much wishes and latents weigh (classifier-free guidance: Ho and Salimans 2021, arXiv 2207.12598). Unless it is 1,
     * every tensor has a second, unconditional row for each piece, row count + p for piece p: the same music after
     * tracker_drop_controls, with a latent of zeros. Then logits = unconditional + guidance * (conditional - unconditional),
     * each operation rounded to float. */
    float guidance;
    int32_t width;     /* columns that the network reads, from the left; an older network reads fewer than FEATURE_WIDTH */
    int64_t *features; /* (rows, width) */
    int32_t outputs;   /* numbers that the network gives: VOCABULARY_SIZE, and those of its heads */
    head heads[HEADS_MOST];
    int32_t head_count;
    float *logits;     /* (rows, outputs), of home pitches; tokens are sampled from the first `count` */
    size_t latent;     /* numbers in the latent of a variational network; 0 = it takes none */
    float *latents;    /* (rows, latent) */
    piece_workspace workspace;
    int side; /* the step that is next */
    int due;  /* the network has yet to read the last tokens */
    int stop; /* set by loop_stop, read by loop_play */
    ort_problem problem;
} loop;

enum { LOOP_NO_STEP = -100 }; /* the network cannot be run; see `problem` */

/* For a loop of one piece: appends a given token, 0 <= token < VOCABULARY_SIZE. Returns 0 or LOOP_NO_STEP. */
int loop_append(loop *self, int token);

/* Every piece goes on by one token, written to tokens[count]. Returns 0, LOOP_NO_STEP, or a negative code of the sampler. After
 * an error a loop of one piece is where it was, and a loop of many pieces cannot go on. */
int loop_step(loop *self, uint16_t *tokens);

typedef enum {
    LOOP_FULL, /* there is no room for another row of tokens */
    LOOP_EOS,  /* a piece is over */
    LOOP_TICK, /* the first piece has reached the tick */
    LOOP_TIME, /* the deadline has passed */
    LOOP_STOPPED
} loop_end;

enum { LOOP_NO_TICK = -1, LOOP_NO_DEADLINE = -1 };

/* Plays up to `room` tokens a piece into tokens[rows * count], row by row, and counts the rows. It ends early when a piece is
 * over, when the first piece is at the tick `until` or later, at a stop, and at a deadline in nanoseconds of loop_clock. Stop
 * and deadline are checked before each step. Returns why it ended (a loop_end), or the negative code of loop_step. */
int loop_play(loop *self, int64_t until, int64_t deadline, uint16_t *tokens, size_t room, size_t *rows);

/* For a loop of one piece: appends *count given tokens, 0 <= token < VOCABULARY_SIZE, and ends early when time has moved on to
 * the tick `until`, and else as loop_play. *count becomes how many it appended. Returns as loop_play. */
int loop_follow(loop *self, int64_t until, int64_t deadline, const uint16_t *tokens, size_t *count);

/* Makes loop_play and loop_follow return before their next token; may be called from any thread. If none is running, the next
 * one returns at once. */
void loop_stop(loop *self);

/* Before a token: LOOP_STOPPED if loop_stop was called since the last time that somebody asked, LOOP_TIME after the deadline, else
 * LOOP_FULL, which is 0: nothing. */
loop_end loop_interrupted(loop *self, int64_t deadline);

/* Nanoseconds on a clock that only goes forward. */
int64_t loop_clock(void);

#endif
