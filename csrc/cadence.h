/* How a piece comes to its close: what piece.c asks in the closing bar. See piece_cadence in piece.h. */
#ifndef LINNET_CADENCE_H
#define LINNET_CADENCE_H

#include "piece.h"

/* Before the closing bar. */
void cadence_begin(piece *self);

/* A token was read. */
void cadence_follow(piece *self, int token);

/* Whether a piece closes in this bar or in the next. */
int cadence_is_near(const piece *self);

/* Takes out of a mask what would not lead to the close; never all of it. */
void cadence_shape(piece *self, uint8_t mask[VOCABULARY_SIZE]);

/* Whether the closing bar has as many notes as the bars before usually had: what leads on is read as the end. */
int cadence_has_said_enough(const piece *self);

/* The piece would end: whether it has to close first. If so, the close is due. */
int cadence_falls_due(piece *self, const uint8_t mask[VOCABULARY_SIZE]);

#endif
