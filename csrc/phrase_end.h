/* A phrase that is told to close does so: in its last bar the tune comes to rest on the tonic. A rule (cadences), for bars of
 * the grid in which the wishes say a closed cadence, no bars of the phrase left, and the key. Where the rule is for open
 * cadences too (2), they come to rest on a note of the dominant: the fifth, seventh or second step. Below, these stand in for
 * the tonic then.
 *
 * The tune is what the highest slot plays: the one that struck the highest of all pitches that the slots struck last, when the
 * bar began; of a chord its first, highest note. It rests if the longest of its steps, from note to note, of equals the last,
 * begins with a tonic. So it has to strike one on a beat, on the last beat of the first half of the bar at the latest, and then:
 *
 * - it goes on only after as long as any step before it in the bar, and not before half of the time from that last beat to the
 *   bar line is over,
 * - and its steps after that, which may lead to the next phrase, are shorter.
 *
 * Until then it may do what it likes, but for notes that last beyond that beat. Where other rules leave no tonic, or nothing
 * else, the phrase ends as it can. A close in the last bar of the rule `bars` is left to piece_cadence (piece.h). */
#ifndef LINNET_PHRASE_END_H
#define LINNET_PHRASE_END_H

#include <stdint.h>

enum { CADENCES_OPEN_TOO = 2 }; /* of the rule */

typedef struct {
    int8_t slot;     /* that has the tune in this bar; -1 = none */
    int64_t last_at; /* tick at which it struck last in this bar, -1 = not yet */
    int64_t rest_at; /* where it came to rest, -1 = not yet */
    int32_t longest; /* of its steps before that in this bar, in ticks */
    int32_t rest;    /* ticks that it rested; 0 = it has not, or does still */
} phrase_end;

/* Before the first bar. */
void phrase_end_reset(phrase_end *self);

#endif
