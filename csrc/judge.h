/* What a judge hears in the last bars of a piece beside what came before them: counts, distances, and shares in 64ths, all of
 * them integers, so that they are the same on every CPU. Which of them speak for a section, and how much, is learnt; see
 * runtime/linnet/controls/judge.py. */
#ifndef LINNET_JUDGE_H
#define LINNET_JUDGE_H

#include <stdint.h>

#include "section.h"

/* What stands where there is nothing to say. */
enum { JUDGE_SILENT = -1000 };

/* X(NAME, "name") for each. "bars" are the last ones, up to four, that are judged; "before" is what else was read, up to 16 bars.
 * The tune is the highest pitch struck at each onset, the bass the lowest.
 *
 * steps, leaps, far_leaps, same     share of the tune's intervals of 1 or 2 semitones, 5 and more, 9 and more, 0
 * turns, recovered                  share of its moves that change direction; of leaps, that a step back follows
 * joint                             its widest interval over a bar line, semitones
 * range, peak, register, contour    its range; its peak above that of before; its mean above that of before, and of the last bar
 *                                   above the first, quarters of semitones
 * onsets, durations, shortest, longest   a bar, in quarters of one; different distances between them; ticks of the least and the most
 * on_beats, on_halves               share of beats at which something begins; of onsets that lie on beats or halves of beats
 * silence, tied                     share of the time without a pitch; of bar lines over which a note of the tune sounds
 * same_rhythm, same_motion          of bars that begin at the same places as one of the four before; with the same intervals too
 * like_1, like_2, like_4, like_8    share of notes that were struck at that place so many bars ago
 * outside, tonic, leading           share of the time of notes outside of the key; of the tune's notes on its tonic; of its leading
 *                                   notes that go to the tonic
 * degrees                           different pitch classes
 * end_degree, end_long, end_notes, end_left, end_bass, end_motion     at the end of four bars, of the tune's note at the last strong
 *                                   beat: semitones above the tonic; ticks until another begins; onsets of the last bar as a share of
 *                                   the mean; ticks since the last of all began; of the bass's note at that beat: semitones above the
 *                                   tonic; how it came there, semitones up modulo 12
 * close_*                           the same at the end of eight
 * mid_*                             the same in other bars
 * fits, clash                       of beats with two or more pitch classes, share that is part of a triad or seventh chord; share
 *                                   with a semitone or a tritone over the bass
 * new_chord, new_inside             share of bar lines, and of other beats, with another chord than the beat before
 * i_beats, iv_beats, v_beats        share of beats whose chord has its root on the tonic, fourth, fifth degree
 * chord_notes, sounding, density    notes struck together, eighths of one; notes sounding, less before, eighths; notes a bar as a
 *                                   share of before
 * slots, silent_slots               that play, less before; that played in the four bars before and do not
 * crossed                           share of beats at which a slot lies above one that is higher on the whole
 * widest, close_low, lowest         widest gap between neighbours, semitones; share of beats with less than a fourth at the bottom,
 *                                   below C3; the lowest pitch above that of before
 * contrary, together                share of moves of tune and bass that go against each other, and the same way
 * strokes, strokes_change           of the kit a bar, halves of one; as a share of before
 * kick, backbeat, kit_beats, kit_off     share of bars that begin with a kick; of even beats with a snare; of beats with a stroke; of
 *                                   strokes off beats and halves */
