/* What the parts of the close share: cadence.c closes, bass_close.c leads the bass there. No other file includes this. */
#ifndef LINNET_CADENCE_PARTS_H
#define LINNET_CADENCE_PARTS_H

#include "piece.h"

/* Whether this is the closing bar. */
int cadence_is_closing(const piece *self);

/* Whether a tick of this bar is on a beat. */
int cadence_is_in_time(const tracker *tracker, int64_t tick);

/* The most notes that began together in the bar before; 1 where there were no chords. */
int cadence_largest_chord(const tracker *tracker);

/* The slot that struck the lowest note of all that the slots struck last, among those that sound or struck in this bar or the
 * one before if there are any; the last one where none struck; -1 before there is one. */
int cadence_bass(const piece *self);

/* A note that was just struck lasts until the bar is over. Returns whether its duration is being written. */
int cadence_hold(const tracker *tracker, uint8_t *mask);

/* Whether no chord but the tonic's is planned from here to the end of the bar, and others than the bass play. */
int bass_close_may_rest(const piece *self, int bass);

/* Under rules of exercises that limit moves, the bass goes where a move more brings it to the tonic, or at least nearer. */
void bass_close_approach(const piece *self, uint8_t *mask);

/* Leads the bass to its last note where a plan says the chords: by the root of the dominant or subdominant, from two beats before
 * the tonic's chord on, to the tonic, which it strikes once and holds. Before the close is due, from the bar before the last on. */
void bass_close_shape(const piece *self, uint8_t *mask);

#endif
