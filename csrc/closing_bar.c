/* Who may strike in the closing bar, what, and how much. */
#include "closing_bar.h"

#include <stdlib.h>
#include <string.h>

enum { FIFTH = 7, KICK_AND_CYMBAL = 2, TWO_OCTAVES = 24, EVERYBODY = (1 << (SLOT_COUNT + 1)) - 1 };
enum { MANY_HALVES = 5, MORE = 4 }; /* a last bar has 2.5 times the usual notes at most, or 4 more */
enum { CLOSE_OF = 5, CLOSE_MORE = 1 }; /* what closes may be wider by 1 in 5 than the widest bar */

const bar_history *bar_before(const tracker *tracker, int64_t ago) {
    return &tracker->history[(uint64_t)(tracker->bars - ago) & (HISTORY_BARS - 1)];
}

/* The lowest and the highest pitch of a bar; where it has none, such that they forbid nothing. */
static void extent(const bar_history *bar, int *lowest, int *highest) {
    *lowest = PITCH_COUNT;
    *highest = 0;
    for (int i = 0; i < bar->count; i++)
        if (bar->onset[i] < PITCH_COUNT) {
            *lowest = bar->onset[i] < *lowest ? bar->onset[i] : *lowest;
            *highest = bar->onset[i] > *highest ? bar->onset[i] : *highest;
        }
}

/* The lower one of two in the middle. */
static int32_t median(const int32_t *values, int count) {
    for (int i = 0; i < count; i++) {
        int below = 0, same = 0;
        for (int j = 0; j < count; j++) {
            below += values[j] < values[i];
            same += values[j] == values[i];
        }
        if (below <= (count - 1) / 2 && (count - 1) / 2 < below + same)
            return values[i];
    }
    return 0;
}

/* Sets `usual` and `widest` from the bars that are less than so many bars ago. Returns whether one of them has notes. */
static int keep_to(piece *self, int64_t farthest) {
    int32_t counts[HISTORY_BARS];
    int count = 0;
    self->span = 0;
    for (int64_t ago = 1; ago < HISTORY_BARS && ago < farthest; ago++) {
        const bar_history *bar = bar_before(self->tracker, ago);
        int lowest, highest;
        extent(bar, &lowest, &highest);
        if (highest - lowest > self->span)
            self->span = highest - lowest;
        if (bar->count)
            counts[count++] = bar->count;
    }
    self->usual = median(counts, count);
    return count > 0;
}

void closing_bar_look_back(piece *self) {
    const tracker *tracker = self->tracker;
    const int upbeat = tracker->upbeat || tracker->rules.upbeat == UPBEAT_DUE;
    self->heard = tracker->velocity[DRUM_SLOT] >= 0 ? 1u << DRUM_SLOT : 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        self->heard |= tracker->pitch[slot] >= 0 ? 1u << slot : 0;
    if (!(self->heard & ~(1u << DRUM_SLOT))) /* the kit has begun alone, and others close with it */
        self->heard |= EVERYBODY;
    if (keep_to(self, tracker->bars - upbeat - self->cadence.given) || keep_to(self, tracker->bars - upbeat))
        return;
    const int32_t left = self->cadence.notes - tracker->declared; /* each slot strikes once more */
    self->usual = !self->cadence.notes ? 0 : left > 0 ? left : 1;
    self->span = PITCH_COUNT;
    self->heard = EVERYBODY;
}

int32_t closing_bar_room(const piece *self) {
    const int32_t more = self->usual + MORE, times = MANY_HALVES * self->usual / 2;
    return more > times ? more : times;
}

void closing_bar_leave_room(const piece *self, uint8_t mask[VOCABULARY_SIZE]) {
    const int32_t count = bar_before(self->tracker, 0)->count, last = self->tracker->last;
    const int settled = last >= TOKEN_SLOT && last < TOKEN_SLOT + SLOT_COUNT; /* whoever was called plays */
    int closing = 0;
    for (uint32_t heard = self->heard; heard; heard &= heard - 1)
        closing++;
    if (self->usual <= 0 || !count || settled || count + closing < closing_bar_room(self))
        return;
    memset(mask + TOKEN_SLOT, 0, SLOT_COUNT);
    memset(mask + TOKEN_NOTE, 0, PITCH_COUNT);
    memset(mask + TOKEN_DRUM, 0, DRUM_COUNT);
}

/* Semitones from the lowest to the highest pitch of the closing bar, at most; with what closes. */
static int widest(const piece *self, int closes) {
    const int span = closes ? self->span * (CLOSE_OF + CLOSE_MORE) / CLOSE_OF : self->span;
    return span > TWO_OCTAVES ? span : TWO_OCTAVES;
}

