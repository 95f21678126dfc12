/* The tracker follows a piece token by token. It knows the grammar (what may come next), the hard rules of whoever is
 * playing, and the features: the ids the network sees at every step.
 *
 * Training and play run the same code: a whole array in one call, or a token at a time. Nothing here allocates; a
 * tracker is one flat struct that may be copied with memcpy.
 *
 * Legal sequences are exactly what the codec writes, so decode and encode are inverse on them:
 *
 *   grid         bos (slot program)* bar time_signature tempo point* (bar [time_signature] [tempo] point*)* eos
 *   performance  bos (slot program)* point* eos
 *   point        [shift_big..] [shift_fine] [time_signature] [tempo] ([velocity] drum)*
 *                ([slot] [velocity] note [duration_big] [duration_fine])*
 *
 * (slot program) declares slots 0, 1, .. in order; a later slot token names a declared slot. `pad` and the reserved
 * ids never stand. At one point in time drums ascend, then slots ascend, and pitches descend within a slot. A slot or
 * a velocity is written before a note or stroke that needs another one, tempo and time signature where they change;
 * there is none at first. The kit and each slot keep a velocity of their own. On the bar line a time signature is for
 * that bar; in mid-bar (even if it changes nothing) it cuts the bar short and begins another.
 *
 * A shift is as many longest big ones as fit, then a big one, then a fine one. It ends strictly inside the bar and
 * something must begin where it ends; `bar` moves to the bar line by itself. A note lasts at least a tick: a fine
 * duration, a big one, or a big one and a fine one. A pitch is not struck in a slot while it sounds there, and at most
 * SOUNDING_MOST notes sound together (the codec knows no such limit). `eos` needs every note to end inside the current
 * bar (grid). */
#ifndef LINNET_TRACKER_H
#define LINNET_TRACKER_H

#include <stddef.h>
#include <stdint.h>

#include "feature_layout.h"
#include "vocabulary.h"
#include "watchdog.h"

enum { TIME_BASE_GRID = 0, TIME_BASE_PERFORMANCE = 1 };

/* ---- hard rules ----------------------------------------------------------------------------------------
 *
 * They hold for what is played under them, whenever they were set. Notes that sound already are left alone. No token
 * is allowed that leads nowhere: a slot is declared only if a program is allowed, a shift goes no further than to
 * where something may be struck, or rests until then. */

enum { DURATION_WORDS = LONGEST_DURATION / 64 + 1 };

typedef struct {
    uint16_t scale;                 /* bit c set: pitch class c may sound; C is bit 0 */
    uint8_t lowest[SLOT_COUNT];     /* pitch range of each slot, both ends allowed */
    uint8_t highest[SLOT_COUNT];
    uint8_t polyphony[SLOT_COUNT];  /* notes sounding together in a slot; 0 = any number */
    uint64_t programs[2];           /* bit p set: program p may be declared */
    uint8_t program_lowest[PROGRAM_COUNT];  /* pitch range of each program, in which a slot stays that it plays; where it has */
    uint8_t program_highest[PROGRAM_COUNT]; /* nothing in common with the slot's own range, that one alone counts */
    uint64_t onsets[2];             /* bit t set: something may begin t ticks into a beat of 24, and of 36, ticks; 0 = anywhere
                                       (grid only; the beginning of a beat always counts) */
    uint64_t durations[DURATION_WORDS]; /* bit t % 64 of word t / 64 set: a note may last t ticks; all 0 = any duration. Where none
                                       of these is short enough, only the longest that is */
    uint64_t drums;                 /* bit d set: drum 27 + d may be struck */
    int32_t slots;                  /* slots that may be declared, 0..16 */
    int32_t bars;                   /* exactly so many bars, and notes end in them; 0 = free (grid only) */
    int32_t ticks;                  /* from here on nothing is struck, and notes end by here; 0 = free */
    int32_t longest;                /* longest duration in ticks; 0 = 1535 */
    int32_t stuck_after;               /* ticks without anything new, see tracker_mask; 0 = any number */
    uint8_t fixed_meter;            /* no time signature after the first */
    uint8_t fixed_tempo;            /* no tempo after the first */
    uint8_t downbeat;               /* something is struck at the very beginning, if other rules let it */
    uint8_t endless;                /* no eos, unless `bars` or `ticks` leave nothing else */
} tracker_rules;

