/* What comes back does: a bar goes on as the bar did that it repeats, and the kit keeps its beat. */
#include "returns.h"

#include "tracker_parts.h"

enum { QUARTERS = 4, NONE = -1, LOOK_BACK = 512 /* tokens, for the slot that ran as a bar began */ };

/* Something that was struck in the bar that comes back. */
typedef struct {
    int64_t position; /* ticks from the bar line */
    int slot;         /* DRUM_SLOT: the kit */
    int what;         /* home pitch, or the number of a drum */
    int big, fine;    /* tokens of its duration, 0 = it has none of these */
} sound;

/* A place in that bar. */
typedef struct {
    uint32_t at; /* in the window */
    int64_t position;
    int slot;
} reader;

static int word(const tracker *self, uint32_t at) { return self->window[at % WINDOW]; }

/* The beginning of the bar that was so many bars ago. Returns whether it is remembered. */
static int open_bar(const tracker *self, int ago, reader *reader) {
    if (ago < 1 || ago > SOURCE_MOST || ago >= self->bars)
        return 0;
    reader->at = self->bar_written[bar_ago(self, ago)];
    reader->position = 0;
    reader->slot = 0;
    if (self->written - reader->at >= WINDOW - LOOK_BACK)
        return 0;
    const uint32_t first = self->begun;
    for (uint32_t back = 1; back <= LOOK_BACK && reader->at - back + 1 != first; back++) {
        const int token = word(self, reader->at - back);
        if (!is_slot(token))
            continue;
        if (!is_program(word(self, reader->at - back + 1))) /* else it was declared there */
            reader->slot = token - TOKEN_SLOT;
        break;
    }
    return 1;
}

/* Reads on to the next sound. Returns whether the bar has one. */
static int read_sound(const tracker *self, reader *reader, sound *found) {
    while (reader->at != self->written) {
        const int token = word(self, reader->at++);
        if (token == TOKEN_BAR)
            return 0;
        if (is_shift_fine(token)) {
            reader->position += token - TOKEN_SHIFT_FINE + 1;
        } else if (is_shift_big(token)) {
            reader->position += (int64_t)(token - TOKEN_SHIFT_BIG + 1) * BIG_STEP;
        } else if (is_slot(token)) {
            reader->slot = token - TOKEN_SLOT;
        } else if (in_family(token, TOKEN_DRUM, DRUM_COUNT)) {
            *found = (sound){reader->position, DRUM_SLOT, token - TOKEN_DRUM, 0, 0};
            return 1;
        } else if (is_note(token)) {
            *found = (sound){reader->position, reader->slot, token - TOKEN_NOTE, 0, 0};
            if (reader->at != self->written && is_duration_big(word(self, reader->at)))
                found->big = word(self, reader->at++);
            if (reader->at != self->written && in_family(word(self, reader->at), TOKEN_DURATION_FINE, FINE_COUNT))
                found->fine = word(self, reader->at++);
            return 1;
        }
    }
    return 0;
}

/* Whether it may still be struck at this point in time, in the order of tokens. */
static int is_to_come(const tracker *self, const sound *it) {
    if (it->slot == DRUM_SLOT)
        return self->point_slot < 0 && !self->after_slot && it->what > self->point_drum;
    if (self->after_slot)
        return it->slot == self->slot;
    return it->slot > self->point_slot ||
           (it->slot == self->point_slot && it->what < tracker_home_pitch(self, self->point_pitch));
}

/* The token that strikes it, or leads there. */
static int way_to(const tracker *self, const sound *it, const uint8_t *mask) {
    if (it->slot == DRUM_SLOT)
        return TOKEN_DRUM + it->what;
    if (it->slot != self->slot)
        return TOKEN_SLOT + it->slot;
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        if (mask[TOKEN_NOTE + pitch] && tracker_home_pitch(self, pitch) == it->what)
            return TOKEN_NOTE + pitch;
    return NONE;
}

/* Whether a quarter of the bar comes back. */
static int comes_back(const tracker *self, int64_t position, int quarters) {
    return quarters >> (QUARTERS * position / self->bar_length) & 1;
}

static int any(const uint8_t *mask, int first, int count) {
    for (int i = 0; i < count; i++)
        if (mask[first + i])
            return 1;
    return 0;
}

/* ---- what is due --------------------------------------------------------------------------------------- */

