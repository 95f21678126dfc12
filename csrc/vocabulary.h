/* The vocabulary: 672 token ids in contiguous families, defined here and nowhere else.
 * Python reads this table through linnet._core; it travels in every model file. */
#ifndef LINNET_VOCABULARY_H
#define LINNET_VOCABULARY_H

#include <stdint.h>

/* First id of each family. A note is [slot] [velocity] note [duration_big] [duration_fine]. */
enum {
    TOKEN_PAD = 0,
    TOKEN_BOS = 1,
    TOKEN_EOS = 2,
    TOKEN_SHIFT_FINE = 3,       /* 1..95 ticks */
    TOKEN_SHIFT_BIG = 98,       /* 96 * (1..15) ticks */
    TOKEN_BAR = 113,            /* the next bar begins: time moves to the bar line */
    TOKEN_TIME_SIGNATURE = 114, /* in mid-bar it cuts the bar short and begins a new one */
    TOKEN_TEMPO = 126,
    TOKEN_SLOT = 158,
    TOKEN_PROGRAM = 174,
    TOKEN_VELOCITY = 302,
    TOKEN_NOTE = 334,
    TOKEN_DURATION_FINE = 462, /* 1..95 ticks */
    TOKEN_DURATION_BIG = 557,  /* 96 * (1..15) ticks */
    TOKEN_DRUM = 572,          /* pitches 27..87 */
    TOKEN_RESERVED = 633,
    VOCABULARY_SIZE = 672
};

enum {
    FINE_COUNT = 95,
    BIG_COUNT = 15,
    BIG_STEP = 96,
    SIGNATURE_COUNT = 12,
    TEMPO_COUNT = 32,
    SLOT_COUNT = 16,
    PROGRAM_COUNT = 128,
    VELOCITY_COUNT = 32,
    PITCH_COUNT = 128,
    DRUM_COUNT = 61,
    DRUM_LOWEST = 27,
    LONGEST_DURATION = BIG_COUNT * BIG_STEP + FINE_COUNT, /* 1535 ticks */
    TICKS_PER_BEAT = 24,
    LONGEST_BAR = 144
};

typedef struct {
    const char *name;
    int first, count;
    int value, step; /* id first + i stands for value + i * step */
} token_family;

static const token_family TOKEN_FAMILIES[] = {
    {"pad", TOKEN_PAD, 1, 0, 1},
    {"bos", TOKEN_BOS, 1, 0, 1},
    {"eos", TOKEN_EOS, 1, 0, 1},
    {"shift_fine", TOKEN_SHIFT_FINE, FINE_COUNT, 1, 1},
    {"shift_big", TOKEN_SHIFT_BIG, BIG_COUNT, BIG_STEP, BIG_STEP},
    {"bar", TOKEN_BAR, 1, 0, 1},
    {"time_signature", TOKEN_TIME_SIGNATURE, SIGNATURE_COUNT, 0, 1},
    {"tempo", TOKEN_TEMPO, TEMPO_COUNT, 0, 1},
    {"slot", TOKEN_SLOT, SLOT_COUNT, 0, 1},
    {"program", TOKEN_PROGRAM, PROGRAM_COUNT, 0, 1},
    {"velocity", TOKEN_VELOCITY, VELOCITY_COUNT, 2, 4},
    {"note", TOKEN_NOTE, PITCH_COUNT, 0, 1},
    {"duration_fine", TOKEN_DURATION_FINE, FINE_COUNT, 1, 1},
    {"duration_big", TOKEN_DURATION_BIG, BIG_COUNT, BIG_STEP, BIG_STEP},
    {"drum", TOKEN_DRUM, DRUM_COUNT, DRUM_LOWEST, 1},
    {"reserved", TOKEN_RESERVED, VOCABULARY_SIZE - TOKEN_RESERVED, 0, 1},
};
enum { TOKEN_FAMILY_COUNT = sizeof TOKEN_FAMILIES / sizeof TOKEN_FAMILIES[0] };

typedef struct {
    int numerator, denominator;
    int ticks;      /* length of a bar on the grid, 24 ticks a quarter */
    int beat_ticks; /* a dotted quarter where eighths come in threes, a quarter otherwise */
} time_signature;

static const time_signature TIME_SIGNATURES[SIGNATURE_COUNT] = {
    {2, 4, 48, 24},  {3, 4, 72, 24}, {4, 4, 96, 24}, {5, 4, 120, 24}, {6, 4, 144, 24},  {2, 2, 96, 24},
    {3, 2, 144, 24}, {3, 8, 36, 36}, {6, 8, 72, 36}, {9, 8, 108, 36}, {12, 8, 144, 36}, {7, 8, 84, 24},
};

/* Beats per minute a tempo token stands for: steps of about 7 %, on numbers people use. */
static const int TEMPO_BPM[TEMPO_COUNT] = {
    30, 32, 34, 37, 40, 43, 46,  49,  52,  56,  60,  64,  69,  74,  80,  85,
    90, 96, 100, 108, 114, 120, 128, 136, 146, 156, 168, 180, 192, 205, 220, 240,
};

#endif
