/* Heads that share: weights of the last layer that all notes share. A network with heads gives more numbers than there are tokens;
 * each head adds its own to the logits, at places that follow from the features of the step: by interval to a reference, by
 * place in the chord, or to the very token that a feature names. So what is learnt of a third is learnt of all thirds.
 *
 * What is read with a reference is the idea of the convolutional output layers of Huang et al., "Counterpoint by Convolution"
 * (ISMIR 2017); pointers are those of Vinyals, Fortunato and Jaitly, "Pointer Networks" (NIPS 2015). */
#ifndef LINNET_HEADS_H
#define LINNET_HEADS_H

#include <stdint.h>

#include "feature_layout.h"

typedef enum {
    HEAD_INTERVAL, /* number i to note reference + i - HEAD_REACH, where there is such a note */
    HEAD_CLASS,    /* number (p - reference) modulo 12 to every note p */
    HEAD_TONIC,    /* number p modulo 12 to every note p */
    HEAD_CHORD,    /* number 12 * quality + (p - root) modulo 12 to every note p */
    HEAD_POINTER,  /* its number to the token that the feature names */
    HEAD_KINDS
} head_kind;

enum { HEAD_REACH = 24, HEADS_MOST = 64 };

typedef struct {
    int32_t kind;
    int32_t column; /* of the features; the reference stands there. A head adds nothing where that is empty, or a drum */
    int32_t first;  /* id of the first value of that column */
    int32_t count;  /* of its values: PITCH_COUNT, ONSET_COUNT, VOCABULARY_SIZE, CHORD_COUNT */
} head;

/* How many numbers a head of this kind has. */
int head_size(int kind);

/* Sets up a head that reads a column of a family, counted from the family's first; -1 where there is no such column, or where its
 * values are none that this kind of head can read. HEAD_TONIC reads none. */
int head_init(head *self, int kind, int family, int column);

/* Adds the numbers of all heads, which stand in logits[VOCABULARY_SIZE] and after, to the logits before, in the order of the
 * heads; each addition is rounded to float. `features` are those of the step, as wide as the heads need. */
void heads_add(const head *heads, int32_t count, const int64_t *features, float *logits);

#endif
