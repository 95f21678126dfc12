/* Reading and writing go through the same lines, so they cannot disagree. */
#include "snapshot.h"

#include <string.h>

#include "tracker_parts.h"

typedef struct {
    uint8_t *out;      /* NULL when reading */
    const uint8_t *in; /* NULL when writing */
    size_t at, size;
    int damaged;
} tape;

/* A value of so many bytes, the low ones first, from lowest to highest; passed through when writing. */
static int64_t number(tape *tape, int64_t value, int bytes, int64_t lowest, int64_t highest) {
    if (tape->damaged || tape->at + (size_t)bytes > tape->size) {
        tape->damaged = 1;
        return lowest;
    }
    if (tape->out) {
        for (int i = 0; i < bytes; i++)
            tape->out[tape->at++] = (uint8_t)((uint64_t)value >> 8 * i);
        return value;
    }
    uint64_t bits = 0;
    for (int i = 0; i < bytes; i++)
        bits |= (uint64_t)tape->in[tape->at++] << 8 * i;
    if (bytes < 8 && lowest < 0 && bits >> (8 * bytes - 1))
        bits |= ~(uint64_t)0 << 8 * bytes;
    memcpy(&value, &bits, sizeof value);
    if (value >= lowest && value <= highest)
        return value;
    tape->damaged = 1;
    return lowest;
}

static uint64_t bits64(tape *tape, uint64_t value) {
    return (uint64_t)number(tape, (int64_t)value, 8, INT64_MIN, INT64_MAX);
}

static int8_t home_shift(tape *tape, int value) {
    const int found = (int)number(tape, value == SHIFT_UNKNOWN ? SHIFT_COUNT : value - SHIFT_LOWEST, 1, 0, SHIFT_COUNT);
    return (int8_t)(found == SHIFT_COUNT ? SHIFT_UNKNOWN : found + SHIFT_LOWEST);
}

static int flag(tape *tape, int value) { return (int)number(tape, value, 1, 0, 1); }

enum { TICKS_MOST = 1 << 30 };
#define FAR_MOST ((int64_t)1 << 50) /* ticks and bars since the beginning: no music comes so far, and sums stay in range */

static void pass_exercise_rules(tape *tape, exercise_rules *rules, const tracker_rules *beside) {
    rules->note_values = (uint8_t)flag(tape, rules->note_values);
    rules->leap = (uint8_t)number(tape, rules->leap, 1, 0, PITCH_COUNT - 1);
    rules->step_share = (uint8_t)number(tape, rules->step_share, 1, 0, 100);
    rules->rest = (uint8_t)number(tape, rules->rest, 1, 0, 101);
    rules->hands = (uint8_t)number(tape, rules->hands, 1, HANDS_FREE, HANDS_APART);
    rules->answer = (uint8_t)number(tape, rules->answer, 1, 0, ANSWER_MOST);
    rules->onsets_most = (uint8_t)number(tape, rules->onsets_most, 1, 0, 255);
    rules->onsets_more = (uint8_t)number(tape, rules->onsets_more, 1, 0, 255);
    rules->register_move = (uint8_t)number(tape, rules->register_move, 1, 0, PITCH_COUNT - 1);
    rules->tempo_lowest = (uint8_t)number(tape, rules->tempo_lowest, 1, 0, TEMPO_COUNT - 1);
    rules->tempo_highest = (uint8_t)number(tape, rules->tempo_highest, 1, 0, TEMPO_COUNT);
    if (rules->tempo_highest && rules->tempo_highest <= rules->tempo_lowest)
        tape->damaged = 1;
    rules->tempo_change = (int32_t)number(tape, rules->tempo_change, 2, 0, 1000);
    rules->answer_from = (int32_t)number(tape, rules->answer_from, 4, 0, TICKS_MOST);
    exercise_prepare(rules, beside->durations, DURATION_WORDS);
}

