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

#include "exercise.h"
#include "feature_layout.h"
#include "given.h"
#include "original.h"
#include "phrase_end.h"
#include "vocabulary.h"
#include "voice_leading.h"
#include "watchdog.h"

enum { TIME_BASE_GRID = 0, TIME_BASE_PERFORMANCE = 1 };

/* ---- hard rules ----------------------------------------------------------------------------------------
 *
 * They may change at any time and hold for what is written from then on; notes that sound already are left alone. No token
 * is allowed that leads nowhere: a slot is declared only if a program is allowed, and a shift must be able to reach a tick
 * at which something may be struck. */

enum { DURATION_WORDS = LONGEST_DURATION / 64 + 1 };

typedef struct {
    uint16_t scale;                 /* bit c set: pitch class c may sound; C is bit 0 */
    uint8_t lowest[SLOT_COUNT];     /* pitch range of each slot, both ends allowed */
    uint8_t highest[SLOT_COUNT];
    uint8_t polyphony[SLOT_COUNT];  /* notes sounding together in a slot; 0 = any number */
    uint64_t programs[2];           /* bit p set: program p may be declared */
    uint64_t slot_programs[SLOT_COUNT][2]; /* likewise in each slot; where a slot has none of `programs`, all of those count */
    uint8_t program_lowest[PROGRAM_COUNT];  /* pitch range of each program, in which a slot stays that it plays; where it has */
    uint8_t program_highest[PROGRAM_COUNT]; /* nothing in common with the slot's own range, that one alone counts */
    uint64_t onsets[2];             /* bit t set: something may begin t ticks into a beat of 24, and of 36, ticks; 0 = anywhere
                                       (grid only; the beginning of a beat always counts) */
    uint64_t durations[DURATION_WORDS]; /* bit t % 64 of word t / 64 set: a note may last t ticks; all 0 = any duration. Where none
                                       of these is short enough, only the longest that is */
    uint64_t drums;                 /* bit d set: drum 27 + d may be struck */
    int32_t slots;                  /* slots that may be declared, 0..16 */
    int32_t bars;                   /* exactly so many bars, and notes end in them; 0 = free (grid only) */
    int32_t ticks;                  /* from this tick on nothing is struck, and notes end by then; 0 = free */
    int32_t longest;                /* longest duration in ticks; 0 = 1535 */
    int32_t stuck_after;            /* ticks in a loop or a silence before tracker_mask ends it; 0 = never */
    uint32_t meters;                /* bit i set: a bar may be of TIME_SIGNATURES[i] */
    uint8_t fixed_meter;            /* no time signature after the first */
    uint8_t fixed_tempo;            /* no tempo after the first */
    uint8_t downbeat;               /* something is struck at the very beginning, if other rules let it */
    uint8_t upbeat;                 /* see UPBEAT_COUNTED */
    uint8_t parallels, crossing;    /* LEADING_ALLOWED and so on: see voice_leading.h */
    uint8_t cadences;               /* phrases that are told to close do (1), and open ones too (2): see phrase_end.h */
    uint8_t rests;                  /* who is told to rest does (grid) */
    uint8_t kit_beats;              /* a kit that is told to play strikes on the beats, until the piece comes to its close (grid): kit.c */
    uint8_t endless;                /* no eos, unless `bars` or `ticks` leave nothing else */
    exercise_rules exercise;        /* see exercise.h */
} tracker_rules;

/* An upbeat is a first bar in which nothing is struck before its middle (grid). */
enum {
    UPBEAT_COUNTED = 0,   /* it is one of `bars` */
    UPBEAT_UNCOUNTED = 1, /* it comes on top of `bars`; a piece begins with the bar line, or with an upbeat */
    UPBEAT_DUE = 2        /* it is one of `bars`, and the piece begins with one, if other rules let it */
};

void tracker_rules_free(tracker_rules *rules); /* everything allowed */

/* ---- state --------------------------------------------------------------------------------------------- */

