/* Rules of exercises, as teachers set them: note values, leaps, steps, rests, hands, answers; and how much may be struck. They
 * are part of the hard rules (tracker.h); 0 everywhere = none of them.
 *
 * Note values (grid). The rule `durations` names the only note values: a note lasts one of them to the tick and ends inside its
 * bar. Something begins only where they lead, one after the other, from the bar line, and where one of them still fits. No
 * meter is begun in which none fits.
 *
 * Melody. The melody of a slot is what it strikes first at each point in time, the highest note. It moves by at most `leap`
 * semitones. Of its moves, repeated notes among them, at least `step_share` percent are steps of one or two semitones, at any
 * time since the rule came into force; where other rules leave no step, the note is repeated. Where they were changed so that no
 * pitch is as near as it must be, the nearest are struck.
 *
 * Rests. From its first note on a slot is silent for at most `rest` - 1 percent of the time, at any time, the end of the piece
 * included, and never for longer than two whole notes. Drums have no rests.
 *
 * Hands. Together: at every point all declared slots strike, and what they strike lasts equally long. Apart: while one slot
 * sounds no other one does; where there are bars they take turns, of TURN bars each.
 *
 * Answers (grid). After every `answer` bars as many follow in which something is struck exactly where it was in those before.
 * The first of them is the bar `answer_from`, and turns count from there; an upbeat that the
 * rule `bars` does not count comes before it. The last bar of
 * `bars` is free, so that it can close.
 *
 * Bounds (grid). A bar has at most `onsets_most` notes and strokes, and at most `onsets_more` - 1 more than the bar before; the
 * pitches of a bar go at most `register_move` semitones beyond those of the last bar that had some.
 *
 * Tempo. Tempo tokens lie from `tempo_lowest` to `tempo_highest` - 1, and each is at most `tempo_change` bpm from the one before and
 * stands on a bar line; where neither leaves one, those nearest to the range that the change allows, or else the running one.
 *
 * What has to be struck now is struck before time goes on, if other rules let it. */
#ifndef LINNET_EXERCISE_H
#define LINNET_EXERCISE_H

#include <stdint.h>

#include "vocabulary.h"

enum { HANDS_FREE = 0, HANDS_TOGETHER = 1, HANDS_APART = 2, PLACE_WORDS = LONGEST_BAR / 64 + 1, ANSWER_MOST = 8, TURN = 2, STEP = 2, EXERCISE_CREDIT_MOST = 1000 };

typedef struct {
    uint8_t note_values;
    uint8_t leap;          /* 0 = any */
    uint8_t step_share;    /* 0 .. 100 */
    uint8_t rest;          /* 0 = any; 1 + percent */
    uint8_t hands;
    uint8_t answer;        /* 0 .. ANSWER_MOST */
    uint8_t onsets_most;   /* 0 = any */
    uint8_t onsets_more;   /* 0 = any; 1 + how many */
    uint8_t register_move; /* 0 = any */
    uint8_t tempo_lowest, tempo_highest; /* highest 0 = any */
    int32_t tempo_change;  /* bpm; 0 = any */
    int32_t answer_from;   /* a bar, counted from 1 */
    uint64_t places[PLACE_WORDS]; /* bit t: sums of the note values reach t ticks; exercise_prepare fills it */
    int32_t shortest;             /* of the note values, likewise */
} exercise_rules;

typedef struct {
    int8_t top[SLOT_COUNT];     /* last note of each melody, -1 before the first */
    int32_t credit[SLOT_COUNT]; /* each move takes step_share, and each that is a step gives 100; never below 0, nor above the most */
    int64_t begun[SLOT_COUNT];  /* tick of the first note, -1 before it */
    int64_t ended[SLOT_COUNT];  /* tick at which the last note that is over ended */
    int64_t silent[SLOT_COUNT]; /* ticks between notes since then */
    int32_t point_notes;        /* struck at this point */
    int8_t bar_lowest, bar_highest; /* pitches of this bar; lowest 127 and highest -1 where there are none */
    int8_t last_lowest, last_highest; /* of the last bar before it that had some, likewise */
} exercise;

/* Works out what follows from the durations, `words` words of 64 bits. */
void exercise_prepare(exercise_rules *rules, const uint64_t *durations, int words);

/* Whether one of these rules is in force. */
static inline int has_exercise(const exercise_rules *rules) {
    return rules->note_values || rules->leap || rules->step_share || rules->rest || rules->hands || rules->answer ||
           rules->onsets_most || rules->onsets_more || rules->register_move;
}

/* Before the first note. */
void exercise_reset(exercise *self);

#endif