static void pass_rules(tape *tape, tracker_rules *rules) {
    rules->scale = (uint16_t)number(tape, rules->scale, 2, 0, 0xFFF);
    for (int i = 0; i < SLOT_COUNT; i++) {
        rules->lowest[i] = (uint8_t)number(tape, rules->lowest[i], 1, 0, PITCH_COUNT - 1);
        rules->highest[i] = (uint8_t)number(tape, rules->highest[i], 1, 0, PITCH_COUNT - 1);
        rules->polyphony[i] = (uint8_t)number(tape, rules->polyphony[i], 1, 0, 255);
    }
    rules->programs[0] = bits64(tape, rules->programs[0]);
    rules->programs[1] = bits64(tape, rules->programs[1]);
    for (int i = 0; i < 2 * SLOT_COUNT; i++)
        rules->slot_programs[i / 2][i % 2] = bits64(tape, rules->slot_programs[i / 2][i % 2]);
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        rules->program_lowest[i] = (uint8_t)number(tape, rules->program_lowest[i], 1, 0, PITCH_COUNT - 1);
        rules->program_highest[i] = (uint8_t)number(tape, rules->program_highest[i], 1, 0, PITCH_COUNT - 1);
    }
    for (int i = 0; i < 2; i++)
        rules->onsets[i] = bits64(tape, rules->onsets[i]);
    for (int i = 0; i < DURATION_WORDS; i++)
        rules->durations[i] = bits64(tape, rules->durations[i]);
    rules->drums = bits64(tape, rules->drums);
    rules->slots = (int32_t)number(tape, rules->slots, 1, 0, SLOT_COUNT);
    rules->bars = (int32_t)number(tape, rules->bars, 4, 0, 1 << 20);
    rules->ticks = (int32_t)number(tape, rules->ticks, 4, 0, TICKS_MOST);
    rules->longest = (int32_t)number(tape, rules->longest, 2, 0, LONGEST_DURATION);
    rules->stuck_after = (int32_t)number(tape, rules->stuck_after, 4, 0, TICKS_MOST);
    rules->meters = (uint32_t)number(tape, rules->meters, 4, 0, ALL_METERS);
    rules->fixed_meter = (uint8_t)flag(tape, rules->fixed_meter);
    rules->fixed_tempo = (uint8_t)flag(tape, rules->fixed_tempo);
    rules->downbeat = (uint8_t)flag(tape, rules->downbeat);
    rules->upbeat = (uint8_t)number(tape, rules->upbeat, 1, UPBEAT_COUNTED, UPBEAT_DUE);
    rules->parallels = (uint8_t)number(tape, rules->parallels, 1, LEADING_ALLOWED, LEADING_FORBIDDEN);
    rules->crossing = (uint8_t)number(tape, rules->crossing, 1, LEADING_ALLOWED, LEADING_FORBIDDEN);
    rules->cadences = (uint8_t)number(tape, rules->cadences, 1, 0, CADENCES_OPEN_TOO);
    rules->rests = (uint8_t)flag(tape, rules->rests);
    rules->kit_beats = (uint8_t)flag(tape, rules->kit_beats);
    rules->endless = (uint8_t)flag(tape, rules->endless);
}