enum {
    WINDOW = 16384,       /* musical tokens remembered for suffix_match */
    HISTORY_BARS = 64,    /* ring, a power of two: a section of 8 bars comes back after six others */
    HISTORY_ONSETS = 192, /* onsets remembered in one bar; later ones are left out */
    SOUNDING_MOST = 256,  /* notes that may sound together */
    DRUM_SLOT = SLOT_COUNT
};

typedef struct {
    uint16_t position[HISTORY_ONSETS]; /* ticks from the bar line */
    uint8_t onset[HISTORY_ONSETS];    /* pitch, or 128 + drum */
    uint8_t from[LONGEST_BAR + 1];    /* first onset at or after this position; filled when the bar is over */
    int32_t count;
    int8_t shift;                     /* of the tracker, when something was first struck */
} bar_history;

typedef struct {
    int64_t end; /* tick */
    uint8_t slot, pitch;
} sounding_note;

/* Where earlier_next_onset, earlier_bars and suffix_match take what they say from; or 1 .. SOURCE_MOST: from the bar that
 * many bars ago. */
enum { SOURCE_ANYWHERE = 0, SOURCE_NOWHERE = -1, SOURCE_MOST = HISTORY_BARS - 1 };

/* The home key. The network reads and writes all music in C major or A minor, and `shift` semitones lie between there and where
 * it sounds: home pitch = pitch - shift, an octave aside where there is no such pitch. Tokens, rules and all that is kept here
 * are of the sounding pitches; only features, and the logits of notes (piece.h), are of home pitches. What is remembered of
 * earlier bars keeps the shift of its time, so after a change of key a tune comes back in the new one. Drums are not shifted.
 */
enum { SHIFT_UNKNOWN = -128 }; /* home pitches are the sounding ones, and home_shift says nothing */

enum { COMES_TO_CLOSE = 1, CLOSES = 2 }; /* of `tutti` */

typedef struct tracker {
    tracker_rules rules;
    const given_music *given; /* NULL = none */
    int32_t given_at, change_at; /* the first of its notes, and of its changes, that lies ahead */
    uint8_t wishes[WISH_COUNT];
    uint8_t chords[CHORD_BARS][CHORD_CELLS]; /* cells of the plan for this bar and those after it */
    uint8_t role[SLOT_COUNT];                /* 1 .. ROLE_COUNT - 1; 0 = not told */
    uint8_t tutti;                           /* a piece comes to its close: who is told to rest does not; CLOSES: it is struck
                                                now, and stands in the way of no known run */
    int8_t shift;                            /* SHIFT_LOWEST .., or SHIFT_UNKNOWN */
    uint8_t time_base;
    int8_t source; /* one of these */

    /* where we are */
    int64_t now, bar_start; /* ticks since the piece began */
    int64_t bars;           /* bars begun */
    int32_t bar_length, signature, tempo;
    int32_t last, last_big; /* last token; ticks of a duration_big that a duration_fine may extend */
    uint8_t header, finished;
    uint8_t upbeat;         /* one was heard that is not counted among the bars of the rule */

    /* voices; index DRUM_SLOT is the drum kit */
    int32_t declared, slot;
    int16_t program[SLOT_COUNT];
    int16_t velocity[SLOT_COUNT + 1], pending_velocity;
    int16_t pitch[SLOT_COUNT];
    int16_t top[SLOT_COUNT]; /* the highest pitch at the last onset, for contours that are given; snapshots leave it out */

    /* what was written at this point in time */
    int32_t point_slot, point_pitch, point_drum, point_highest, struck_count;
    int32_t point_strikes; /* notes in point_slot */
    uint8_t after_slot;
    uint8_t struck[SIMULTANEOUS_WIDTH];

    /* what sounds */
    sounding_note sounding[SOUNDING_MOST];
    int32_t sounding_count;
    uint64_t sounding_pitches[SLOT_COUNT][2];
    int32_t sounding_in_slot[SLOT_COUNT];

    /* the same place in earlier bars */
    bar_history history[HISTORY_BARS];

    /* what came next last time */
    uint16_t window[WINDOW];
    uint32_t written, begun; /* musical tokens ever written, and at the start of this piece */
    uint32_t bar_written[HISTORY_BARS]; /* `written` when each bar began */
    uint32_t source_at; /* the place in the window up to which the source bar was followed */
    uint8_t on_source;  /* whether the piece has gone the way of that bar so far */
    uint64_t hash[SUFFIX_COUNT];
    uint32_t table[SUFFIX_COUNT][WINDOW]; /* position + 1 of the last token of the latest such suffix */
    int16_t suffix_match[SUFFIX_COUNT];   /* token, or -1 */

    voice_leading leading;
    phrase_end phrase_end;
    watchdog watch; /* in use under the rule stuck_after */
    exercise lesson;

    const known_runs *known; /* NULL = none */
    original_line lines[SLOT_COUNT];
} tracker;

