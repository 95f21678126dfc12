/* The closing bar keeps to what the bars before it had: who plays, how wide, how much. See piece_cadence in piece.h. */
#ifndef LINNET_CLOSING_BAR_H
#define LINNET_CLOSING_BAR_H

#include "piece.h"

/* A bar that was so many bars ago; 0 is the running one. */
const bar_history *bar_before(const tracker *tracker, int64_t ago);

/* Sets `usual`, `span` and `heard` of a piece that is in its closing bar. An upbeat is no bar to keep to. */
void closing_bar_look_back(piece *self);

/* Whether a pitch is of these classes, C is bit 0. */
static inline int is_of_classes(uint16_t classes, int pitch) { return classes >> pitch % 12 & 1; }

/* Pitches of these classes, between two, that a slot can strike now: those within a fifth of its last, if there are any, else
 * the nearest. Returns whether there is one. */
int closing_bar_strikable(const piece *self, int slot, uint16_t classes, int from, int to, uint8_t pitches[PITCH_COUNT]);

/* The lowest pitch that was struck now; PITCH_COUNT where there is none. */
int closing_bar_lowest(const piece *self);

/* Whether something of the kit may be struck now: no more together than in the bar before, or two. */
int closing_bar_drums(const piece *self);

/* The notes and strokes that the closing bar has at most; of a piece with bars to keep to. */
int32_t closing_bar_room(const piece *self);

/* Before the close is due nothing begins that would leave no room for everybody to close with a note. */
void closing_bar_leave_room(const piece *self, uint8_t mask[VOCABULARY_SIZE]);

/* Leaves in a mask those who may strike, and what they may. */
void closing_bar_shape(const piece *self, uint8_t mask[VOCABULARY_SIZE]);

#endif
