/* What rules of exercises forbid. */
#include "exercise.h"

#include <string.h>

#include "tracker_parts.h"

enum { SILENCE_MOST = 2 * WHOLE_NOTE };

void exercise_prepare(exercise_rules *rules, const uint64_t *durations, int words) {
    memset(rules->places, 0, sizeof rules->places);
    rules->places[0] = 1;
    rules->shortest = 0;
    for (int ticks = words * 64 - 1; ticks > 0; ticks--)
        if (durations[ticks / 64] >> (ticks % 64) & 1)
            rules->shortest = ticks;
    for (int place = 1; place <= LONGEST_BAR; place++)
        for (int ticks = 1; ticks <= place; ticks++)
            if (durations[ticks / 64] >> (ticks % 64) & 1 && rules->places[(place - ticks) / 64] >> ((place - ticks) % 64) & 1)
                rules->places[place / 64] |= (uint64_t)1 << (place % 64);
}

void exercise_reset(exercise *self) {
    memset(self, 0, sizeof *self);
    memset(self->top, -1, sizeof self->top);
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        self->begun[slot] = -1;
    self->bar_lowest = self->last_lowest = PITCH_COUNT - 1;
    self->bar_highest = self->last_highest = -1;
}

static int is_grid(const tracker *self) { return self->time_base == TIME_BASE_GRID; }

/* ---- what is played ---------------------------------------------------------------------------------------- */

static int apart(int a, int b) { return a < b ? b - a : a - b; }

void exercise_hear(tracker *self, int slot, int pitch) {
    exercise *lesson = &self->lesson;
    if (self->point_slot != slot) { /* of the melody */
        const int move = lesson->top[slot] < 0 ? 0 : apart(lesson->top[slot], pitch), share = self->rules.exercise.step_share;
        if (lesson->top[slot] >= 0) {
            const int32_t credit = lesson->credit[slot] + (move > 0 && move <= STEP ? 100 - share : -share);
            lesson->credit[slot] = !share || credit < 0 ? 0 : credit > EXERCISE_CREDIT_MOST ? EXERCISE_CREDIT_MOST : credit;
        }
        lesson->top[slot] = (int8_t)pitch;
    }
    if (lesson->begun[slot] < 0)
        lesson->begun[slot] = self->now;
    else if (!self->sounding_in_slot[slot])
        lesson->silent[slot] += self->now - lesson->ended[slot];
    lesson->point_notes++;
    if (pitch < lesson->bar_lowest)
        lesson->bar_lowest = (int8_t)pitch;
    if (pitch > lesson->bar_highest)
        lesson->bar_highest = (int8_t)pitch;
}

void exercise_over(tracker *self, const sounding_note *note) {
    if (note->end > self->lesson.ended[note->slot])
        self->lesson.ended[note->slot] = note->end;
}

void exercise_begin_bar(tracker *self) {
    exercise *lesson = &self->lesson;
    if (lesson->bar_highest >= 0) {
        lesson->last_lowest = lesson->bar_lowest;
        lesson->last_highest = lesson->bar_highest;
    }
    lesson->bar_lowest = PITCH_COUNT - 1;
    lesson->bar_highest = -1;
}

int exercise_is_tempo(const tracker *self, int tempo) {
    const exercise_rules *rules = &self->rules.exercise;
    const int running = self->tempo;
    if (running >= 0 && rules->tempo_change) {
        if (self->now > self->bar_start || apart(TEMPO_BPM[tempo], TEMPO_BPM[running]) > rules->tempo_change)
            return 0;
        if (rules->tempo_highest && (running < rules->tempo_lowest || running >= rules->tempo_highest))
            return running < rules->tempo_lowest ? tempo > running && tempo < rules->tempo_highest
                                                 : tempo < running && tempo >= rules->tempo_lowest;
    }
    return !rules->tempo_highest || (tempo >= rules->tempo_lowest && tempo < rules->tempo_highest);
}

/* ---- pitches ----------------------------------------------------------------------------------------------- */

static uint64_t any(const uint64_t pitches[2]) { return pitches[0] | pitches[1]; }

static void between(const uint64_t from[2], int lowest, int highest, uint64_t pitches[2]) {
    for (int word = 0; word < 2; word++)
        pitches[word] = from[word] & lowest_bits(highest + 1 - 64 * word) & ~lowest_bits(lowest - 64 * word);
}