typedef struct {
    int token;        /* that strikes what is due at this point, or leads there; NONE */
    int64_t position; /* of what is due next, here or later; the length of the bar where nothing is */
    int known;        /* whether they struck in that bar at all */
} due;

/* Of the kit, or of the others, in the bar that was so many bars ago. */
static due find_due(const tracker *self, int ago, int of_kit, const uint8_t *mask) {
    const int64_t here = self->now - self->bar_start;
    due found = {NONE, self->bar_length, 0};
    reader reader;
    sound it;
    if (!open_bar(self, ago, &reader))
        return found;
    while (read_sound(self, &reader, &it) && it.position < self->bar_length) {
        if ((it.slot == DRUM_SLOT) != of_kit)
            continue;
        found.known = 1;
        if (tracker_rests(self, it.slot) || it.position < here)
            continue;
        if (it.position > here) {
            found.position = it.position;
            return found;
        }
        if (!is_to_come(self, &it))
            continue;
        const int token = way_to(self, &it, mask);
        if (token < 0 || (!mask[token] && !any(mask, TOKEN_VELOCITY, VELOCITY_COUNT)))
            continue; /* rules do not let it: what comes after it is due */
        found.position = here;
        found.token = token;
        return found;
    }
    return found;
}

/* How the note that was struck last went on there. */
static int duration_of(const tracker *self, int ago, int after_big) {
    reader reader;
    sound it;
    if (!open_bar(self, ago, &reader))
        return NONE;
    while (read_sound(self, &reader, &it))
        if (it.position == self->now - self->bar_start && it.slot == self->point_slot &&
            it.what == tracker_home_pitch(self, self->point_pitch))
            return after_big || !it.big ? it.fine ? it.fine : NONE : it.big;
    return NONE;
}

/* ---- what that means for the next token ------------------------------------------------------------------ */

static void lower(float *logits, int first, int count, float by) {
    for (int token = first; token < first + count; token++)
        logits[token] -= by;
}

/* Whose velocity may come before a token: a slot, DRUM_SLOT, or NONE. */
static int louder(const tracker *self, int kept) {
    if (in_family(kept, TOKEN_DRUM, DRUM_COUNT))
        return DRUM_SLOT;
    return is_note(kept) ? self->slot : NONE;
}

/* Everything but one token, and the velocities that may come before it; also what is not allowed, which may be read as something
 * that is (piece.h). */
static void lower_all_but(const tracker *self, float *logits, int kept, float by) {
    const int slot = louder(self, kept);
    for (int token = 0; token < VOCABULARY_SIZE; token++)
        if (token != kept && !(slot >= 0 && is_velocity(token) && token - TOKEN_VELOCITY != self->velocity[slot]))
            logits[token] -= by;
}

/* Strokes of the kit, and velocities where they can be for nothing else. */
static void lower_strokes(const tracker *self, float *logits, float by) {
    uint64_t pitches[2];
    lower(logits, TOKEN_DRUM, DRUM_COUNT, by);
    if (self->slot < 0 || !tracker_room(self, self->slot, pitches))
        lower(logits, TOKEN_VELOCITY, VELOCITY_COUNT, by);
    else if (self->velocity[self->slot] >= 0)
        lower(logits, TOKEN_VELOCITY + self->velocity[self->slot], 1, by);
}

/* Steps of time to before a place in the bar, or beyond it and the end of the bar. */
static void lower_steps(const tracker *self, float *logits, int64_t position, int beyond, float by) {
    const int64_t step = position - (self->now - self->bar_start);
    for (int64_t ticks = 1; ticks <= FINE_COUNT; ticks++)
        if (beyond ? ticks > step : ticks < step)
            lower(logits, TOKEN_SHIFT_FINE + (int)ticks - 1, 1, by);
    for (int64_t count = 1; count <= BIG_COUNT; count++)
        if (beyond ? count * BIG_STEP > step : count * BIG_STEP + FINE_COUNT < step)
            lower(logits, TOKEN_SHIFT_BIG + (int)count - 1, 1, by);
    if (beyond) {
        lower(logits, TOKEN_BAR, 1, by);
        lower(logits, TOKEN_EOS, 1, by);
    }
}

