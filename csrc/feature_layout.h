/* The layout of the features, which are what the network sees at each step: a row with one id in each column. Columns, ids and
 * the table that Python reads all follow from the one list below. */
#ifndef LINNET_FEATURE_LAYOUT_H
#define LINNET_FEATURE_LAYOUT_H

#include "vocabulary.h"

enum {
    SUFFIX_COUNT = 4,  /* suffixes of 4, 8, 16, 32 tokens */
    EARLIER_COUNT = 4, /* bars: 1, 2, 4, 8 ago */
    EARLIER_WIDTH = 4, /* onsets remembered at one place */
    SOUNDING_WIDTH = 8,
    SIMULTANEOUS_WIDTH = 6,
    VOICE_WIDTH = 6,
    NEXT_ONSET_COUNT = BIG_STEP + 1, /* 0 = no further onset in that bar, else ticks, at most 96 */
    BAR_NUMBERS = 8,
    BARS_LEFT_MOST = 16,
    ONSET_COUNT = PITCH_COUNT + DRUM_COUNT,
    PHRASE_MOST = 8,          /* bars of a phrase that are told apart */
    SHIFT_LOWEST = -6,        /* semitones from the home key to the sounding one */
    SHIFT_COUNT = 12,
    CLASS_COUNT = 12,         /* pitch classes */
    CHORD_QUALITIES = 7,
    CHORD_COUNT = CLASS_COUNT * CHORD_QUALITIES + 1,
    CHORD_NONE = CHORD_COUNT, /* a cell that says: no chord */
    CHORD_CELLS = 8,          /* beats of a bar that can have chords of their own */
    CHORD_BARS = 4,           /* this bar and those after it whose chords are known */
    CHANGE_MOST = 8,          /* beats until the chord changes that are told apart */
    CADENCE_COUNT = 3,
    ROLE_COUNT = 12,
    GIVEN_BARS = 8            /* bars until a gap ends that are told apart */
};

static const int BARS_EARLIER[EARLIER_COUNT] = {1, 2, 4, 8};
static const int SUFFIX_LENGTH[SUFFIX_COUNT] = {4, 8, 16, 32};

/* X(NAME, name, columns, count, tables) for each family: how many columns it has, and how many ids each of its `tables` tables
 * has. The columns are dealt to the tables in equal, contiguous shares. Of wishes, value 0 is "no wish". */
#define WISH_FAMILY_LIST(X)                                                                                            \
    X(WISH_KEY, "wish_key", 1, 24 + 1, 1) /* 12 major, 12 minor */                                                     \
    X(WISH_TEMPO, "wish_tempo", 1, TEMPO_COUNT + 1, 1)                                                                 \
    X(WISH_DENSITY, "wish_density", 1, 8 + 1, 1)                                                                       \
    X(WISH_POLYPHONY, "wish_polyphony", 1, 6 + 1, 1)                                                                   \
    X(WISH_REGISTER, "wish_register", 1, 5 + 1, 1)                                                                     \
    X(WISH_STYLE, "wish_style", 1, 32 + 1, 1)                                                                          \
    X(WISH_VALENCE, "wish_valence", 1, 5 + 1, 1)                                                                       \
    X(WISH_AROUSAL, "wish_arousal", 1, 5 + 1, 1)                                                                       \
    X(WISH_SECTION, "wish_section", 1, 8 + 1, 1)                                                                       \
    X(WISH_BARS_LEFT, "wish_bars_left", 1, BARS_LEFT_MOST + 1 + 1, 1) /* 0 bars and more */                             \
    X(WISH_LIKENESS, "wish_likeness", 1, 1 + EARLIER_COUNT + 1, 1) /* new, like the bar 1, 2, 4, 8 ago */

/* More wishes, what a plan says of a bar; their columns stand apart, because networks learnt those above before there were
 * these. A slot, or the kit, rests or plays. */
#define PLAN_FAMILY_LIST(X)                                                                                            \
    X(WISH_CADENCE, "wish_cadence", 1, CADENCE_COUNT + 1, 1) /* how the phrase ends: it runs on, open, closed */        \
    X(WISH_PHRASE_LEFT, "wish_phrase_left", 1, PHRASE_MOST + 1, 1) /* 0 bars and more */                               \
    X(WISH_LOUDNESS, "wish_loudness", 1, 8 + 1, 1)                                                                     \
    X(WISH_PLAYS_0, "wish_plays_0", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_1, "wish_plays_1", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_2, "wish_plays_2", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_3, "wish_plays_3", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_4, "wish_plays_4", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_5, "wish_plays_5", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_6, "wish_plays_6", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_7, "wish_plays_7", 1, 2 + 1, 1)                                                                       \
    X(WISH_PLAYS_KIT, "wish_plays_kit", 1, 2 + 1, 1)