/* Keeps what lies between two pitches; where rules that do not change have nothing there, what is nearest. */
static void keep_between(const tracker *self, int slot, int lowest, int highest, uint64_t pitches[2]) {
    uint64_t known[2], left[2];
    lowest = lowest < 0 ? 0 : lowest;
    between(pitches, lowest, highest, left);
    tracker_pitches(self, slot, known);
    between(known, lowest, highest, known);
    for (int more = 1; more < PITCH_COUNT && !any(known) && !any(left); more++)
        between(pitches, lowest - more, highest + more, left);
    memcpy(pitches, left, sizeof left);
}

void exercise_room(const tracker *self, int slot, uint64_t pitches[2]) {
    const exercise_rules *rules = &self->rules.exercise;
    const exercise *lesson = &self->lesson;
    if (rules->register_move && is_grid(self) && lesson->last_highest >= 0)
        keep_between(self, slot, lesson->last_lowest - rules->register_move, lesson->last_highest + rules->register_move, pitches);
    const int top = lesson->top[slot];
    if (top < 0 || self->point_slot == slot)
        return;
    const int only_steps = rules->step_share && lesson->credit[slot] < rules->step_share;
    const int most = only_steps && (!rules->leap || rules->leap > STEP) ? STEP : rules->leap;
    if (most)
        keep_between(self, slot, top - most, top + most, pitches);
    uint64_t moved[2] = {pitches[0], pitches[1]};
    moved[top >> 6] &= ~((uint64_t)1 << (top & 63));
    if (only_steps && any(moved))
        memcpy(pitches, moved, sizeof moved);
}

int exercise_lets(const tracker *self, int slot, int64_t tick) {
    const int hands = self->rules.exercise.hands;
    if (!hands)
        return 1;
    const int64_t bar = self->bars - self->rules.exercise.answer_from - self->upbeat;
    if (hands == HANDS_APART && is_grid(self) && self->declared && slot != (bar < 0 ? 0 : bar / TURN % self->declared))
        return 0;
    const int before = tick == self->now ? self->sounding_count - self->lesson.point_notes : self->sounding_count;
    for (int i = 0; i < self->sounding_count; i++) {
        const sounding_note *note = &self->sounding[i];
        if (note->end > tick && (hands == HANDS_APART ? note->slot != slot : i < before))
            return 0;
    }
    return 1;
}

int exercise_is_full(const tracker *self) {
    const exercise_rules *rules = &self->rules.exercise;
    const int32_t count = self->history[bar_ago(self, 0)].count;
    if (!is_grid(self) || !self->bars)
        return 0;
    if (rules->onsets_most && count >= rules->onsets_most)
        return 1;
    return rules->onsets_more && self->bars > 1 && count >= self->history[bar_ago(self, 1)].count + rules->onsets_more - 1;
}

/* ---- time -------------------------------------------------------------------------------------------------- */

/* The bar that is answered, so many bars from the running one; NULL where none is. */
static const bar_history *answered(const tracker *self, int64_t ahead) {
    const exercise_rules *rules = &self->rules.exercise;
    const int64_t bar = self->bars + ahead, number = bar - rules->answer_from - self->upbeat;
    if (!rules->answer || !is_grid(self) || number < 0 || !(number / rules->answer & 1) ||
        (self->rules.bars && bar >= bars_of(self)))
        return NULL;
    return &self->history[(uint64_t)(bar - rules->answer) & (HISTORY_BARS - 1)];
}

/* The first onset of a bar after a position, or at it; -1 where there is none. */
static int onset_from(const bar_history *bar, int64_t position) {
    for (int i = 0; i < bar->count; i++)
        if (bar->position[i] >= position)
            return bar->position[i];
    return -1;
}

static int is_sum(const exercise_rules *rules, int64_t ticks) {
    return ticks >= 0 && ticks <= LONGEST_BAR && rules->places[ticks / 64] >> (ticks % 64) & 1;
}

/* Whether note values lead to this position of a bar, and one fits from there; without rests, whether they fill the bar too. */
static int is_value_place(const tracker *self, int64_t position) {
    const exercise_rules *rules = &self->rules.exercise;
    if (!rules->note_values)
        return 1;
    if (rules->rest == 1 && is_sum(rules, self->bar_length) && !is_sum(rules, self->bar_length - position))
        return 0;
    return is_sum(rules, position) && position + rules->shortest <= self->bar_length;
}

int exercise_is_place(const tracker *self, int64_t position) {
    const bar_history *call = answered(self, 0);
    return is_value_place(self, position) && (!call || onset_from(call, position) == position);
}