static void pass_place(tape *tape, tracker *self) {
    self->time_base = (uint8_t)number(tape, self->time_base, 1, TIME_BASE_GRID, TIME_BASE_PERFORMANCE);
    for (int i = 0; i < WISH_COUNT; i++)
        self->wishes[i] =
            (uint8_t)number(tape, self->wishes[i], 1, 0, wish_family(i)->count - 1);
    for (int i = 0; i < CHORD_BARS * CHORD_CELLS; i++)
        self->chords[i / CHORD_CELLS][i % CHORD_CELLS] =
            (uint8_t)number(tape, self->chords[i / CHORD_CELLS][i % CHORD_CELLS], 1, 0, CHORD_NONE);
    for (int i = 0; i < SLOT_COUNT; i++)
        self->role[i] = (uint8_t)number(tape, self->role[i], 1, 0, ROLE_COUNT - 1);
    self->tutti = (uint8_t)number(tape, self->tutti, 1, 0, CLOSES);
    self->shift = home_shift(tape, self->shift);
    self->source = (int8_t)number(tape, self->source, 1, SOURCE_NOWHERE, SOURCE_MOST);
    self->now = number(tape, self->now, 8, 0, FAR_MOST);
    self->bar_start = number(tape, self->bar_start, 8, 0, self->now);
    self->bars = number(tape, self->bars, 8, 0, FAR_MOST);
    self->signature = (int32_t)number(tape, self->signature, 1, -1, SIGNATURE_COUNT - 1);
    self->bar_length = self->signature < 0 ? WHOLE_NOTE : TIME_SIGNATURES[self->signature].ticks;
    self->tempo = (int32_t)number(tape, self->tempo, 1, -1, TEMPO_COUNT - 1);
    self->last = (int32_t)number(tape, self->last, 2, -1, VOCABULARY_SIZE - 1);
    self->last_big = (int32_t)number(tape, self->last_big, 2, 0, BIG_COUNT * BIG_STEP);
    self->header = (uint8_t)flag(tape, self->header);
    self->finished = (uint8_t)flag(tape, self->finished);
    self->after_slot = (uint8_t)flag(tape, self->after_slot);
    self->upbeat = (uint8_t)flag(tape, self->upbeat);
}

static void pass_voices(tape *tape, tracker *self) {
    self->declared = (int32_t)number(tape, self->declared, 1, 0, SLOT_COUNT);
    self->slot = (int32_t)number(tape, self->slot, 1, -1, SLOT_COUNT - 1);
    for (int i = 0; i < SLOT_COUNT; i++) {
        self->program[i] = (int16_t)number(tape, self->program[i], 2, -1, PROGRAM_COUNT - 1);
        self->pitch[i] = (int16_t)number(tape, self->pitch[i], 2, -1, PITCH_COUNT - 1);
    }
    for (int i = 0; i <= SLOT_COUNT; i++)
        self->velocity[i] = (int16_t)number(tape, self->velocity[i], 1, -1, VELOCITY_COUNT - 1);
    self->pending_velocity = (int16_t)number(tape, self->pending_velocity, 1, -1, VELOCITY_COUNT - 1);
    self->point_slot = (int32_t)number(tape, self->point_slot, 1, -1, SLOT_COUNT - 1);
    self->point_pitch = (int32_t)number(tape, self->point_pitch, 2, 0, PITCH_COUNT);
    self->point_drum = (int32_t)number(tape, self->point_drum, 1, -1, DRUM_COUNT - 1);
    self->point_highest = (int32_t)number(tape, self->point_highest, 1, -1, PITCH_COUNT - 1);
    self->struck_count = (int32_t)number(tape, self->struck_count, 4, 0, TICKS_MOST);
    for (int i = 0; i < SIMULTANEOUS_WIDTH; i++)
        self->struck[i] = (uint8_t)number(tape, self->struck[i], 1, 0, ONSET_COUNT - 1);
}

static void pass_sounding(tape *tape, tracker *self) {
    self->sounding_count = (int32_t)number(tape, self->sounding_count, 2, 0, SOUNDING_MOST);
    for (int i = 0; i < self->sounding_count; i++) {
        sounding_note *note = &self->sounding[i];
        note->end = number(tape, note->end, 8, 0, FAR_MOST);
        note->slot = (uint8_t)number(tape, note->slot, 1, 0, SLOT_COUNT - 1);
        note->pitch = (uint8_t)number(tape, note->pitch, 1, 0, PITCH_COUNT - 1);
        if (tape->in && !tape->damaged) {
            self->sounding_in_slot[note->slot]++;
            self->sounding_pitches[note->slot][note->pitch >> 6] |= (uint64_t)1 << (note->pitch & 63);
        }
    }
}

/* A duration is written to the note struck last. */
static void check_durations(tape *tape, const tracker *self) {
    if ((is_note(self->last) || self->last_big) && !self->sounding_count)
        tape->damaged = 1;
}

