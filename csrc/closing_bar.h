/* The closing bar keeps to what the bars before it had: who plays, how wide, how much. See piece_cadence in piece.h. */
#ifndef LINNET_CLOSING_BAR_H
#define LINNET_CLOSING_BAR_H

#include "piece.h"

/* A bar that was so many bars ago; 0 is the running one. */
const bar_history *bar_before(const tracker *tracker, int64_t ago);

/* Sets `usual`, `widest` and `heard` of a piece that is in its closing bar. An upbeat is no bar to keep to. */
void closing_bar_look_back(piece *self);

/* The pitches that a slot can strike now: none where it was not heard before, and none that would make the bar wider than that
 * many semitones; if possible with room for those who played in the bar before and are still to come. Returns whether there is
 * one. */
int closing_bar_room(const piece *self, int slot, int width, uint64_t room[2]);

/* Whether something of the kit may be struck now. */
int closing_bar_drums(const piece *self);

/* Leaves in a mask those who may strike, and what they may. */
void closing_bar_shape(const piece *self, uint8_t mask[VOCABULARY_SIZE]);

#endif
