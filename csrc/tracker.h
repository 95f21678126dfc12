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

#include "vocabulary.h"
#include "watchdog.h"

enum { TIME_BASE_GRID = 0, TIME_BASE_PERFORMANCE = 1 };

/* ---- the features ------------------------------------------------------------------------------- */

enum {
    SUFFIX_COUNT = 4, /* suffix lengths 4, 8, 16, 32 */
    EARLIER_COUNT = 4,     /* 1, 2, 4, 8 bars ago */
    EARLIER_WIDTH = 4,     /* onsets remembered at one place */
    SOUNDING_WIDTH = 8,
    SIMULTANEOUS_WIDTH = 6,
    VOICE_WIDTH = 6,
    NEXT_ONSET_COUNT = 97,   /* 0 = no further onset in that bar, else ticks, at most 96 */
    ONSET_COUNT = PITCH_COUNT + DRUM_COUNT
};

typedef enum {
    WISH_KEY, WISH_TEMPO, WISH_DENSITY, WISH_POLYPHONY, WISH_REGISTER, WISH_STYLE, WISH_VALENCE,
    WISH_AROUSAL, WISH_SECTION, WISH_BARS_LEFT, WISH_LIKENESS, WISH_COUNT
} wish;

typedef struct {
    const char *name;
    int columns; /* how many ids of this family a row may hold */
    int count;   /* ids for each of `tables` tables */
    int tables;  /* columns are dealt to the tables in equal, contiguous shares */
} feature_family;

/* Ids run through the families in this order, from 1; id 0 is the pad, whose embedding is zero: it stands in every
 * column that has nothing to say. What the columns say, after the last token read:
 *
 * last_token     that token.
 * bar_position   ticks since the bar line, at most 143. This column and the next three say nothing before the first
 *                bar, and so never do in the performance base; nor do earlier_next_onset and earlier_bars.
 * beat_position  the same modulo the beat of the time signature (24 ticks before there is one); dotted beats count
 *                from 24 on.
 * bar_modulo_8   bars before this one, modulo 8.
 * time_signature the running one.
 * slot           the slot named last, outside the header; from it program, the pitch struck last and its velocity.
 * next_release   ticks until the first sounding note ends, less 1. A note whose duration is not yet read lasts a tick,
 *                and 96 n after a big duration, until a fine one adds to it.
 * earlier_next_onset
 *                for the bar 1, 2, 4, 8 ago, where there is one: ticks from this position in the bar to the next onset
 *                after it there, at most 96; 0 where there is none.
 * earlier_bars   up to 4 onsets at this very position of those bars, in the order they were written. Of each bar the
 *                first HISTORY_ONSETS onsets are remembered.
 * suffix_match   for suffixes of 4, 8, 16, 32 musical tokens: the token after the latest earlier occurrence of the
 *                suffix that ends the piece so far. Musical are all tokens after bos but velocity and tempo; those
 *                leave the columns alone. The earlier occurrence may overlap the suffix, and lies less than WINDOW -
 *                length back. For each length a table of WINDOW places remembers the last suffix that came to each,
 *                and no other: the suffix t1..tn goes to the place in the top 14 bits of (t1+1)B^n + (t2+1)B^(n-1) +
 *                .. + (tn+1)B modulo 2^64, with B = 0x9E3779B97F4A7C15.
 * sounding       pitches of the notes that sound, the latest struck first.
 * simultaneous   what was struck at this point in time; the n-th onset, from 0, in column n modulo 6.
 * wish_*         the wishes as they were set, too large ones as 0; bars_left follows the rule `bars` (grid) where
 *                there is one: 1 + the bars after this one, at most 16; all bars in the header.
 * to_bar_line    ticks to the next bar line, from 1 on (grid, within bars).
 * voice_sounding pitches of the notes that sound in the running slot, the latest struck first.
 * kit_velocity   the velocity of the last stroke of the kit.
 * slots          slots declared so far.
 * ties           there, if something sounds beyond the next bar line (grid, within bars).
 *
 * Onsets are pitches, and 128 + d for drum 27 + d. */