/* Prepares fresh memory: free rules, no wishes, before bos. */
void tracker_init(tracker *self, int time_base);

/* Starts a new piece; rules, wishes, chords, roles, shift and what is given stay. */
void tracker_reset(tracker *self);

/* Lends it runs that are not written, or none (NULL): see original.h. */
void tracker_know(tracker *self, const known_runs *runs);

/* The runs of a piece: the hash of the last `pairs` pairs after each note that goes on a line with so many, 0 for those that are
 * nobody's, and its slot. There is room for `count` of each. Returns how many there are, or -1 - i for a tokens[i] outside the
 * vocabulary. */
ptrdiff_t tracker_runs_of(tracker *self, const uint16_t *tokens, size_t count, int pairs, uint64_t *hashes, uint8_t *slots);

/* Sets the shift from here on, SHIFT_LOWEST .. SHIFT_LOWEST + SHIFT_COUNT - 1 or SHIFT_UNKNOWN; meant for a bar line. */
void tracker_set_shift(tracker *self, int shift);

/* Lends it music that is given, or none (NULL), from here on: what lies ahead is known at once. */
void tracker_give(tracker *self, const given_music *given);

/* The home pitch of a sounding one, and the home token of a token. */
int tracker_home_pitch(const tracker *self, int pitch);
int tracker_home_token(const tracker *self, int token);

/* The cell of the plan for the beat that is so many beats ahead of this one; 0 where it is out of reach. */
int tracker_chord_cell(const tracker *self, int64_t ahead);

/* Follows a plan: `where` is the source in those quarters of the bar whose bit is set (the lowest bit: the first quarter), and
 * there is none in the others. To be called after every token, with what the last call returned (4 * bar + quarter; -1 at
 * first) as `before`; it calls tracker_set_source where a new bar or another source begins. */
int64_t tracker_follow_plan(tracker *self, int where, int quarters, int64_t before);

/* Sets what the features that look back speak of, from here until reset; meant for a moment at which nothing was struck yet.
 *
 * SOURCE_ANYWHERE   the whole piece, as in training.
 * SOURCE_NOWHERE    nothing: earlier_next_onset, suffix_match and earlier_bars are empty, as in the first bar of a piece. What
 *                   comes is new.
 * 1 .. SOURCE_MOST  the bar that many bars ago. earlier_next_onset and earlier_bars speak of it alone. Every column of
 *                   suffix_match holds the token that came next there, from the same place in the bar on, without meter and
 *                   running slot, for as long as the piece has gone the same way since this call; after that, nothing.
 *
 * Any other value, and a bar that does not exist or is out of the window, means SOURCE_NOWHERE. */
void tracker_set_source(tracker *self, int where);

/* Reads one token, 0 <= token < VOCABULARY_SIZE. A token that tracker_mask forbids is safe to read, never out of bounds and
 * never undefined, but what it means is not promised. */
void tracker_advance(tracker *self, int token);

