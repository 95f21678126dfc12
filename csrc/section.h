/* The notes of the last bars of a piece, read back from what its tracker remembers. */
#ifndef LINNET_SECTION_H
#define LINNET_SECTION_H

#include <stdint.h>

#include "tracker.h"

enum {
    SECTION_BARS = 20,    /* bars that are read at most */
    SECTION_NOTES = 3072, /* notes and strokes of them; later ones are left out */
};

typedef struct {
    int32_t onset, end; /* ticks from the first of the bar lines */
    int16_t bar;        /* in which it begins, from 0 */
    uint8_t slot;       /* DRUM_SLOT for a stroke, whose pitch is that of the drum */
    uint8_t pitch;
} section_note;

typedef struct {
    section_note notes[SECTION_NOTES]; /* in the order they were written: by onset, strokes before notes */
    int32_t count;
    int32_t bars;                    /* that were read; 0 before there is one */
    int32_t line[SECTION_BARS + 1];  /* where each bar begins, and where the last one ends */
    int32_t beat[SECTION_BARS];      /* ticks of a beat of each */
} section;

/* Notes begin within their bars, whatever was written.
 *
 * Reads the last `most` bars, 1 .. SECTION_BARS, or as many as there are and are remembered (grid). A bar that has just begun is
 * none of them. */
void section_read(const tracker *self, int most, section *out);

#endif
