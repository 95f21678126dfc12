/* The loop that plays: features -> network step -> mask -> sample -> advance, for one piece, or for many in step.
 *
 * Everything it touches was prepared by its owner, so nothing here allocates, and no Python is needed while it runs.
 * Any number of loops, each in one thread at a time, may share a session.
 */
#ifndef LINNET_LOOP_H
#define LINNET_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "ort.h"
#include "piece.h"

typedef struct {
    const ort_library *ort;
    OrtSession *session;
    /* Both bind `features`, `logits` and, where there is one, `latent`. The states change places: step[0] reads the first set of them and writes the
     * second, step[1] reads the second and writes the first. */
    OrtIoBinding *step[2];
    piece **pieces;
    int32_t count;     /* of pieces */
    /* How much wishes and latents weigh. Unless it is 1 every tensor has a second row for each piece, count + p for
     * piece p, which reads the same music with the wishes of tracker_drop_controls and a latent of zeros, and logits = unconditional + guidance *
     * (conditional - unconditional), each operation rounded to float (classifier-free guidance: Ho and Salimans 2021, arXiv
     * 2207.12598). */
    float guidance;
    int32_t width;     /* columns of the features that the network reads, from the left: not all if it was trained before there were as many */
    int64_t *features; /* (rows, width) */
    float *logits;     /* (rows, VOCABULARY_SIZE); the first `count` are drawn from */
    size_t latent;     /* numbers in the latent of a variational network; 0 = it takes none */
    float *latents;    /* (rows, latent) */
    piece_workspace workspace;
    int side; /* the step that is next */
    int due;  /* the network has yet to read the last tokens */
    int stop; /* for loop_stop alone */
    ort_problem problem;
} loop;

enum { LOOP_NO_STEP = -100 }; /* the network cannot be run; see `problem` */

/* The only piece goes on with a token that is given, 0 <= token < VOCABULARY_SIZE. Returns 0 or LOOP_NO_STEP. */
int loop_append(loop *self, int token);

/* Every piece goes on by a token, written to tokens[count]. Returns 0, or LOOP_NO_STEP or a negative code of the sampler; a
 * loop of one piece stays where it was then, and one of many is at an end. */
int loop_step(loop *self, uint16_t *tokens);

typedef enum {
    LOOP_FULL, /* there is no room for another row of tokens */
    LOOP_EOS,  /* a piece is over */
    LOOP_TICK, /* the first piece has come so far */
    LOOP_TIME, /* the deadline has passed */
    LOOP_STOPPED
} loop_end;

enum { LOOP_NO_TICK = -1, LOOP_NO_DEADLINE = -1 };

/* Goes on by up to `room` tokens a piece, written to tokens[rows * count] row by row, and counts the rows. It ends where a
 * piece is over, where the first piece is at the tick `until` or later, at a stop, or at a deadline in nanoseconds of
 * loop_clock. Deadline and stop are looked at before each step. Returns why it ended (a loop_end), or the negative code of
 * loop_step. */
int loop_play(loop *self, int64_t until, int64_t deadline, uint16_t *tokens, size_t room, size_t *rows);

/* Makes loop_play return before its next token, from any thread; with none running, the next one. */
void loop_stop(loop *self);

/* Nanoseconds on a clock that only goes forward. */
int64_t loop_clock(void);

#endif
