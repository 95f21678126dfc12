/* Reading bars back from the window of the tracker. */
#include "section.h"

#include "tracker_parts.h"

/* What was running when a bar began: the slot named last and the meter, by the latest token of each before it. */
static void look_back(const tracker *self, uint32_t at, int *slot, int *signature) {
    *slot = *signature = -1;
    for (uint32_t left = self->written - at; at != self->begun && left < WINDOW && (*slot < 0 || *signature < 0); left++) {
        const int token = self->window[--at % WINDOW];
        if (is_program(token) && *slot < 0)
            *slot = 0; /* the header: nobody was named yet */
        else if (is_slot(token) && *slot < 0)
            *slot = token - TOKEN_SLOT;
        else if (is_signature(token) && *signature < 0)
            *signature = signature_of(token);
    }
    *slot = *slot < 0 ? 0 : *slot;
    *signature = *signature < 0 ? self->signature : *signature;
}

static void begin_bar(section *out, int32_t tick, int signature) {
    out->line[out->bars] = tick;
    if (out->bars < SECTION_BARS)
        out->beat[out->bars] = signature < 0 ? TICKS_PER_BEAT : TIME_SIGNATURES[signature].beat_ticks;
}

static void add(section *out, int32_t now, int slot, int pitch) {
    if (out->count < SECTION_NOTES)
        out->notes[out->count] = (section_note){now, now + 1, (int16_t)out->bars, (uint8_t)slot, (uint8_t)pitch};
    out->count++;
}

void section_read(const tracker *self, int most, section *out) {
    const int64_t last = self->bars - (!self->finished && self->now == self->bar_start);
    int64_t first = last - most + 1 > 1 ? last - most + 1 : 1;
    out->count = out->bars = 0;
    out->line[0] = 0;
    while (first <= last && self->written - self->bar_written[(uint64_t)first & (HISTORY_BARS - 1)] >= WINDOW)
        first++;
    if (self->time_base != TIME_BASE_GRID || last < first)
        return;
    uint32_t at = self->bar_written[(uint64_t)first & (HISTORY_BARS - 1)];
    int slot, signature, big = 0, wanted = (int)(last - first + 1);
    look_back(self, at, &slot, &signature);
    int32_t now = 0, length = signature < 0 ? WHOLE_NOTE : TIME_SIGNATURES[signature].ticks;
    begin_bar(out, 0, signature);
    for (; at != self->written && out->bars < wanted; at++) {
        const int token = self->window[at % WINDOW];
        section_note *note = out->count && out->count <= SECTION_NOTES ? &out->notes[out->count - 1] : 0;
        if (is_slot(token)) {
            slot = token - TOKEN_SLOT;
        } else if (is_note(token)) {
            add(out, now, slot, token - TOKEN_NOTE);
            big = 0;
        } else if (in_family(token, TOKEN_DRUM, DRUM_COUNT)) {
            add(out, now, DRUM_SLOT, token - TOKEN_DRUM + DRUM_LOWEST);
        } else if (is_duration_big(token)) {
            big = (token - TOKEN_DURATION_BIG + 1) * BIG_STEP;
            if (note)
                note->end = note->onset + big;
        } else if (in_family(token, TOKEN_DURATION_FINE, FINE_COUNT)) {
            if (note)
                note->end = note->onset + big + (token - TOKEN_DURATION_FINE + 1);
        } else if (is_shift(token)) {
            now += is_shift_fine(token) ? token - TOKEN_SHIFT_FINE + 1 : (token - TOKEN_SHIFT_BIG + 1) * BIG_STEP;
            now = (int32_t)smaller(now, out->line[out->bars] + length - 1); /* tokens that no grammar allows may lead on */
        } else if (token == TOKEN_BAR) {
            now = out->line[out->bars++] + length;
            begin_bar(out, now, signature);
        } else if (is_signature(token)) {
            signature = signature_of(token);
            out->bars += now > out->line[out->bars]; /* in mid-bar it begins another one */
            length = TIME_SIGNATURES[signature].ticks;
            begin_bar(out, now, signature);
        }
    }
    if (out->bars < wanted) { /* the last one ended the piece, or goes on */
        now = out->line[out->bars++] + length;
        begin_bar(out, now, signature);
    }
    out->count = out->count < SECTION_NOTES ? out->count : SECTION_NOTES;
}