static const feature_family FEATURE_FAMILIES[] = {
    {"last_token", 1, VOCABULARY_SIZE, 1},
    {"bar_position", 1, LONGEST_BAR, 1},
    {"beat_position", 1, 24 + 36, 1}, /* quarters, then dotted quarters */
    {"bar_modulo_8", 1, 8, 1},
    {"time_signature", 1, SIGNATURE_COUNT, 1},
    {"slot", 1, SLOT_COUNT, 1},
    {"program", 1, PROGRAM_COUNT, 1},
    {"last_pitch", 1, PITCH_COUNT, 1},
    {"last_velocity", 1, VELOCITY_COUNT, 1},
    {"next_release", 1, BIG_STEP, 1}, /* ticks until the first sounding note ends, at most 96 */
    {"earlier_next_onset", EARLIER_COUNT, NEXT_ONSET_COUNT, EARLIER_COUNT},
    {"suffix_match", SUFFIX_COUNT, VOCABULARY_SIZE, SUFFIX_COUNT},
    {"sounding", SOUNDING_WIDTH, PITCH_COUNT, 1},
    {"simultaneous", SIMULTANEOUS_WIDTH, ONSET_COUNT, 1},
    {"earlier_bars", EARLIER_COUNT * EARLIER_WIDTH, ONSET_COUNT, EARLIER_COUNT},
    /* wishes: value 0 is "no wish" */
    {"wish_key", 1, 24 + 1, 1},
    {"wish_tempo", 1, TEMPO_COUNT + 1, 1},
    {"wish_density", 1, 8 + 1, 1},
    {"wish_polyphony", 1, 6 + 1, 1},
    {"wish_register", 1, 5 + 1, 1},
    {"wish_style", 1, 32 + 1, 1},
    {"wish_valence", 1, 5 + 1, 1},
    {"wish_arousal", 1, 5 + 1, 1},
    {"wish_section", 1, 8 + 1, 1},
    {"wish_bars_left", 1, 17 + 1, 1},
    {"wish_likeness", 1, 5 + 1, 1}, /* new, like the bar 1, 2, 4, 8 ago */
    /* what the grammar goes by and the others do not tell */
    {"to_bar_line", 1, LONGEST_BAR, 1},
    {"voice_sounding", VOICE_WIDTH, PITCH_COUNT, 1},
    {"kit_velocity", 1, VELOCITY_COUNT, 1},
    {"slots", 1, SLOT_COUNT, 1},
    {"ties", 1, 1, 1},
};
enum {
    FEATURE_FAMILY_COUNT = sizeof FEATURE_FAMILIES / sizeof FEATURE_FAMILIES[0],
    FEATURE_FIRST_WISH = FEATURE_FAMILY_COUNT - WISH_COUNT - 5,
    FEATURE_WIDTH = 14 + EARLIER_COUNT + SUFFIX_COUNT + SOUNDING_WIDTH + SIMULTANEOUS_WIDTH + EARLIER_COUNT * EARLIER_WIDTH + WISH_COUNT + VOICE_WIDTH
};

/* Rows of the embedding table, the pad included. */
int tracker_feature_count(void);

/* ---- hard rules ----------------------------------------------------------------------------------------
 *
 * They hold for what is played under them, whenever they were set. Notes that sound already are left alone. No token
 * is allowed that leads nowhere: a slot is declared only if a program is allowed, a shift goes no further than to
 * where something may be struck, or rests until then. */

typedef struct {
    uint16_t scale;                 /* bit c set: pitch class c may sound; C is bit 0 */
    uint8_t lowest[SLOT_COUNT];     /* pitch range of each slot, both ends allowed */
    uint8_t highest[SLOT_COUNT];
    uint8_t polyphony[SLOT_COUNT];  /* notes sounding together in a slot; 0 = any number */
    uint64_t programs[2];           /* bit p set: program p may be declared */
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