/* Ids run through the families in this order, from 1; id 0 is the pad, whose embedding is zero: it stands in every
 * column that has nothing to say. What the columns say, after the last token read:
 *
 * last_token     that token.
 * bar_position   ticks since the bar line, at most 143; in bars that are longer than 144, since the last whole note of the bar.
 *                This column and the next three say nothing before the first bar, and so never do in the performance base; nor
 *                do earlier_next_onset and earlier_bars.
 * beat_position  ticks since the bar line modulo 24; modulo 36 where beats are dotted, which count from 24 on.
 * bar_modulo_8   bars before this one, modulo 8.
 * time_signature the running one; see rare_time_signature.
 * slot           the slot named last, outside the header; from it program, the pitch struck last and its velocity.
 * next_release   ticks until the first sounding note ends, less 1, at most 95. A note lasts one tick until its duration is
 *                read, and after a big duration that, until a fine one adds to it.
 * earlier_next_onset
 *                for the bar 1, 2, 4, 8 ago, where there is one: ticks from this position in the bar to the next onset
 *                after it there, at most 96; 0 where there is none.
 * suffix_match   for suffixes of 4, 8, 16, 32 musical tokens: the token after the latest earlier occurrence of the
 *                suffix that ends the piece so far. Musical are all tokens after bos but velocity and tempo; those
 *                leave the columns alone. The earlier occurrence may overlap the suffix, and lies less than WINDOW -
 *                length back. For each length a table of WINDOW places remembers the last suffix that came to each,
 *                and no other: the suffix t1..tn goes to the place in the top 14 bits of (t1+1)B^n + (t2+1)B^(n-1) +
 *                .. + (tn+1)B modulo 2^64, with B = 0x9E3779B97F4A7C15.
 * sounding       pitches of the notes that sound, the latest struck first.
 * simultaneous   what was struck at this point in time; the n-th onset, from 0, in column n modulo 6.
 * earlier_bars   up to 4 onsets at this very position of those bars, in the order they were written. Of each bar the
 *                first HISTORY_ONSETS onsets are remembered.
 * wish_*         the wishes as they were set, too large ones as 0; bars_left follows the rule `bars` (grid) where
 *                there is one: 1 + the bars after this one, at most 16; all bars in the header. The key is told as it is at
 *                home: C major or A minor, where the shift is the one of the key.
 * to_bar_line    ticks to the next bar line, from 1 on, in bars longer than 144 to the next whole note (grid, within bars). This family and those after it say what the
 *                grammar goes by and the others do not tell.
 * voice_sounding pitches of the notes that sound in the running slot, the latest struck first.
 * kit_velocity   the velocity of the last stroke of the kit.
 * slots          slots declared so far.
 * ties           there, if something sounds beyond the next bar line (grid, within bars).
 * home_shift     where the home key is known: semitones from it to the sounding key, + 6.
 * lowest_sounding, highest_sounding
 *                of the pitches that sound.
 * top_struck     the highest pitch struck at this point in time.
 * chord          the chord that is planned for this beat (within bars), counted from 0: see the cells below. This column and
 *                the next three say nothing where no chord is planned, chord also where it is planned that there is none.
 * next_chord     the next planned chord that is another one, within the bars that are known.
 * chord_change   beats until then, at most 8, less 1.
 * over_root      semitones modulo 12 above the root of the chord of this beat: of the pitch struck last in the running slot,
 *                of the lowest and of the highest pitch that sounds.
 * role           the role of the running slot, where it has one.
 * cadence_due    in the last bar of a phrase whose cadence is told: 8 times the cadence, counted from 0, and the beats to the
 *                bar line, begun ones included, at most 8, less 1. A sum of embeddings cannot compare the wishes that say so.
 *
 * given_*        where music is given (given.h), within bars. What lies ahead are the given notes that are not written yet: those
 *                at this point in time that come after the note written last, and those after it; no more than GIVEN_REACH
 *                notes are looked at, from the first that lies ahead on.
 * given_slot     whether the running slot is given here: 0 no, 1 yes.
 * given_time     ticks until the next onset that lies ahead, at most 96: of the slots, and of the kit.
 * given_next     the lowest and the highest pitch of that onset of the slots.
 * given_inner    its other pitches, in the order of tokens: neither the lowest nor the highest, nor the one told before.
 * given_drum     the lowest stroke of that onset of the kit.
 * given_beat     the lowest and the highest given pitch that sounds on the next beat (or bar line before it), of notes that
 *                begin by then; among the GIVEN_REACH notes before the first that lies ahead, and those ahead.
 * given_bar      likewise on the next bar line.
 * given_own      the first pitch that lies ahead in the running slot.
 * given_left     in a span that ends: bars until then, this one included, at most 8, less 1.
 *
 * rare_time_signature
 *                the running one, where time_signature has no id for it.
 * whole_note     in bars that are longer than 144: whole notes since the bar line.
 *
 * Onsets are pitches, and 128 + d for drum 27 + d. All pitches are home pitches (see tracker.h). */
