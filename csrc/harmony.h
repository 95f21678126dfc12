/* The likeliest way through a piece, beat by beat: which chord sounds, or which key rules. Scores are whole numbers, so that
 * the way is the same on every machine; whoever calls keeps them so small that those of a whole piece add up in 64 bits.
 *
 * A way gets the scores of what it passes, and what its changes cost. Of two ways equally good it takes the one that changes
 * later, and comes from the state with the lower number. */
#ifndef LINNET_HARMONY_H
#define LINNET_HARMONY_H

#include <stddef.h>
#include <stdint.h>

enum { HARMONY_ROOTS = 12, HARMONY_KINDS_MOST = 16 };

typedef struct {
    const int64_t *motion; /* what it says to go from root to root, by the kind that is left: (kinds, ROOTS, ROOTS) */
    const uint8_t *kind;   /* of each quality: (qualities), below HARMONY_KINDS_MOST */
    int64_t nothing;       /* to go from a chord to none, or from none to a chord */
    int32_t qualities;
    int32_t kinds;
} harmony_moves;

/* The chords. A state is 12 * quality + root, the last one no chord: states = 12 * qualities + 1.
 *
 * fit (beats, states): how well each explains each beat; it becomes what the best way there comes to.
 * entry (beats, states): what a change says that ends there; it becomes what the best way comes to that changes there.
 * path (beats): the state of each beat. Row 0 of entry is not read. */
void harmony_chords(const harmony_moves *moves, int64_t *fit, int64_t *entry, size_t beats, int64_t *path);

/* The keys. fit (bars, keys): how well each explains each bar; it becomes what the best way there comes to. change: what any
 * change says. path (bars): the key of each bar. */
void harmony_keys(int64_t *fit, size_t bars, size_t keys, int64_t change, int64_t *path);

#endif
