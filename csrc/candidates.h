/* Several ways on from one place of a piece, composed together as rows of one batch, for the best of them to be taken. */
#ifndef LINNET_CANDIDATES_H
#define LINNET_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "loop.h"

/* How far candidates go. */
typedef struct {
    int64_t bars;  /* until so many full bars are over, an upbeat not counted; 0 = this does not end them */
    int64_t until; /* to this tick or beyond; LOOP_NO_TICK = likewise */
} candidates_end;

/* Whether a piece is over, or has come to the end. */
int candidates_rest(const piece *self, const candidates_end *end);

/* Makes a piece go on from where another one is. Its memory (tracker, script, plan, latent) stays its own; random numbers too. */
void candidates_copy(piece *to, const piece *from);

/* Plays as loop_play until one of the pieces rests, none of which did before: that is LOOP_EOS. A stop is one of the loop `of`. */
int candidates_play(loop *self, loop *of, const candidates_end *end, int64_t deadline, uint16_t *tokens, size_t room,
                    size_t *rows);

#endif
