/* What the parts of the tracker share: tracker.c reads tokens, grammar.c, room.c, stuck.c, exercise.c, voice_leading.c, phrase_end.c and given_mask.c say what may come next,
 * features.c and given.c what the network sees, snapshot.c turns it into bytes, section.c reads bars back. No other file includes this. */
#ifndef LINNET_TRACKER_PARTS_H
#define LINNET_TRACKER_PARTS_H

#include "tracker.h"

/* Fills `from`, once the bar is over. */
void tracker_index_bar(bar_history *bar);

/* What grammar and rules allow; returns how many tokens that are. */
int tracker_allow(const tracker *self, uint8_t mask[VOCABULARY_SIZE]);

/* The i-th onset of a bar at home: its home pitch, or 128 + drum. */
int tracker_home_onset(const bar_history *bar, int i);

/* Sets wishes and chords from row `at` of a plan, or from its last row. */
void tracker_set_row(tracker *self, const uint8_t *plan, size_t rows, size_t at);

/* Writes one musical token, at home, into the window, finds what came after earlier occurrences of the suffixes that end with it, and
 * adds these suffixes to the index. */
void tracker_index_suffix(tracker *self, int token);

/* After a token: passes the given notes that do not lie ahead any more. */
void tracker_follow_given(tracker *self);

/* Whether something that is not given may be struck in a slot now (DRUM_SLOT: the kit), and whether it may at later ticks of this
 * span of time, given onsets apart. */
int tracker_given_lets(const tracker *self, int slot);
int tracker_given_leaves(const tracker *self, int slot);

/* Whether the duration of a given note is being written. */
int tracker_given_writes(const tracker *self);

/* Takes out pitches that a given onset forbids in a slot, if it leaves some. */
void tracker_given_room(const tracker *self, int slot, uint64_t pitches[2]);

/* Lets what is given stand in a mask; returns how many tokens are allowed then. */
int tracker_given_shape(const tracker *self, uint8_t mask[VOCABULARY_SIZE], int count);

/* What the network sees of them. */
void tracker_features_of_given(const tracker *self, int32_t *row);

/* Before time moves on: keeps the chord of this point. */
void voice_leading_leave(tracker *self);

/* Before a note is struck: counts what it makes. */
void voice_leading_hear(tracker *self, int slot, int pitch);

/* Takes out the pitches that rules of voice leading forbid in a slot now; never all of them. Returns whether what is left keeps to
 * these rules. */
int voice_leading_room(const tracker *self, int slot, uint64_t pitches[2]);

/* A bar begins: who has the tune in it. */
void phrase_end_begin_bar(tracker *self);

/* A note is struck. */
void phrase_end_hear(tracker *self, int slot, int pitch);

/* Takes out of a mask of `count` tokens what would not let a phrase close; never all of it. Returns how many are left. */
int phrase_end_shape(const tracker *self, uint8_t mask[VOCABULARY_SIZE], int count);

/* Takes out of a mask of `count` tokens what would let a kit that is told to play miss a beat; never all of it. Returns how many
 * are left. */
int kit_shape(const tracker *self, uint8_t mask[VOCABULARY_SIZE], int count);

/* Leaves the bass, at bar lines before a cadence, the root of the chord, if it can strike it. */
void root_position_room(const tracker *self, int slot, uint64_t pitches[2]);

/* Whether the wishes tell a slot (DRUM_SLOT: the kit) to rest in this bar, and the rule is that it does. */
int tracker_rests(const tracker *self, int slot);

/* The next tick at which something could be struck, INT64_MAX where rules let nothing. */
int64_t tracker_next_strike(const tracker *self);

/* As tracker_room, whether or not another slot has to strike first. */
int tracker_room_of(const tracker *self, int slot, uint64_t pitches[2]);

static inline int has_exercise_rules(const tracker *self) { return has_exercise(&self->rules.exercise); }

/* Before a note is struck, and before one that is over is forgotten. */
void exercise_hear(tracker *self, int slot, int pitch);
void exercise_over(tracker *self, const sounding_note *note);

/* When a bar begins. */
void exercise_begin_bar(tracker *self);

/* Takes out the pitches that a slot may not strike now; and whether it may strike at all, at a later tick if nothing is struck
 * before. */
void exercise_room(const tracker *self, int slot, uint64_t pitches[2]);
int exercise_lets(const tracker *self, int slot, int64_t tick);