static void pass_bars(tape *tape, tracker *self) {
    for (int i = 0; i < HISTORY_BARS; i++) {
        bar_history *bar = &self->history[i];
        bar->count = (int32_t)number(tape, bar->count, 1, 0, HISTORY_ONSETS);
        for (int k = 0; k < bar->count; k++) {
            bar->position[k] = (uint16_t)number(tape, bar->position[k], 2, k ? bar->position[k - 1] : 0, LONGEST_BAR - 1);
            bar->onset[k] = (uint8_t)number(tape, bar->onset[k], 1, 0, ONSET_COUNT - 1);
        }
        bar->shift = home_shift(tape, bar->shift);
        if (tape->in)
            tracker_index_bar(bar);
        self->bar_written[i] = (uint32_t)number(tape, self->bar_written[i], 4, 0, UINT32_MAX);
    }
    /* What is struck next comes after what the running bar holds. */
    const bar_history *bar = &self->history[bar_ago(self, 0)];
    if (bar->count && bar->position[bar->count - 1] > self->now - self->bar_start)
        tape->damaged = 1;
}

/* The musical tokens that are remembered. Indexing them again fills the tables; suffixes from before the window are out of
 * reach anyway. */
static void pass_window(tape *tape, tracker *self) {
    uint32_t written = (uint32_t)number(tape, self->written, 4, 0, UINT32_MAX);
    uint32_t begun = (uint32_t)number(tape, self->begun, 4, 0, UINT32_MAX);
    uint32_t held = written - begun < WINDOW ? written - begun : WINDOW;
    if (tape->in)
        self->begun = self->written = written - held;
    for (uint32_t at = written - held; at != written && !tape->damaged; at++) {
        int token = (int)number(tape, self->window[at % WINDOW], 2, 0, VOCABULARY_SIZE - 1);
        if (tape->in)
            tracker_index_suffix(self, token);
    }
    self->begun = begun;
    self->on_source = (uint8_t)flag(tape, self->on_source);
    self->source_at = (uint32_t)number(tape, self->source_at, 4, 0, UINT32_MAX);
    if (self->on_source && written - self->source_at > held)
        tape->damaged = 1;
    for (int64_t bars = 0; bars < smaller(self->bars, HISTORY_BARS); bars++)
        if (written - self->bar_written[bar_ago(self, bars)] > written - begun)
            tape->damaged = 1; /* a bar before the piece */
}

static void pass_leading(tape *tape, voice_leading *leading) {
    for (int i = 0; i < SLOT_COUNT; i++) {
        leading->lowest[i] = (int8_t)number(tape, leading->lowest[i], 1, -1, PITCH_COUNT - 1);
        leading->highest[i] = (int8_t)number(tape, leading->highest[i], 1, -1, PITCH_COUNT - 1);
    }
    leading->voices = (uint16_t)number(tape, leading->voices, 2, 0, UINT16_MAX);
    leading->parallels = (uint32_t)number(tape, leading->parallels, 4, 0, UINT32_MAX);
    leading->crossings = (uint32_t)number(tape, leading->crossings, 4, 0, UINT32_MAX);
}

static void pass_phrase_end(tape *tape, const tracker *self, phrase_end *rest) {
    rest->slot = (int8_t)number(tape, rest->slot, 1, -1, SLOT_COUNT - 1);
    rest->last_at = number(tape, rest->last_at, 8, -1, self->now);
    rest->rest_at = number(tape, rest->rest_at, 8, -1, self->now);
    rest->longest = (int32_t)number(tape, rest->longest, 2, 0, LONGEST_BAR);
    rest->rest = (int32_t)number(tape, rest->rest, 2, 0, LONGEST_BAR);
}