void tracker_rules_free(tracker_rules *rules); /* everything allowed */

/* ---- state --------------------------------------------------------------------------------------------- */

enum {
    WINDOW = 16384,       /* musical tokens remembered for the look-up */
    HISTORY_BARS = 16,    /* ring, a power of two above 8 */
    HISTORY_ONSETS = 192, /* onsets remembered in one bar; later ones are not looked up */
    SOUNDING_MOST = 256,  /* notes that may sound together */
    DRUM_SLOT = SLOT_COUNT
};

typedef struct {
    uint8_t position[HISTORY_ONSETS]; /* ticks from the bar line */
    uint8_t onset[HISTORY_ONSETS];    /* pitch, or 128 + drum */
    uint8_t from[LONGEST_BAR + 1];    /* first onset at or after this position; filled when the bar is over */
    int32_t count;
} bar_history;

typedef struct {
    int64_t end; /* tick */
    uint8_t slot, pitch;
} sounding_note;

/* Where the features that look back (earlier_next_onset, suffix_match, earlier_bars) may look; or 1 .. SOURCE_MOST: at the bar so many ago. */
enum { SOURCE_ANYWHERE = 0, SOURCE_NOWHERE = -1, SOURCE_MOST = HISTORY_BARS - 1 };

typedef struct {
    tracker_rules rules;
    uint8_t wishes[WISH_COUNT];
    uint8_t time_base;
    int8_t source;         /* one of these */

    /* where we are */
    int64_t now, bar_start; /* ticks since the piece began */
    int64_t bars;           /* bars begun */
    int32_t bar_length, signature, tempo;
    int32_t last, last_big; /* last token; ticks of a duration_big that a duration_fine may extend */
    uint8_t header, finished;

    /* voices; index DRUM_SLOT is the drum kit */
    int32_t declared, slot;
    int16_t program[SLOT_COUNT];
    int16_t velocity[SLOT_COUNT + 1], pending_velocity;
    int16_t pitch[SLOT_COUNT];

    /* what was written at this point in time */
    int32_t point_slot, point_pitch, point_drum, struck_count;
    uint8_t after_slot;
    uint8_t struck[SIMULTANEOUS_WIDTH];

    /* what sounds */
    sounding_note sounding[SOUNDING_MOST];
    int32_t sounding_count;
    uint64_t sounding_pitches[SLOT_COUNT][2];
    int32_t sounding_in_slot[SLOT_COUNT];

    /* the same place in earlier bars */
    bar_history history[HISTORY_BARS];

    /* what followed last time */
    uint16_t window[WINDOW];
    uint32_t written, begun; /* musical tokens ever written, and at the start of this piece */
    uint32_t bar_written[HISTORY_BARS]; /* `written` when each bar began */
    uint32_t source_at;      /* what followed in the bar that is looked at: a position in the window */
    uint8_t on_source;       /* the piece has gone the way of that bar so far */
    uint64_t hash[SUFFIX_COUNT];
    uint32_t table[SUFFIX_COUNT][WINDOW]; /* position + 1 of the last token of the latest such suffix */
    int16_t suffix_match[SUFFIX_COUNT];       /* token, or -1 */

    watchdog watch; /* listens where there is stuck_after to lose */
} tracker;

/* Prepares fresh memory: free rules, no wishes, before bos. */
void tracker_init(tracker *self, int time_base);

/* Starts a new piece; rules and wishes stay. */
void tracker_reset(tracker *self);

/* Follows a plan: in those quarters of the bar whose bit is set (the lowest: the first) features look `where`, in the others
 * nowhere. Speaks up once in each quarter; `before` is what the last call returned, 4 * bar + quarter. */
int64_t tracker_follow_plan(tracker *self, int where, int quarters, int64_t before);