/* Whether something may begin at a tick from now on; of bars to come it is known which places they have. */
static int may_begin(const tracker *self, int64_t tick) {
    const int64_t position = tick - self->bar_start;
    if (!is_grid(self) || self->signature < 0)
        return 1;
    if (position < self->bar_length && !exercise_is_place(self, position))
        return 0;
    const int64_t place = position % self->bar_length;
    return is_value_place(self, place) && tracker_is_onset(self, place);
}

static int may_begin_within(const tracker *self, int64_t after, int64_t until) {
    while (++after <= until)
        if (may_begin(self, after))
            return 1;
    return 0;
}

/* When the notes of a slot that sound are all over. */
static int64_t end_of(const tracker *self, int slot) {
    int64_t end = self->lesson.ended[slot];
    for (int i = 0; i < self->sounding_count; i++)
        if (self->sounding[i].slot == slot && self->sounding[i].end > end)
            end = self->sounding[i].end;
    return end;
}

/* The last tick at which a slot strikes again whose notes are over at `end`. */
static int64_t rests_until(const tracker *self, int slot, int64_t end) {
    const int64_t share = self->rules.exercise.rest - 1;
    if (share >= 100)
        return end + SILENCE_MOST;
    const int64_t ticks =
        (share * (end - self->lesson.begun[slot]) - 100 * self->lesson.silent[slot]) / (100 - share);
    return end + (ticks < 0 ? 0 : smaller(ticks, SILENCE_MOST));
}

static int has_to_strike(const tracker *self, int slot) {
    uint64_t pitches[2];
    if (slot <= self->point_slot || !tracker_room_of(self, slot, pitches))
        return 0;
    if (self->rules.exercise.hands == HANDS_TOGETHER && self->point_slot >= 0)
        return 1;
    if (!self->rules.exercise.rest || self->lesson.begun[slot] < 0 || self->sounding_in_slot[slot])
        return 0;
    return !may_begin_within(self, self->now, rests_until(self, slot, end_of(self, slot)));
}

int exercise_due(const tracker *self) {
    const exercise_rules *rules = &self->rules.exercise;
    if (!rules->rest && !rules->answer && rules->hands != HANDS_TOGETHER)
        return -1;
    for (int slot = 0; slot < self->declared; slot++)
        if (has_to_strike(self, slot))
            return slot;
    const bar_history *call = answered(self, 0);
    const int64_t position = self->now - self->bar_start;
    return call && !self->struck_count && onset_from(call, position) == position ? SLOT_COUNT : -1;
}

int exercise_last_slot(const tracker *self) {
    if (self->rules.exercise.hands == HANDS_TOGETHER && self->point_slot < 0) {
        uint64_t pitches[2];
        for (int slot = 0; slot < self->declared; slot++)
            if (tracker_room_of(self, slot, pitches))
                return slot;
    }
    const int due = exercise_due(self);
    return due < 0 ? SLOT_COUNT : due;
}

int64_t exercise_until(const tracker *self) {
    const exercise_rules *rules = &self->rules.exercise;
    int64_t until = INT64_MAX;
    for (int slot = 0; slot < self->declared && rules->rest; slot++)
        if (self->lesson.begun[slot] >= 0)
            until = smaller(until, rests_until(self, slot, end_of(self, slot)));
    const bar_history *call = answered(self, 0);
    const int next = call ? onset_from(call, self->now - self->bar_start + 1) : -1;
    return next < 0 ? until : smaller(until, self->bar_start + next);
}

int exercise_is_duration(const tracker *self, int64_t ticks) {
    const exercise_rules *rules = &self->rules.exercise;
    const int64_t end = self->now + ticks, bar = self->bar_start + self->bar_length;
    const bar_history *call = answered(self, 0);
    if (rules->note_values && is_grid(self) && end > bar)
        return 0;
    if (call) {
        const int next = onset_from(call, self->now - self->bar_start + 1);
        if (next >= 0 && end > self->bar_start + next)
            return 0;
    }
    for (int ahead = 1; ahead <= ANSWER_MOST && end > bar + (ahead - 1) * self->bar_length; ahead++)
        if (answered(self, ahead))
            return 0;
    if (rules->hands == HANDS_TOGETHER && self->lesson.point_notes > 1 && self->lesson.point_notes <= self->sounding_count)
        return end == self->sounding[self->sounding_count - self->lesson.point_notes].end;
    const int slot = self->slot;
    if (!rules->rest || slot < 0 || self->lesson.begun[slot] < 0)
        return 1;
    return may_begin(self, end) || may_begin_within(self, end, rests_until(self, slot, end));
}
