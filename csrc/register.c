/* A line alone keeps to the register that it is told. */
#include "register.h"

#include "tracker_parts.h"

enum { REACH = 5 /* semitones beyond it that are free: a register is where the mean of a bar lies */ };

static const int EDGES[] = {0, 48, 57, 66, 75, PITCH_COUNT}; /* as in linnet/controls/wishes.py */

void register_shape(const tracker *self, float by, float logits[VOCABULARY_SIZE]) {
    const int told = self->wishes[WISH_REGISTER];
    if (!told || self->declared != 1)
        return;
    const int low = EDGES[told - 1] - REACH, high = EDGES[told] - 1 + REACH;
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        if (pitch < low || pitch > high)
            logits[TOKEN_NOTE + pitch] -= by * (float)(pitch < low ? low - pitch : pitch - high);
}
