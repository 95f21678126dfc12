/* The vocabulary, 672 token ids in contiguous families, and the constants of time: defined here and nowhere else. Python reads
 * them through linnet._core, and the table is in every model file. */
#ifndef LINNET_VOCABULARY_H
#define LINNET_VOCABULARY_H

#include <stdint.h>

/* ---- time: ticks of the grid, 24 a quarter note ---------------------------------------------------------- */

enum {
    TICKS_PER_BEAT = 24,
    DOTTED_BEAT = 36,     /* where eighths come in threes */
    HALF_NOTE = 48,
    WHOLE_NOTE = 96,
    SHORTEST_BAR = 36,    /* 3/8 */
    LONGEST_BAR = 288,    /* 3/1 */
    LONGEST_COUNTED = 144, /* 6/4, 3/2, 12/8: longer bars are counted in half notes, and told by whole notes */
    BIG_STEP = WHOLE_NOTE, /* long times are whole notes and what is left, 1..95 ticks */
    FINE_COUNT = BIG_STEP - 1,
    BIG_COUNT = 15,
    LONGEST_DURATION = BIG_COUNT * BIG_STEP + FINE_COUNT /* 1535 ticks */
};

/* ---- tokens ---------------------------------------------------------------------------------------------- */

enum {
    COMMON_SIGNATURES = 12,
    RARE_SIGNATURES = 5, /* of old choir music and of new: networks learnt the others before there were these */
    SIGNATURE_COUNT = COMMON_SIGNATURES + RARE_SIGNATURES,
    ALL_METERS = (1 << SIGNATURE_COUNT) - 1,
    TEMPO_COUNT = 32,
    SLOT_COUNT = 16,
    PROGRAM_COUNT = 128,
    VELOCITY_COUNT = 32,
    VELOCITY_STEP = 4,
    VELOCITY_LOWEST = 2,
    PITCH_COUNT = 128,
    DRUM_COUNT = 61, /* pitches 27..87 */
    DRUM_LOWEST = 27,
    RESERVED_COUNT = 34
};

/* X(NAME, name, count, value, step) for each family in order of ids: the id that is the family's i-th stands for
 * value + i * step. A note is [slot] [velocity] note [duration_big] [duration_fine]. */
#define TOKEN_FAMILY_LIST(X)                                                                                           \
    X(PAD, "pad", 1, 0, 1)                                                                                             \
    X(BOS, "bos", 1, 0, 1)                                                                                             \
    X(EOS, "eos", 1, 0, 1)                                                                                             \
    X(SHIFT_FINE, "shift_fine", FINE_COUNT, 1, 1)                                                                      \
    X(SHIFT_BIG, "shift_big", BIG_COUNT, BIG_STEP, BIG_STEP)                                                           \
    X(BAR, "bar", 1, 0, 1) /* the next bar begins: time moves to the bar line */                                       \
    X(TIME_SIGNATURE, "time_signature", COMMON_SIGNATURES, 0, 1) /* in mid-bar it ends the bar there */                \
    X(TEMPO, "tempo", TEMPO_COUNT, 0, 1)                                                                               \
    X(SLOT, "slot", SLOT_COUNT, 0, 1)                                                                                  \
    X(PROGRAM, "program", PROGRAM_COUNT, 0, 1)                                                                         \
    X(VELOCITY, "velocity", VELOCITY_COUNT, VELOCITY_LOWEST, VELOCITY_STEP)                                            \
    X(NOTE, "note", PITCH_COUNT, 0, 1)                                                                                 \
    X(DURATION_FINE, "duration_fine", FINE_COUNT, 1, 1)                                                                \
    X(DURATION_BIG, "duration_big", BIG_COUNT, BIG_STEP, BIG_STEP)                                                     \
    X(DRUM, "drum", DRUM_COUNT, DRUM_LOWEST, 1)                                                                        \
    X(RARE_SIGNATURE, "rare_time_signature", RARE_SIGNATURES, COMMON_SIGNATURES, 1)                                    \
    X(RESERVED, "reserved", RESERVED_COUNT, 0, 1)

/* First id of each family. */
enum {
#define FIRST_ID(NAME, name, count, value, step) TOKEN_##NAME, TOKEN_##NAME##_LAST = TOKEN_##NAME + (count) - 1,
    TOKEN_FAMILY_LIST(FIRST_ID)
#undef FIRST_ID
    VOCABULARY_SIZE
};

typedef struct {
    const char *name;
    int first, count;
    int value, step;
} token_family;

static const token_family TOKEN_FAMILIES[] = {
#define FAMILY(NAME, name, count, value, step) {name, TOKEN_##NAME, count, value, step},
    TOKEN_FAMILY_LIST(FAMILY)
#undef FAMILY
};
enum { TOKEN_FAMILY_COUNT = sizeof TOKEN_FAMILIES / sizeof TOKEN_FAMILIES[0] };

/* ---- meter and tempo ------------------------------------------------------------------------------------- */

typedef struct {
    int numerator, denominator;
    int ticks;      /* length of a bar */
    int beat_ticks; /* a dotted quarter where eighths come in threes, a half note in bars of more than six quarters, else a quarter */
} time_signature;

#define METER(numerator, denominator)                                                                                  \
    {numerator, denominator, WHOLE_NOTE * numerator / denominator,                                                     \
     denominator == 8 && numerator % 3 == 0 ? DOTTED_BEAT                                                              \
     : WHOLE_NOTE * numerator / denominator > LONGEST_COUNTED ? HALF_NOTE : TICKS_PER_BEAT}
static const time_signature TIME_SIGNATURES[SIGNATURE_COUNT] = {
    METER(2, 4), METER(3, 4), METER(4, 4), METER(5, 4), METER(6, 4),  METER(2, 2),
    METER(3, 2), METER(3, 8), METER(6, 8), METER(9, 8), METER(12, 8), METER(7, 8),
    METER(2, 1), METER(4, 2), METER(3, 1), METER(5, 8), METER(7, 16),
};
#undef METER

/* The token of a signature by its place in that table, and back; -1 for a token that is none. */
static inline int signature_token(int signature) {
    return signature < COMMON_SIGNATURES ? TOKEN_TIME_SIGNATURE + signature
                                         : TOKEN_RARE_SIGNATURE + signature - COMMON_SIGNATURES;
}
static inline int signature_of(int token) {
    if (token >= TOKEN_TIME_SIGNATURE && token <= TOKEN_TIME_SIGNATURE_LAST)
        return token - TOKEN_TIME_SIGNATURE;
    return token >= TOKEN_RARE_SIGNATURE && token <= TOKEN_RARE_SIGNATURE_LAST ? token - TOKEN_RARE_SIGNATURE + COMMON_SIGNATURES
                                                                               : -1;
}

/* Takes all signatures out of a mask. */
static inline void forbid_signatures(uint8_t mask[VOCABULARY_SIZE]) {
    for (int i = 0; i < SIGNATURE_COUNT; i++)
        mask[signature_token(i)] = 0;
}

/* Beats per minute a tempo token stands for: steps of about 7 %, on numbers people use. */
static const int TEMPO_BPM[TEMPO_COUNT] = {
    30, 32, 34, 37, 40, 43, 46,  49,  52,  56,  60,  64,  69,  74,  80,  85,
    90, 96, 100, 108, 114, 120, 128, 136, 146, 156, 168, 180, 192, 205, 220, 240,
};

#endif