#define FEATURE_FAMILY_LIST(X)                                                                                         \
    X(LAST_TOKEN, "last_token", 1, VOCABULARY_SIZE, 1)                                                                 \
    X(BAR_POSITION, "bar_position", 1, LONGEST_COUNTED, 1)                                                             \
    X(BEAT_POSITION, "beat_position", 1, TICKS_PER_BEAT + DOTTED_BEAT, 1)                                              \
    X(BAR_MODULO, "bar_modulo_8", 1, BAR_NUMBERS, 1)                                                                   \
    X(SIGNATURE, "time_signature", 1, COMMON_SIGNATURES, 1)                                                            \
    X(SLOT, "slot", 1, SLOT_COUNT, 1)                                                                                  \
    X(PROGRAM, "program", 1, PROGRAM_COUNT, 1)                                                                         \
    X(PITCH, "last_pitch", 1, PITCH_COUNT, 1)                                                                          \
    X(VELOCITY, "last_velocity", 1, VELOCITY_COUNT, 1)                                                                 \
    X(RELEASE, "next_release", 1, BIG_STEP, 1)                                                                         \
    X(NEXT_ONSET, "earlier_next_onset", EARLIER_COUNT, NEXT_ONSET_COUNT, EARLIER_COUNT)                                \
    X(SUFFIX_MATCH, "suffix_match", SUFFIX_COUNT, VOCABULARY_SIZE, SUFFIX_COUNT)                                       \
    X(SOUNDING, "sounding", SOUNDING_WIDTH, PITCH_COUNT, 1)                                                            \
    X(SIMULTANEOUS, "simultaneous", SIMULTANEOUS_WIDTH, ONSET_COUNT, 1)                                                \
    X(EARLIER_BARS, "earlier_bars", EARLIER_COUNT *EARLIER_WIDTH, ONSET_COUNT, EARLIER_COUNT)                          \
    WISH_FAMILY_LIST(X)                                                                                                \
    X(TO_BAR_LINE, "to_bar_line", 1, LONGEST_COUNTED, 1)                                                               \
    X(VOICE_SOUNDING, "voice_sounding", VOICE_WIDTH, PITCH_COUNT, 1)                                                   \
    X(KIT_VELOCITY, "kit_velocity", 1, VELOCITY_COUNT, 1)                                                              \
    X(SLOTS, "slots", 1, SLOT_COUNT, 1)                                                                                \
    X(TIES, "ties", 1, 1, 1)                                                                                           \
    X(HOME_SHIFT, "home_shift", 1, SHIFT_COUNT, 1)                                                                     \
    X(LOWEST, "lowest_sounding", 1, PITCH_COUNT, 1)                                                                    \
    X(HIGHEST, "highest_sounding", 1, PITCH_COUNT, 1)                                                                  \
    X(TOP_STRUCK, "top_struck", 1, PITCH_COUNT, 1)                                                                     \
    PLAN_FAMILY_LIST(X)                                                                                                \
    X(CHORD, "chord", 1, CHORD_COUNT, 1)                                                                               \
    X(NEXT_CHORD, "next_chord", 1, CHORD_COUNT, 1)                                                                     \
    X(CHORD_CHANGE, "chord_change", 1, CHANGE_MOST, 1)                                                                 \
    X(OVER_ROOT, "over_root", 3, CLASS_COUNT, 3)                                                                       \
    X(ROLE, "role", 1, ROLE_COUNT, 1)                                                                                  \
    X(CADENCE_DUE, "cadence_due", 1, CADENCE_COUNT *CHANGE_MOST, 1)                                                     \
    X(GIVEN_SLOT, "given_slot", 1, 2, 1)                                                                               \
    X(GIVEN_TIME, "given_time", 2, NEXT_ONSET_COUNT, 2)                                                                \
    X(GIVEN_NEXT, "given_next", 2, PITCH_COUNT, 2)                                                                     \
    X(GIVEN_INNER, "given_inner", 2, PITCH_COUNT, 1)                                                                   \
    X(GIVEN_DRUM, "given_drum", 1, DRUM_COUNT, 1)                                                                      \
    X(GIVEN_BEAT, "given_beat", 2, PITCH_COUNT, 2)                                                                     \
    X(GIVEN_BAR, "given_bar", 2, PITCH_COUNT, 2)                                                                       \
    X(GIVEN_OWN, "given_own", 1, PITCH_COUNT, 1)                                                                       \
    X(GIVEN_LEFT, "given_left", 1, GIVEN_BARS, 1)                                                                      \
    X(RARE_SIGNATURE, "rare_time_signature", 1, RARE_SIGNATURES, 1)                                                    \
    X(WHOLE_NOTE, "whole_note", 1, LONGEST_BAR / WHOLE_NOTE, 1)