/* Takes out the pitches that are more than `width` away from one of the two. Returns whether one is left. */
static int narrow(const uint64_t from[2], int lowest, int highest, int width, uint64_t room[2]) {
    memcpy(room, from, 2 * sizeof *room);
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        if (highest - pitch > width || pitch - lowest > width)
            room[pitch >> 6] &= ~((uint64_t)1 << (pitch & 63));
    return (room[0] | room[1]) != 0;
}

/* The pitches that a slot can strike now: none where it was not heard before, and none that would make the bar wider than that
 * many semitones; if possible with room for those who played in the bar before and are still to come. Returns whether there is
 * one. */
static int room_of(const piece *self, int slot, int width, uint64_t room[2]) {
    const tracker *tracker = self->tracker;
    uint64_t whole[2];
    room[0] = room[1] = 0;
    if (!tracker_room(tracker, slot, whole) || !(self->heard >> slot & 1))
        return 0;
    int lowest, highest;
    extent(bar_before(tracker, 0), &lowest, &highest);
    int low = lowest, high = highest;
    for (int other = 0; other < SLOT_COUNT; other++)
        if (other != slot && (self->struck_before & ~self->struck) >> other & 1) {
            low = tracker->pitch[other] < low ? tracker->pitch[other] : low;
            high = tracker->pitch[other] > high ? tracker->pitch[other] : high;
        }
    return narrow(whole, low, high, width, room) || narrow(whole, lowest, highest, width, room);
}

int closing_bar_strikable(const piece *self, int slot, uint16_t classes, int from, int to, uint8_t pitches[PITCH_COUNT]) {
    const int last = self->tracker->pitch[slot];
    int nearest = PITCH_COUNT;
    memset(pitches, 0, PITCH_COUNT);
    for (int closes = 0; closes <= 1 && nearest == PITCH_COUNT; closes++) {
        uint64_t room[2];
        room_of(self, slot, widest(self, closes), room);
        for (int pitch = from; pitch < PITCH_COUNT && pitch <= to; pitch++) {
            pitches[pitch] = room[pitch >> 6] >> (pitch & 63) & 1 && is_of_classes(classes, pitch);
            if (pitches[pitch] && abs(pitch - last) < nearest)
                nearest = abs(pitch - last);
        }
    }
    for (int pitch = 0; pitch < PITCH_COUNT && last >= 0; pitch++)
        if (abs(pitch - last) > (nearest < FIFTH ? FIFTH : nearest))
            pitches[pitch] = 0;
    return nearest < PITCH_COUNT;
}

int closing_bar_lowest(const piece *self) {
    const tracker *tracker = self->tracker;
    const bar_history *bar = bar_before(tracker, 0);
    int lowest = PITCH_COUNT;
    for (int i = bar->count - 1; i >= 0 && bar->position[i] == tracker->now - tracker->bar_start; i--)
        if (bar->onset[i] < lowest)
            lowest = bar->onset[i];
    return lowest;
}

/* The most drums that were struck together in a bar; on one of its ticks, where that is not negative. */
static int drums_together(const bar_history *bar, int64_t tick) {
    int largest = 0, together = 0;
    for (int i = 0; i < bar->count; i++) {
        const int same = i && bar->position[i] == bar->position[i - 1];
        together = (same ? together : 0) + (bar->onset[i] >= PITCH_COUNT);
        if (together > largest && (tick < 0 || bar->position[i] == tick))
            largest = together;
    }
    return largest;
}

int closing_bar_drums(const piece *self) {
    const tracker *tracker = self->tracker;
    if (!(self->heard >> DRUM_SLOT & 1) || !tracker_drums_left(tracker))
        return 0;
    const int before = drums_together(bar_before(tracker, 1), -1);
    const int most = before > KICK_AND_CYMBAL ? before : KICK_AND_CYMBAL;
    return drums_together(bar_before(tracker, 0), tracker->now - tracker->bar_start) < most;
}

void closing_bar_shape(const piece *self, uint8_t mask[VOCABULARY_SIZE]) {
    const tracker *tracker = self->tracker;
    const int running = tracker->slot, drums = closing_bar_drums(self);
    uint64_t room[2] = {0, 0};
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (mask[TOKEN_SLOT + slot] && !room_of(self, slot, widest(self, 0), room))
            mask[TOKEN_SLOT + slot] = 0;
    const int own = running >= 0 && room_of(self, running, widest(self, 0), room);
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++)
        mask[TOKEN_NOTE + pitch] &= own && room[pitch >> 6] >> (pitch & 63) & 1;
    if (!drums)
        memset(mask + TOKEN_DRUM, 0, DRUM_COUNT);
    for (int velocity = 0; velocity < VELOCITY_COUNT; velocity++)
        if (!(drums && velocity != tracker->velocity[DRUM_SLOT]) && !(own && velocity != tracker->velocity[running]))
            mask[TOKEN_VELOCITY + velocity] = 0;
}