/* The first place from here on that does not come back, at most the end of the bar. */
static int64_t first_new(const tracker *self, int quarters) {
    int64_t position = self->now - self->bar_start;
    while (position < self->bar_length && comes_back(self, position, quarters))
        position++;
    return position;
}

static int step_to(const tracker *self, int64_t position) {
    const int64_t step = position - (self->now - self->bar_start);
    if (position >= self->bar_length)
        return TOKEN_BAR;
    return step < BIG_STEP ? TOKEN_SHIFT_FINE + (int)step - 1 : TOKEN_SHIFT_BIG + (int)(step / BIG_STEP) - 1;
}

/* Nothing more is struck here, and nothing before `next`; nor before what is new, if that comes first. */
static void shape_step(const tracker *self, int64_t next, int quarters, float *logits, float by) {
    const int64_t until = first_new(self, quarters);
    if (self->after_slot || self->pending_velocity >= 0 || next <= self->now - self->bar_start)
        return; /* something has to be struck, or given time has come */
    if (next <= until) {
        lower_all_but(self, logits, step_to(self, next), by);
        return;
    }
    lower(logits, TOKEN_SLOT, SLOT_COUNT, by);
    lower(logits, TOKEN_NOTE, PITCH_COUNT, by);
    lower(logits, TOKEN_DRUM, DRUM_COUNT, by);
    lower(logits, TOKEN_VELOCITY, VELOCITY_COUNT, by);
    lower_steps(self, logits, until, 0, by);
}

static void shape_parts(const tracker *self, const returns *back, due kit, const uint8_t *mask, float *logits) {
    int token = NONE;
    if (is_note(self->last) || self->last_big)
        token = duration_of(self, back->ago, self->last_big);
    if (token < 0 && !is_note(self->last)) {
        const due part = find_due(self, back->ago, 0, mask);
        if (part.token < 0) {
            shape_step(self, smaller(part.position, kit.position), back->quarters, logits, back->parts);
            return;
        }
        token = part.token;
    }
    if (token >= 0 && mask[token])
        lower_all_but(self, logits, token, back->parts);
}

/* Out of what is new: no step leads to where something comes back, but for where it strikes, and none beyond that. */
static void shape_way_back(const tracker *self, const returns *back, float *logits) {
    const int64_t here = self->now - self->bar_start;
    uint8_t struck[LONGEST_BAR + 1] = {0};
    reader reader;
    sound it;
    if (!open_bar(self, back->ago, &reader))
        return;
    while (read_sound(self, &reader, &it))
        if (it.position <= LONGEST_BAR && !tracker_rests(self, it.slot))
            struck[it.position] = 1;
    for (int64_t ticks = 1; ticks <= FINE_COUNT && here + ticks < self->bar_length; ticks++)
        if (comes_back(self, here + ticks, back->quarters) && !struck[here + ticks])
            lower(logits, TOKEN_SHIFT_FINE + (int)ticks - 1, 1, back->parts);
    int64_t first = here + 1;
    while (first < self->bar_length && !(struck[first] && comes_back(self, first, back->quarters)))
        first++;
    if (first < self->bar_length)
        lower_steps(self, logits, first, 1, back->parts);
}

void returns_shape(const tracker *self, const returns *back, const uint8_t mask[VOCABULARY_SIZE], float logits[VOCABULARY_SIZE]) {
    const int64_t here = self->now - self->bar_start;
    if (self->time_base != TIME_BASE_GRID || self->header || self->finished || self->signature < 0 || here >= self->bar_length)
        return;
    const int all = back->ago && back->parts > 0 && comes_back(self, here, back->quarters); /* the kit, too */
    const int beat = !all && back->kit_ago && back->kit > 0 && comes_back(self, here, back->kit_quarters);
    const float by = all ? back->parts : back->kit;
    const due none = {NONE, self->bar_length, 0};
    const due kit = all || beat ? find_due(self, all ? back->ago : back->kit_ago, 1, mask) : none;
    if (kit.token >= 0) {
        if (mask[kit.token])
            lower_all_but(self, logits, kit.token, by);
        return;
    }
    if (beat && kit.known) {
        lower_strokes(self, logits, by);
        if (kit.position < self->bar_length)
            lower_steps(self, logits, kit.position, 1, by);
    }
    if (all)
        shape_parts(self, back, kit, mask, logits);
    else if (back->ago && back->parts > 0 && back->quarters)
        shape_way_back(self, back, logits);
}