#define JUDGE_FEATURE_LIST(X)                                                                                          \
    X(STEPS, "steps") X(LEAPS, "leaps") X(FAR_LEAPS, "far_leaps") X(SAME, "same") X(TURNS, "turns")                    \
    X(RECOVERED, "recovered") X(JOINT, "joint") X(RANGE, "range") X(PEAK, "peak") X(REGISTER, "register")              \
    X(CONTOUR, "contour") X(ONSETS, "onsets") X(DURATIONS, "durations") X(SHORTEST, "shortest")                        \
    X(LONGEST, "longest") X(ON_BEATS, "on_beats") X(ON_HALVES, "on_halves") X(SILENCE, "silence") X(TIED, "tied")      \
    X(SAME_RHYTHM, "same_rhythm") X(SAME_MOTION, "same_motion") X(LIKE_1, "like_1") X(LIKE_2, "like_2")                \
    X(LIKE_4, "like_4") X(LIKE_8, "like_8") X(OUTSIDE, "outside") X(TONIC, "tonic") X(LEADING, "leading")              \
    X(DEGREES, "degrees") X(END_DEGREE, "end_degree") X(END_LONG, "end_long") X(END_NOTES, "end_notes")                \
    X(END_LEFT, "end_left") X(END_BASS, "end_bass") X(END_MOTION, "end_motion") X(CLOSE_DEGREE, "close_degree")        \
    X(CLOSE_LONG, "close_long") X(CLOSE_NOTES, "close_notes") X(CLOSE_LEFT, "close_left")                              \
    X(CLOSE_BASS, "close_bass") X(CLOSE_MOTION, "close_motion") X(MID_DEGREE, "mid_degree") X(MID_LONG, "mid_long")        \
    X(MID_NOTES, "mid_notes") X(MID_LEFT, "mid_left") X(MID_BASS, "mid_bass") X(MID_MOTION, "mid_motion") X(FITS, "fits")      \
    X(CLASH, "clash") X(NEW_CHORD, "new_chord") X(NEW_INSIDE, "new_inside") X(I_BEATS, "i_beats")                      \
    X(IV_BEATS, "iv_beats") X(V_BEATS, "v_beats") X(CHORD_NOTES, "chord_notes") X(SOUNDING_MORE, "sounding")           \
    X(DENSITY, "density") X(SLOTS_MORE, "slots") X(SILENT_SLOTS, "silent_slots") X(CROSSED, "crossed")                 \
    X(WIDEST, "widest") X(CLOSE_LOW, "close_low") X(LOWEST, "lowest") X(CONTRARY, "contrary")                          \
    X(TOGETHER, "together") X(STROKES, "strokes") X(STROKES_CHANGE, "strokes_change") X(KICK, "kick")                  \
    X(BACKBEAT, "backbeat") X(KIT_BEATS, "kit_beats") X(KIT_OFF, "kit_off")                                           

enum {
#define NUMBER(NAME, name) HEARD_##NAME,
    JUDGE_FEATURE_LIST(NUMBER)
#undef NUMBER
    JUDGE_FEATURE_COUNT
};

static const char *const JUDGE_FEATURES[JUDGE_FEATURE_COUNT] = {
#define NAME_OF(NAME, name) name,
    JUDGE_FEATURE_LIST(NAME_OF)
#undef NAME_OF
};

enum { JUDGED_BARS = 4 };

/* What the last bars of a section end. */
enum { JUDGE_ENDS_NOTHING, JUDGE_ENDS_FOUR, JUDGE_ENDS_EIGHT };

/* Hears the last JUDGED_BARS bars of those that were read. key: 0 none, else 1 + tonic, 13 + tonic in minor. */
void judge_hear(const section *bars, int key, int ends, int32_t out[JUDGE_FEATURE_COUNT]);

/* The parts of it: the tune, and what sounds together. */
typedef struct {
    const section *bars;
    int first;  /* bar that is judged first */
    int key, ends;
    int32_t begin, end; /* ticks of the judged bars */
    int32_t *out;
} hearing;

void judge_tune(const hearing *self);
void judge_parts(const hearing *self);

static inline int32_t judge_share(int64_t part, int64_t whole) {
    return whole > 0 ? (int32_t)((64 * part + whole / 2) / whole) : JUDGE_SILENT;
}

/* Half of a beat; a third of a dotted one. */
static inline int32_t judge_half(int32_t beat) { return beat == DOTTED_BEAT ? beat / 3 : beat / 2; }

#endif
