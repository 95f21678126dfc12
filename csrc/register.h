/* The register of a line. The network is told how high a bar is to lie, and how far its home key is from where it sounds, and has
 * to put the two together; a tune that is told to rise hardly does. So where a line plays alone, notes beyond the register that
 * is told are made less likely, the more the farther away. Others share a register, and keep to their own. */
#ifndef LINNET_REGISTER_H
#define LINNET_REGISTER_H

#include "tracker.h"

/* Lowers the logits (of sounding pitches) of notes that lie out of the register that is told, by so much a semitone. */
void register_shape(const tracker *self, float by, float logits[VOCABULARY_SIZE]);

#endif