static void pass_watch(tape *tape, tracker *self) {
    watchdog *watch = &self->watch;
    watch->onset = number(tape, watch->onset, 8, 0, FAR_MOST);
    watch->place = (uint32_t)number(tape, watch->place, 1, 0, WATCH_PERIOD - 1);
    for (int i = 0; i < WATCH_PERIOD; i++) {
        watch->heard[i] = watch->heard[i + WATCH_PERIOD] = (uint32_t)number(tape, watch->heard[i], 4, 0, UINT32_MAX);
        watch->again[i] = (uint32_t)number(tape, watch->again[i], 4, 0, UINT32_MAX);
    }
    watch->period = (int32_t)number(tape, watch->period, 1, 0, WATCH_PERIOD);
    watch->calm = (int32_t)number(tape, watch->calm, 1, 0, WATCH_CALM);
    watch->interventions = (uint32_t)number(tape, watch->interventions, 4, 0, UINT32_MAX);
    int sound = 0;
    if (!tape->damaged && watch->period && (watchdog_expects(watch, &sound), sound >= ONSET_COUNT))
        tape->damaged = 1; /* no such note exists */
}

/* Under tokens that no mask allows time may go back, so these may lie beyond now. */
static void pass_lesson(tape *tape, exercise *lesson, int32_t sounding) {
    for (int i = 0; i < SLOT_COUNT; i++) {
        lesson->top[i] = (int8_t)number(tape, lesson->top[i], 1, -1, PITCH_COUNT - 1);
        lesson->credit[i] = (int32_t)number(tape, lesson->credit[i], 2, 0, EXERCISE_CREDIT_MOST);
        lesson->begun[i] = number(tape, lesson->begun[i], 8, -1, FAR_MOST);
        lesson->ended[i] = number(tape, lesson->ended[i], 8, 0, FAR_MOST);
        lesson->silent[i] = number(tape, lesson->silent[i], 8, -FAR_MOST, FAR_MOST);
    }
    lesson->point_notes = (int32_t)number(tape, lesson->point_notes, 2, 0, sounding);
    lesson->bar_lowest = (int8_t)number(tape, lesson->bar_lowest, 1, 0, PITCH_COUNT - 1);
    lesson->bar_highest = (int8_t)number(tape, lesson->bar_highest, 1, -1, PITCH_COUNT - 1);
    lesson->last_lowest = (int8_t)number(tape, lesson->last_lowest, 1, 0, PITCH_COUNT - 1);
    lesson->last_highest = (int8_t)number(tape, lesson->last_highest, 1, -1, PITCH_COUNT - 1);
}

static void pass_line(tape *tape, original_line *line) {
    line->onset = number(tape, line->onset, 8, 0, FAR_MOST);
    line->pitch = (int16_t)number(tape, line->pitch, 2, -1, PITCH_COUNT - 1);
    line->at = (uint8_t)number(tape, line->at, 1, 0, ORIGINAL_MOST - 1);
    line->count = (uint8_t)number(tape, line->count, 1, 0, ORIGINAL_MOST);
    for (int i = 1; i <= line->count; i++) {
        uint32_t *pair = &line->pairs[(unsigned)(line->at - i) & (ORIGINAL_MOST - 1)];
        *pair = (uint32_t)number(tape, *pair, 4, 0, UINT32_MAX);
    }
}

static void pass(tape *tape, tracker *self) {
    pass_rules(tape, &self->rules);
    pass_place(tape, self);
    pass_voices(tape, self);
    pass_sounding(tape, self);
    check_durations(tape, self);
    pass_bars(tape, self);
    pass_window(tape, self);
    pass_watch(tape, self);
    pass_leading(tape, &self->leading);
    pass_phrase_end(tape, self, &self->phrase_end);
    pass_exercise_rules(tape, &self->rules.exercise, &self->rules);
    pass_lesson(tape, &self->lesson, self->sounding_count);
    for (int i = 0; i < SLOT_COUNT; i++)
        pass_line(tape, &self->lines[i]);
}

size_t snapshot_write(const tracker *self, uint8_t out[SNAPSHOT_MOST]) {
    tape tape = {out, NULL, 0, SNAPSHOT_MOST, 0};
    pass(&tape, (tracker *)self); /* writing assigns to every member what it holds already */
    return tape.at;
}

int snapshot_read(tracker *self, const uint8_t *data, size_t size) {
    tape tape = {NULL, data, 0, size, 0};
    memset(self, 0, sizeof *self);
    tracker_init(self, TIME_BASE_GRID);
    pass(&tape, self);
    return tape.damaged || tape.at != size ? -1 : 0;
}