/* First column and first id of each family. */
enum {
#define FIRST_COLUMN(NAME, name, columns, count, tables)                                                               \
    COLUMN_##NAME, COLUMN_##NAME##_LAST = COLUMN_##NAME + (columns) - 1,
    FEATURE_FAMILY_LIST(FIRST_COLUMN)
#undef FIRST_COLUMN
    FEATURE_WIDTH
};

enum {
    ID_PAD,
#define FIRST_ID(NAME, name, columns, count, tables) ID_##NAME, ID_##NAME##_LAST = ID_##NAME + (count) * (tables) - 1,
    FEATURE_FAMILY_LIST(FIRST_ID)
#undef FIRST_ID
    FEATURE_COUNT /* rows of the embedding table, the pad included */
};

/* The wishes by their number. */
typedef enum {
#define NUMBER(NAME, name, columns, count, tables) NAME,
    WISH_FAMILY_LIST(NUMBER)
    PLAN_FAMILY_LIST(NUMBER)
#undef NUMBER
    WISH_COUNT
} wish;

/* A row of the plan, one for each bar: the value of each wish, then a cell for each beat of the bar that says its chord. A
 * cell is 0 where no chord is told, 1 + CHORD_QUALITIES * root + quality, or CHORD_NONE. The root is a pitch class of the
 * home key; the qualities are major, minor, diminished, augmented, dominant seventh, major seventh, minor seventh. */
enum { ROW_CHORDS = WISH_COUNT, ROW_WIDTH = WISH_COUNT + CHORD_CELLS };

typedef struct {
    const char *name;
    int columns, count, tables;
} feature_family;

static const feature_family FEATURE_FAMILIES[] = {
#define FAMILY(NAME, name, columns, count, tables) {name, columns, count, tables},
    FEATURE_FAMILY_LIST(FAMILY)
#undef FAMILY
};

/* Where each family stands in that table. */
enum {
#define PLACE(NAME, name, columns, count, tables) FAMILY_##NAME,
    FEATURE_FAMILY_LIST(PLACE)
#undef PLACE
    FEATURE_FAMILY_COUNT
};

/* The family of a wish. */
static const int WISH_FAMILY[] = {
#define OF_WISH(NAME, name, columns, count, tables) FAMILY_##NAME,
    WISH_FAMILY_LIST(OF_WISH)
    PLAN_FAMILY_LIST(OF_WISH)
#undef OF_WISH
};

static const struct {
    int column, id; /* of "no wish" */
} WISH_PLACE[] = {
#define OF_WISH(NAME, name, columns, count, tables) {COLUMN_##NAME, ID_##NAME},
    WISH_FAMILY_LIST(OF_WISH)
    PLAN_FAMILY_LIST(OF_WISH)
#undef OF_WISH
};

/* The family of a wish, for its name and how many values it takes. */
static inline const feature_family *wish_family(int wish) { return &FEATURE_FAMILIES[WISH_FAMILY[wish]]; }

#endif
