/* From what is struck to tokens: the notes, bars and tempos of a quantised piece, each in the order in which it is heard, as
 * csrc/tracker.h states the grammar. What need not be said again (the slot, its velocity) is not. */
#ifndef LINNET_CODEC_H
#define LINNET_CODEC_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t notes;
    const int64_t *tick; /* ascending, below 2^24 */
    const int64_t *slot; /* 0 .. SLOT_COUNT - 1, or -1 for drums */
    const int64_t *pitch;
    const int64_t *velocity; /* as a token has it */
    const int64_t *duration; /* 1 .. LONGEST_DURATION; of drums not read */
    size_t bars;              /* 0 where there is no meter: then tempos are not read, and all notes are written */
    const int64_t *start;     /* of each bar */
    const int64_t *signature; /* that begins there, 0 .. SIGNATURE_COUNT - 1; -1 for none. The first bar has one. */
    int64_t end;              /* of the last bar; notes from there on are left out */
    size_t tempos;
    const int64_t *changes; /* the tick of each */
    const int64_t *tempo;   /* 0 .. TEMPO_COUNT - 1 */
} codec_piece;

/* Writes at most `room` tokens; returns how many there are. -1: something is out of range. */
ptrdiff_t codec_write(const codec_piece *piece, uint16_t *tokens, size_t room);

#endif
