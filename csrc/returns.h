/* What comes back. A plan says which bar a bar repeats, and in which of its quarters; networks are told, and still go their own way
 * in every second bar. So what does not go on as that bar did is made less likely: its logits are lowered. The network's word
 * counts, and where it is sure, or rules want something else, it goes on differently, and comes back where it can. The kit keeps
 * its beat under all that is new: it may repeat another bar than the others do, such as the one before.
 *
 * Velocities are free, since bars are told how loud they are. */
#ifndef LINNET_RETURNS_H
#define LINNET_RETURNS_H

#include <stdint.h>

#include "tracker.h"

typedef struct {
    int ago, quarters;         /* the bar that comes back, 0 = none, and in which quarters, bit 0 for the first */
    int kit_ago, kit_quarters; /* likewise of the beat of the kit, where nothing comes back */
    float parts, kit;          /* by how much logits are lowered, >= 0 */
} returns;

/* Lowers the logits (of sounding pitches) of all that is not what comes back (grid). `mask`: what may come next. */
void returns_shape(const tracker *self, const returns *back, const uint8_t mask[VOCABULARY_SIZE], float logits[VOCABULARY_SIZE]);

#endif
