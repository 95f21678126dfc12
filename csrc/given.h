/* Music that is given: notes of some parts, or of all but a gap, or only when they begin. A tracker that is told of them knows
 * what lies ahead, and a piece writes them where they stand (piece.h).
 *
 * Given music is lent to trackers; whoever prepared it keeps it for as long as they live. A snapshot leaves it out. */
#ifndef LINNET_GIVEN_H
#define LINNET_GIVEN_H

#include <stddef.h>
#include <stdint.h>

#include "vocabulary.h"

enum {
    GIVEN_ANY = -1,       /* a pitch that is not given: only that something is struck there; */
    GIVEN_UP = -2,        /* likewise, and that it is above the pitch struck last in the slot, */
    GIVEN_DOWN = -3,      /* below it, */
    GIVEN_SAME = -4,      /* or the same; room is left for those that follow, and where rules leave none, it is any */
    GIVEN_REACH = 192,    /* notes, ahead and back, in which features look for what they tell */
    GIVEN_NO_END = INT32_MAX
};

typedef struct {
    int32_t onset;    /* tick */
    int32_t duration; /* ticks; 0 for strokes of the kit, and where it is not given */
    int32_t slot;     /* SLOT_COUNT is the kit */
    int32_t pitch;    /* 27 .. 87 for the kit; or one of these */
    int32_t velocity; /* number of the velocity token, 0 .. 31; -1 = any */
} given_note;

typedef struct {
    int32_t from, to; /* ticks, from <= tick < to */
} given_span;

typedef struct {
    int32_t tick, token; /* a time signature or a tempo */
} given_change;

/* Given is all that sounds in the slots of `slots`, and all that begins outside the spans; with no spans, nothing is outside. The
 * notes are all of these, and those of which only onsets are given, in the order of tokens: by onset; at one tick strokes
 * ascending, then slots ascending, pitches descending. Of one whose pitch is not given there may be several.
 *
 * A note may also be given by itself, where its slot is free: it stands, and what else is there is not given.
 *
 * In the slots of `onsets`, until the tick `onsets_to`, something begins only where such notes are, and there it does, as many as
 * there are or fewer. */
typedef struct {
    const given_note *notes;
    const given_span *spans; /* ascending, and apart */
    int32_t count, span_count;
    uint32_t slots;  /* bit s: slot s; bit SLOT_COUNT: the kit */
    uint32_t onsets; /* likewise */
    int32_t onsets_to;
    const given_change *changes; /* in order, in bars after the first bar line */
    int32_t change_count;
} given_music;

struct tracker;

typedef struct {
    int32_t begin, end; /* tokens, end excluded */
} given_place;

/* The notes of a piece as its tokens have them: reads `count` tokens, and writes each note or stroke, as notes[n], where its
 * tokens are, as places[n], and for each token the tick after it. A slot or a velocity belongs to
 * the note after it. There is room for as many notes as note and drum tokens. Returns how many there are, or -1 - i if
 * tokens[i] is outside the vocabulary. */
ptrdiff_t given_read(struct tracker *scratch, const uint16_t *tokens, size_t count, given_note *notes, given_place *places,
                     int32_t *ticks);

/* Whether nothing but given notes may begin in a slot (SLOT_COUNT: the kit) at a tick. */
int given_is(const given_music *self, int slot, int64_t tick);

/* The span in which a tick lies; NULL where there is none. */
const given_span *given_span_at(const given_music *self, int64_t tick);

#endif
