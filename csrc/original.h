/* Nobody's copy: a filter of the runs that stand in the music a network learnt from, and the rule that none is written.
 *
 * The line of a slot is what it strikes first at each point in time, the highest note. Of two notes in a row it has a pair: the
 * interval, and the ticks from one onset to the next. A run is so many pairs in a row (`pairs`), in whatever key. The filter is a
 * Bloom filter of 2^log2 bits with `hashes` places for each run: a run that was put in is always found, and some others are.
 * Runs on fewer than ORIGINAL_PITCHES pitches are nobody's.
 *
 * A note that would complete a run that is found is not struck, unless the bar that comes back (tracker_set_source) has it at
 * this place; where that leaves a slot nothing, it strikes nothing then. */
#ifndef LINNET_ORIGINAL_H
#define LINNET_ORIGINAL_H

#include <stddef.h>
#include <stdint.h>

enum { ORIGINAL_MOST = 32, ORIGINAL_PITCHES = 4 };

typedef struct {
    const uint8_t *bits;
    int32_t log2;   /* 3 .. 30 */
    int32_t hashes; /* 1 .. 16 */
    int32_t pairs;  /* 2 .. ORIGINAL_MOST */
} known_runs;

typedef struct {
    int64_t onset;                 /* of the last note of the line */
    int16_t pitch;                 /* -1 = there is none */
    uint8_t at, count;             /* where the next pair goes, and how many there are, at most ORIGINAL_MOST */
    uint32_t pairs[ORIGINAL_MOST]; /* interval + 128, and ticks from bit 8 on */
} original_line;

/* The hash of the last `pairs` pairs of a line; 0 where there are fewer, or where it is nobody's. */
uint64_t original_hash(const original_line *line, int pairs);

/* Whether a hash is found. */
int original_is_known(const known_runs *runs, uint64_t hash);

/* Puts a hash in. */
void original_add(uint8_t *bits, int log2, int hashes, uint64_t hash);

#endif
