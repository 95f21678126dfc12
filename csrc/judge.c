/* What is heard in single notes: how many, where, and as before or not. */
#include "judge.h"

static int is_stroke(const section_note *note) { return note->slot == DRUM_SLOT; }

/* The first note of a bar or after it. */
static int first_of(const section *bars, int bar) {
    int low = 0, high = bars->count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (bars->notes[middle].bar < bar)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Share of the notes that were struck at the same place so many bars ago. */
static int32_t as_before(const hearing *self, int ago) {
    const section *bars = self->bars;
    int64_t same = 0, all = 0;
    for (int bar = self->first; bar < bars->bars; bar++) {
        if (bar < ago)
            continue;
        int then = first_of(bars, bar - ago);
        const int32_t back = bars->line[bar] - bars->line[bar - ago];
        for (int i = first_of(bars, bar); i < bars->count && bars->notes[i].bar == bar; i++, all++) {
            const section_note *note = &bars->notes[i];
            while (bars->notes[then].bar == bar - ago && bars->notes[then].onset < note->onset - back)
                then++;
            for (int k = then; bars->notes[k].bar == bar - ago && bars->notes[k].onset == note->onset - back; k++)
                if (bars->notes[k].pitch == note->pitch && is_stroke(&bars->notes[k]) == is_stroke(note)) {
                    same++;
                    break;
                }
        }
    }
    return judge_share(same, all);
}

typedef struct {
    int64_t notes, strokes, ticks, outside, together, points;
    int lowest, highest;
    uint32_t slots;
    uint16_t classes;
} counts;

/* The notes that begin in some bars. */
static void count(const section *bars, int first, int last, uint16_t scale, counts *out) {
    *out = (counts){0};
    out->lowest = PITCH_COUNT;
    int32_t before = -1;
    for (int i = first_of(bars, first); i < bars->count && bars->notes[i].bar < last; i++) {
        const section_note *note = &bars->notes[i];
        out->slots |= 1u << note->slot;
        if (is_stroke(note)) {
            out->strokes++;
            continue;
        }
        const int32_t lasts = note->end - note->onset;
        out->notes++;
        out->points += note->onset != before;
        before = note->onset;
        out->ticks += lasts;
        out->outside += scale >> note->pitch % 12 & 1 ? 0 : lasts;
        out->classes |= (uint16_t)(1 << note->pitch % 12);
        out->lowest = note->pitch < out->lowest ? note->pitch : out->lowest;
        out->highest = note->pitch > out->highest ? note->pitch : out->highest;
    }
}

static int bits(uint32_t set) {
    int found = 0;
    for (; set; set &= set - 1)
        found++;
    return found;
}

/* Which pitch classes a key has; a minor key has two sevenths. */
static uint16_t scale_of(int key) {
    static const uint16_t MODES[2] = {0xAB5, 0xDAD};
    if (!key)
        return 0xFFF;
    const uint32_t scale = MODES[key > 12];
    const int tonic = (key - 1) % 12;
    return (uint16_t)((scale << tonic | scale >> (12 - tonic)) & 0xFFF);
}

static int32_t change(int64_t now, int64_t bars, int64_t before, int64_t earlier) {
    return earlier > 0 && before > 0 ? judge_share(now * earlier, before * bars) : JUDGE_SILENT;
}

static void kit(const hearing *self) {
    enum { KICK_LOW = 35, KICK = 36, SNARES = 37, LAST_SNARE = 40 };
    const section *bars = self->bars;
    int64_t beats = 0, even = 0, kicks = 0, snares = 0, struck = 0, off = 0, all = 0, judged = bars->bars - self->first;
    for (int bar = self->first, i = first_of(bars, bar); bar < bars->bars; bar++) {
        const int32_t beat = bars->beat[bar], line = bars->line[bar];
        uint32_t on = 0, snare = 0, kick = 0;
        for (; i < bars->count && bars->notes[i].bar == bar; i++) {
            if (!is_stroke(&bars->notes[i]))
                continue;
            const int32_t place = bars->notes[i].onset - line;
            const uint8_t drum = bars->notes[i].pitch;
            all++;
            off += place % judge_half(beat) != 0;
            if (place % beat)
                continue;
            on |= 1u << place / beat;
            snare |= drum >= SNARES && drum <= LAST_SNARE ? 1u << place / beat : 0;
            kick |= drum == KICK || drum == KICK_LOW ? 1u << place / beat : 0;
        }
        for (int n = 0; line + n * beat < bars->line[bar + 1]; n++) {
            beats++;
            struck += on >> n & 1;
            even += n & 1;
            snares += (n & 1) && snare >> n & 1;
        }
        kicks += kick & 1;
    }
    if (!all)
        return;
    self->out[HEARD_KICK] = judge_share(kicks, judged);
    self->out[HEARD_BACKBEAT] = judge_share(snares, even);
    self->out[HEARD_KIT_BEATS] = judge_share(struck, beats);
    self->out[HEARD_KIT_OFF] = judge_share(off, all);
}

void judge_hear(const section *bars, int key, int ends, int32_t out[JUDGE_FEATURE_COUNT]) {
    for (int i = 0; i < JUDGE_FEATURE_COUNT; i++)
        out[i] = JUDGE_SILENT;
    if (!bars->bars)
        return;
    const int first = bars->bars > JUDGED_BARS ? bars->bars - JUDGED_BARS : 0;
    const hearing self = {bars, first, key, ends, bars->line[first], bars->line[bars->bars], out};
    const int64_t judged = bars->bars - first;
    counts now, before, near;
    count(bars, first, bars->bars, scale_of(key), &now);
    count(bars, 0, first, scale_of(key), &before);
    count(bars, first > JUDGED_BARS ? first - JUDGED_BARS : 0, first, scale_of(key), &near);
    static const int AGO[4] = {1, 2, 4, 8};
    for (int i = 0; i < 4; i++)
        out[HEARD_LIKE_1 + i] = as_before(&self, AGO[i]);
    if (key)
        out[HEARD_OUTSIDE] = judge_share(now.outside, now.ticks);
    out[HEARD_DEGREES] = bits(now.classes);
    out[HEARD_CHORD_NOTES] = now.points ? (int32_t)(8 * now.notes / now.points) : JUDGE_SILENT;
    out[HEARD_DENSITY] = change(now.notes, judged, before.notes, first);
    out[HEARD_STROKES] = now.strokes || before.strokes ? (int32_t)(2 * now.strokes / judged) : JUDGE_SILENT;
    out[HEARD_STROKES_CHANGE] = change(now.strokes, judged, before.strokes, first);
    if (first) {
        out[HEARD_SLOTS_MORE] = bits(now.slots) - bits(before.slots);
        out[HEARD_SILENT_SLOTS] = bits(near.slots & ~now.slots);
    }
    if (now.notes && before.notes)
        out[HEARD_LOWEST] = now.lowest - before.lowest;
    kit(&self);
    judge_tune(&self);
    judge_parts(&self);
}
