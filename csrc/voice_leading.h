/* Rules of voice leading, as musicians teach them: no parallel fifths and octaves, no voices that cross. Each is allowed,
 * counted, or forbidden.
 *
 * A slot is a voice at a point in time at which exactly one note sounds in it. The chord before is what the voices had at the
 * last point before this one at which a note was struck.
 *
 * Parallels. A note makes one with each slot that is a voice now and moved at this point, if its own slot sounds nothing else
 * and both were voices in the chord before: both leave their pitches the same way, and they were a fifth, or an octave or
 * unison, apart (modulo the octave) and are so again. Slots ascend within a point, so a later voice minds the earlier ones.
 *
 * Crossing. Slots go from high to low. A note crosses if it lies above one that sounds in a slot before its own, or below one
 * that sounds in a slot after it. It does not with a slot all of which lay on that side already when both sounded last: a
 * piece whose slots go from low to high stays as it is.
 *
 * Where they are forbidden such pitches are not struck. Where that leaves none of those that other rules allow, all of them
 * are allowed: first parallels are kept out, then, of what is left, crossings. */
#ifndef LINNET_VOICE_LEADING_H
#define LINNET_VOICE_LEADING_H

#include <stdint.h>

#include "vocabulary.h"

enum { LEADING_ALLOWED = 0, LEADING_COUNTED = 1, LEADING_FORBIDDEN = 2 };

typedef struct {
    int8_t lowest[SLOT_COUNT];  /* of what sounded in a slot at the last point before this one at which a note was struck and */
    int8_t highest[SLOT_COUNT]; /* it sounded; -1 = it never did */
    uint16_t voices;            /* bit s set: slot s was a voice in the chord before */
    uint32_t parallels;       /* how many since the piece began, under a rule that does not just allow them */
    uint32_t crossings;
} voice_leading;

/* Before the first note. */
void voice_leading_reset(voice_leading *self);

#endif