/* Writes 1 for every token that grammar and rules allow next and 0 for the others; returns how many are allowed. That is
 * never 0 before eos.
 *
 * How the rules shape time. A note that begins now ends by `ticks`, and within `bars`, where the bars to come count as the
 * shortest there can be (3/8, or with fixed_meter the running meter); one tick is always allowed. With `bars` no bar is cut
 * short. `onsets` and `durations` leave the shifts and durations that they name. A shift must be able to end on or after the next tick at which something may be struck if nothing is struck before;
 * if there is no such tick in the bar or before `ticks`, no shift is allowed. If this leaves nothing, or if rules were changed
 * so that nothing is left, there is an escape: `bar` while there are bars to come (grid), any shift (performance, endless, no
 * `ticks`), else eos.
 *
 * How `stuck_after` keeps a piece from getting stuck.
 * - Loops (see watchdog.h; three bars of the running meter always suffice for one): the note or stroke that would go on with
 *   the loop is forbidden, unless nothing else is allowed. This does not hold where repetition is asked for: while the source
 *   is a bar, and under a wish to be like an earlier bar.
 * - Silences: after the first bar line, shifts and a `bar` that lead more than `stuck_after` ticks beyond the last onset are
 *   forbidden, as long as a slot, a velocity, a note, a stroke or a shorter shift is allowed. The onset that ends a silence
 *   counts as an intervention if by then the next bar line (performance: the 96th tick from there) was out of reach. */
int tracker_mask(const tracker *self, uint8_t mask[VOCABULARY_SIZE]);

/* Where music is given, tracker_mask lets it stand, whatever the rules: time does not pass one of its onsets, nothing else begins
 * where it is given, and its notes are written as they are. What may come before the next given note at this point in time, or
 * before it in time, is as free as before. Only where rules leave nothing for a given onset is that left out.
 *
 * Returns the token that goes on to the given note, or change, that is next in this bar, where something else may come before it
 * and a network that does not know of it would let time pass; -1 where there is none. */
int tracker_given_next(const tracker *self);

/* Pitches that may be struck in this slot now, the lowest 64 first; returns whether there is any. */
int tracker_room(const tracker *self, int slot, uint64_t pitches[2]);

/* Whether a note in this slot and one in another, both struck now, would make a parallel. */
int voice_leading_is_parallel(const tracker *self, int slot, int pitch, int other, int other_pitch);

/* Pitches that a slot may play by rules that do not depend on what was played. */
void tracker_pitches(const tracker *self, int slot, uint64_t pitches[2]);

/* Whether something may begin so many ticks from now, in this bar: where in the beat, or in the bar, that is (grid). */
int tracker_is_place(const tracker *self, int64_t ticks);

/* Whether a drum may still be struck at this point. */
int tracker_drums_left(const tracker *self);

/* Ticks that a note that begins now may last at most. */
int64_t tracker_longest(const tracker *self);

/* Whether a loop was noticed within the last WATCH_CALM notes and no repetition is asked for. earlier_next_onset, suffix_match
 * and earlier_bars are empty then. */
int tracker_recovers(const tracker *self);

/* Writes the features: one id for every column, 0 where there is nothing to say. */
void tracker_features(const tracker *self, int32_t row[FEATURE_WIDTH]);

/* Makes a row of features unconditional: the same music, with "no wish" and no chords for everything a player may wish the music
 * to be like. bars_left, likeness and phrase_left stay, because they tell the place in the piece. */
void tracker_drop_controls(int32_t row[FEATURE_WIDTH]);

/* The features of a whole piece, `count` rows of FEATURE_WIDTH: row i is what the network sees after tokens[0..i].
 *
 * plan     NULL, or `rows` rows of ROW_WIDTH values: row 0 for the header, row b for bar b, the last one for all that follows,
 *          but for its chords
 * sources  NULL, or likewise `source_rows` pairs for tracker_follow_plan: where (0 means SOURCE_NOWHERE) and quarters
 *
 * Returns 0, or -1 - i if tokens[i] is outside the vocabulary; the rows before it are written then. */
ptrdiff_t tracker_features_of(tracker *self, const uint16_t *tokens, size_t count, const uint8_t *plan, size_t rows,
                              const uint8_t *sources, size_t source_rows, int32_t *out);

/* What may come after each token of a piece: a row of VOCABULARY_SIZE bits for each, the highest bit of a byte first, by home
 * tokens. Returns as tracker_features_of. */
ptrdiff_t tracker_masks_of(tracker *self, const uint16_t *tokens, size_t count, uint8_t *bits);

#endif
