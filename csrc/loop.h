/* The loop that plays: features -> network step -> mask -> sample -> advance.
 *
 * Everything it touches was prepared by its owner, so nothing here allocates, and no Python is needed while it runs.
 * Any number of loops, each in one thread at a time, may share a session.
 */
#ifndef LINNET_LOOP_H
#define LINNET_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "ort.h"
#include "rng.h"
#include "sampler.h"
#include "tracker.h"

typedef struct {
    const ort_library *ort;
    OrtSession *session;
    /* Both bind `features` and `logits`. The states change places: step[0] reads the first set of them and writes the
     * second, step[1] reads the second and writes the first. */
    OrtIoBinding *step[2];
    tracker *tracker;
    rng_state *rng;
    sampler_options sampling;
    void *scratch; /* sampler_scratch_size(VOCABULARY_SIZE) bytes aligned for double */
    int64_t features[FEATURE_WIDTH];
    float logits[VOCABULARY_SIZE];
    uint8_t mask[VOCABULARY_SIZE];
    int side; /* the step that is next */
    int due;  /* the network has yet to read the last token */
    int stop; /* for loop_stop alone */
    ort_problem problem;
} loop;

enum { LOOP_NO_STEP = -100 }; /* the network cannot be run; see `problem` */

/* Goes on with a token that is given, 0 <= token < VOCABULARY_SIZE. Returns 0 or LOOP_NO_STEP. */
int loop_take(loop *self, int token);

/* Goes on with a token that network, rules and chance agree on, and returns it; or LOOP_NO_STEP or a negative code of
 * the sampler, and the piece stays where it was. */
int loop_draw(loop *self);

typedef enum {
    LOOP_FULL, /* there is no room for another token */
    LOOP_EOS,
    LOOP_BAR,  /* the last token began a bar */
    LOOP_TIME, /* the deadline has passed */
    LOOP_STOPPED
} loop_end;

enum { LOOP_NO_DEADLINE = -1 };

/* Draws up to `room` tokens into `tokens` and counts them in `count`, until eos, a stop, a deadline in nanoseconds of
 * loop_clock, or with `to_bar` until a bar begins. Deadline and stop are looked at before each token. Returns why it
 * ended (a loop_end), or the negative code of loop_draw. */
int loop_play(loop *self, int to_bar, int64_t deadline, uint16_t *tokens, size_t room, size_t *count);

/* Makes loop_play return before its next token, from any thread; with none running, the next one. */
void loop_stop(loop *self);

/* Nanoseconds on a clock that only goes forward. */
int64_t loop_clock(void);

#endif