/* Says where features may look back from here on, until reset; meant for a moment when nothing has been struck yet.
 * SOURCE_ANYWHERE     as in training.
 * SOURCE_NOWHERE      earlier_next_onset, suffix_match and earlier_bars say nothing, as in the first bar of a piece: what comes is new.
 * 1 .. SOURCE_MOST    earlier_next_onset and earlier_bars speak of the bar so many ago alone. All of suffix_match is the token that came next
 *                   there, from the same place in the bar on, meter and running slot passed over, for as long as
 *                   the piece has gone the same way since this call; then nothing.
 * Anything else, and a bar that is not there (or out of the window), is SOURCE_NOWHERE. */
void tracker_set_source(tracker *self, int where);

/* Takes one token, 0 <= token < VOCABULARY_SIZE. A token that tracker_mask forbids is read as well as it can
 * be: never out of bounds, never undefined, but what it means is not promised. */
void tracker_advance(tracker *self, int token);

/* Writes 1 for every token that grammar and rules allow next, 0 for the others; returns how many are allowed. That is
 * never 0 before eos.
 *
 * How the rules shape time: a note that begins now ends by `ticks`, and within `bars`, the bars to come taken as short
 * as they may be (3/8, or with fixed_meter the running one); a tick is always allowed. With `bars` no bar is cut. A
 * shift must be able to end on or after the next tick at which something may be struck, were nothing struck before;
 * where there is no such tick in the bar or before `ticks`, there is no shift. If nothing is allowed then, or no
 * longer because the rules were changed, there is an escape: `bar` as long as there are bars to come (grid), any shift
 * (performance, endless, no `ticks`), else eos.
 *
 * With `stuck_after` a piece does not get stuck, if it can be helped. The note or stroke that would go on with a loop (see
 * watchdog.h; four bars of the running meter are loop enough, however short) is forbidden, unless nothing else is allowed; and
 * after the first bar line so are shifts, and a `bar`, to a tick more than `stuck_after` after the last onset, as long as a slot,
 * a velocity, a note, a stroke or a shorter shift is allowed: a silence, counted at the onset that ends it if the next bar line
 * (performance: the 96th tick from there) was out of reach. Loops are let pass where repetition was asked for: while
 * tracker_set_source looks at a bar, and under a wish to be like one. */
int tracker_mask(const tracker *self, uint8_t mask[VOCABULARY_SIZE]);

/* Pitches that may be struck in this slot now, the lowest 64 first; returns whether there is any. */
int tracker_room(const tracker *self, int slot, uint64_t pitches[2]);

/* Whether a drum may still be struck at this point. */
int tracker_drums_left(const tracker *self);

/* Ticks that a note that begins now may last at most. */
int64_t tracker_longest(const tracker *self);

/* Whether a loop was noticed not long ago, and no repetition is asked for. earlier_next_onset, suffix_match and earlier_bars say nothing then. */
int tracker_recovers(const tracker *self);

/* Writes the features: one id for every column, 0 where there is nothing to say. */
void tracker_features(const tracker *self, int32_t row[FEATURE_WIDTH]);

/* Takes the wishes for what music is like out of a row of features: the same music, as the network sees it where nobody asks for any
 * character. bars_left and likeness stay: they tell the place in the piece, and there is no more or less of that. */
void tracker_drop_controls(int32_t row[FEATURE_WIDTH]);

/* The features of a whole piece: row i is what the network sees after tokens[0..i]. `wishes` is NULL or `rows` rows of
 * WISH_COUNT values: row 0 for the header, row b for bar b; the last row serves for whatever follows. `sources` is NULL or, for
 * each bar as for wishes, a pair for tracker_follow_plan: where (0 is SOURCE_NOWHERE) and quarters. Returns 0, or -1 - i where
 * tokens[i] is outside the vocabulary (rows before it are written). */
ptrdiff_t tracker_features_of(tracker *self, const uint16_t *tokens, size_t count, const uint8_t *wishes, size_t rows,
                              const uint8_t *sources, size_t source_rows, int32_t *out);

/* What may come after each token of a piece, VOCABULARY_SIZE bits a row, the highest bit of a byte first. Returns likewise. */
ptrdiff_t tracker_masks_of(tracker *self, const uint16_t *tokens, size_t count, uint8_t *bits);

#endif
