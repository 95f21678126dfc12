/* One piece in the making, and what decides its next token once the network has spoken: a script while there is one, then
 * sampling under the rules. A plan says, bar by bar, what is to come.
 *
 * A piece has no network of its own, so a loop can play one, or many together. */
#ifndef LINNET_PIECE_H
#define LINNET_PIECE_H

#include <stdint.h>

#include "rng.h"
#include "sampler.h"
#include "tracker.h"

/* What a script may hold besides tokens: sample one token; sample until a bar begins. */
enum { SCRIPT_SAMPLE = -1, SCRIPT_SAMPLE_TO_BAR = -2 };

enum { PLAN_LEAVES = 255 };

typedef struct {
    int8_t source;              /* see tracker_set_source */
    uint8_t quarters;           /* of the bar in which there is that source, bit 0 for the first; in the others there is none */
    uint8_t returns, return_quarters; /* how many bars ago what comes back was, 0 = nothing does, and in which quarters it does */
    uint8_t row[ROW_WIDTH];     /* see feature_layout.h; a wish of PLAN_LEAVES = as it is */
} plan_bar;

typedef struct {
    const plan_bar *bars; /* NULL = no plan */
    int32_t count;
    int32_t again; /* after the last bar the plan goes on with this one, 0 <= again < count */
    int64_t first; /* the piece's bar, counted from 1, that is the plan's first */
    float returns, beat; /* how much what comes back, and the beat of the kit, weigh: see returns.h */
    float in_register; /* how much a semitone out of the register of a line weighs: see register.h */
} piece_plan;

/* Chords of a bar, as cells of a row of the plan: dealt to the beats of the bar, so that each gets as many as the others, the
 * earlier ones one more where it does not come out even. Where there are more than beats, some are left out. */
typedef struct {
    uint8_t count; /* 1 .. CHORD_CELLS */
    uint8_t cells[CHORD_CELLS];
} bar_chords;

/* A progression, in place of the chords of the plan: bar by bar, again and again. Before its first bar its first chord lasts. */
typedef struct {
    const bar_chords *bars; /* NULL = none */
    int32_t count;
    int64_t first; /* the bar of the piece, counted from 1, that is the first; an upbeat that the rule `bars` does not count comes
                      before it */
} piece_chords;

/* How a piece closes in its last bar. Until the last strong beat the network plays on; a note that does not close lasts until
 * there at most. When it would end, or that beat has come, and the music does not rest on its tonic, the close is due: at the
 * next beat what closes is struck, held to the end of the bar, and nothing else. A piece that rests on the tonic, struck on
 * a beat, may end where it likes, once every slot that struck in the bar before has struck or holds. Whatever is struck last
 * stands on the tonic: it is the lowest of what is struck with it, or it sounds still. A note of the bar before that does not
 * belong to the close is over by then. Where rules leave none of these notes it ends all the same.
 *
 * The closing bar keeps to what the bars before had, up to 63 of them, to those of its own rather than to given ones: who was
 * silent in all of them does not enter; its pitches span no more than two octaves or the widest of them, what closes a fifth
 * part more if it must; once it has as many notes and strokes as they usually have (the median), a step on is read as the end. A
 * piece of one bar has none to keep to but `notes`. A piece that closes on nothing (no `line`) ends where it likes, and its last
 * bar keeps to the others all the same, but that it may have twice as many notes. */
typedef struct {
    int64_t bar;      /* 0 = it does not close */
    uint16_t line;    /* pitch classes, C is bit 0; 0 = it does not close, it is only the last */
    uint16_t chord;   /* those of all slots but the lowest where the bar before had chords, notes that began together */
    int32_t notes;    /* notes and strokes of a piece of one bar, the close included; 0 = any number */
    int64_t given;    /* bars at the beginning that were given */
} piece_cadence;

/* Where a piece moves on from the key of its script: as soon as that is over, the home key sounds `shift` semitones away, and the
 * key that is wished for is this one. */
typedef struct {
    uint8_t is_set;
    uint8_t key;  /* a value of WISH_KEY */
    int8_t shift; /* as tracker_set_shift takes it */
} piece_turn;

typedef struct {
    tracker *tracker;
    rng_state rng;
    sampler_options sampling;
    const int16_t *script; /* tokens, 0 <= token < VOCABULARY_SIZE, and the two words above */
    int32_t scripted, read; /* length of the script, and how much of it was read */
    piece_plan plan;       /* begins with the bar in which the script ends */
    piece_chords chords;   /* likewise */
    piece_cadence cadence;
    piece_turn turn;       /* once */
    int64_t due;           /* tick at which the close is struck, -1 while it is not due */
    int64_t tonic_at;      /* tick at which the lowest slot struck a note of the line in the closing bar; -1 = it did not, or
                              struck another since */
    uint16_t open;         /* slots whose last note in the closing bar does not close */
    int32_t usual;         /* of the bars before the closing one: how many notes and strokes they have; 0 = there is none, -1 = not
                              looked at yet */
    int32_t span;          /* of the bars before the closing one: semitones from the lowest to the highest pitch of the widest */
    uint32_t heard;        /* who may strike in it: slots, and the kit, bit DRUM_SLOT */
    uint16_t struck, struck_before; /* slots that struck in the running bar, and in the one before */
    int64_t planned;       /* 4 * bar + quarter of the bar: where the plan was last applied */
    int64_t harmonised;    /* the bar in which chords of a progression were last told */
    const float *latent;   /* of a variational network, one input beside the features; NULL = zeros */
} piece;

/* Memory that sampling needs; one serves many pieces in turn. */
typedef struct {
    uint8_t mask[VOCABULARY_SIZE];
    float logits[VOCABULARY_SIZE]; /* of sounding pitches */
    void *scratch; /* sampler_scratch_size(VOCABULARY_SIZE) bytes aligned for double */
} piece_workspace;

/* Appends a token, 0 <= token < VOCABULARY_SIZE. */
void piece_append(piece *self, int token);

/* Before the first token. */
void piece_begin(piece *self);

/* Tells the tracker the chords of this bar and those after it: of the progression, or else of the plan, or else none. It is done
 * by itself at every bar line; to be called when the progression is another one. */
void piece_tell_chords(piece *self);

/* Samples a token from the logits, which are of home pitches, under the rules, appends it, and returns it. On an error it returns a negative code of the
 * sampler and leaves the piece where it was. A token takes one random number; two where the piece would end and its close falls
 * due instead, which happens once.
 *
 * What cannot be is read as the nearest thing that can, so that nothing unlikely has to fill its place: in the last bar, `bar`
 * as the end, before it the end as `bar`; what would pass a given note as the way to it; a note that would last too long as the longest that may be, a step
 * beyond the time there is (performance) as the end. */
int piece_sample(piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace);

/* Appends what the script says next or, where it says nothing, a sampled token. Returns as piece_sample. When the script names
 * a token the logits are not read. */
int piece_next(piece *self, const float logits[VOCABULARY_SIZE], piece_workspace *workspace);

#endif