/* Before a note is struck; and takes out the pitches that would complete a run that is known. */
void original_hear(tracker *self, int slot, int pitch);
void original_room(const tracker *self, int slot, uint64_t pitches[2]);

/* Whether this tempo may be the next. */
int exercise_is_tempo(const tracker *self, int tempo);

/* Whether the bar has had its notes. */
int exercise_is_full(const tracker *self);

/* Whether something may begin at this tick of the bar, counted from its line (grid). */
int exercise_is_place(const tracker *self, int64_t position);

/* What has to strike before time goes on: the lowest such slot; SLOT_COUNT = anything at all; -1 = nothing. */
int exercise_due(const tracker *self);

/* The last slot that may strike now: those after it wait for it. */
int exercise_last_slot(const tracker *self);

/* The last tick that time may move on to from here. */
int64_t exercise_until(const tracker *self);

/* Whether the note that was struck last may last so long. */
int exercise_is_duration(const tracker *self, int64_t ticks);

/* The lowest `count` bits of a word. */
static inline uint64_t lowest_bits(int count) {
    return count <= 0 ? 0 : count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << count) - 1;
}

static inline int in_family(int token, int first, int count) { return token >= first && token < first + count; }
static inline int is_shift_fine(int token) { return in_family(token, TOKEN_SHIFT_FINE, FINE_COUNT); }
static inline int is_shift_big(int token) { return in_family(token, TOKEN_SHIFT_BIG, BIG_COUNT); }
static inline int is_shift(int token) { return is_shift_fine(token) || is_shift_big(token); }
static inline int is_note(int token) { return in_family(token, TOKEN_NOTE, PITCH_COUNT); }
static inline int is_slot(int token) { return in_family(token, TOKEN_SLOT, SLOT_COUNT); }
static inline int is_program(int token) { return in_family(token, TOKEN_PROGRAM, PROGRAM_COUNT); }
static inline int is_velocity(int token) { return in_family(token, TOKEN_VELOCITY, VELOCITY_COUNT); }
static inline int is_signature(int token) { return signature_of(token) >= 0; }
static inline int is_tempo(int token) { return in_family(token, TOKEN_TEMPO, TEMPO_COUNT); }
static inline int is_duration_big(int token) { return in_family(token, TOKEN_DURATION_BIG, BIG_COUNT); }

/* Whether eighths come in threes. */
static inline int tracker_is_dotted(const tracker *self) {
    return self->signature >= 0 && TIME_SIGNATURES[self->signature].beat_ticks == DOTTED_BEAT;
}

/* Whether something may begin so many ticks after the bar line, as the rule `onsets` has it. */
static inline int tracker_is_onset(const tracker *self, int64_t position) {
    const int dotted = tracker_is_dotted(self);
    const uint64_t places = self->rules.onsets[dotted];
    return !places || places >> (position % (dotted ? DOTTED_BEAT : TICKS_PER_BEAT)) & 1;
}

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* Bars of the piece, an upbeat that is not counted among them included; 0 = any number. */
static inline int64_t bars_of(const tracker *self) { return self->rules.bars ? self->rules.bars + self->upbeat : 0; }

/* Whether it is the first half of the first bar, and nothing was struck yet. */
static inline int before_upbeat(const tracker *self) {
    return self->bars == 1 && 2 * (self->now - self->bar_start) < self->bar_length && !self->history[1].count;
}

/* Whether repetition is asked for. */
static inline int tracker_repeats(const tracker *self) { return self->source > 0 || self->wishes[WISH_LIKENESS] > 1; }

/* The last tick at which something should be struck. */
static inline int64_t silent_until(const tracker *self) { return self->watch.onset + self->rules.stuck_after; }

/* Place in `history` of the bar that was so many bars ago; 0 is the running one. */
static inline size_t bar_ago(const tracker *self, int64_t bars) {
    return (uint64_t)(self->bars - bars) & (HISTORY_BARS - 1);
}

/* Position of the token that comes next in the source bar. Tokens that need not be written again are skipped: the meter, and
 * a slot that is the running one now. */
static inline uint32_t next_on_source(const tracker *self) {
    uint32_t source = self->source_at;
    while (source != self->written) {
        int token = self->window[source % WINDOW];
        if (!is_signature(token) && !(is_slot(token) && token - TOKEN_SLOT == self->slot))
            break;
        source++;
    }
    return source;
}

#endif
