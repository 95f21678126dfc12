/* What is heard in all that sounds together, beat by beat. */
#include "judge.h"

/* What sounds at a beat. */
typedef struct {
    int notes, lowest, next, highest, widest; /* pitches; the widest gap between neighbours */
    uint16_t classes;
    int16_t high[SLOT_COUNT], low[SLOT_COUNT]; /* of each slot, -1 for none */
} moment;

static void listen(const section *bars, int from, int32_t tick, moment *out) {
    uint8_t sounds[PITCH_COUNT] = {0};
    *out = (moment){0};
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        out->high[slot] = out->low[slot] = -1;
    for (int i = from; i < bars->count && bars->notes[i].onset <= tick; i++) {
        const section_note *note = &bars->notes[i];
        if (note->slot == DRUM_SLOT || note->end <= tick)
            continue;
        out->notes++;
        sounds[note->pitch] = 1;
        out->classes |= (uint16_t)(1 << note->pitch % 12);
        if (out->high[note->slot] < note->pitch)
            out->high[note->slot] = note->pitch;
        if (out->low[note->slot] < 0 || out->low[note->slot] > note->pitch)
            out->low[note->slot] = note->pitch;
    }
    int before = -1;
    out->lowest = out->next = -1;
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++) {
        if (!sounds[pitch])
            continue;
        if (before < 0)
            out->lowest = pitch;
        else if (out->next < 0)
            out->next = pitch;
        if (before >= 0 && pitch - before > out->widest)
            out->widest = pitch - before;
        out->highest = before = pitch;
    }
}

/* The root of the chord that these pitch classes are part of: the first that fits, triads before sevenths; -1 for none. With the
 * bass as root before the others. */
static int root_of(uint16_t classes, int bass) {
    static const uint16_t CHORDS[7] = {0x091, 0x089, 0x049, 0x491, 0x489, 0x891, 0x449};
    for (int kind = 0; kind < 7; kind++)
        for (int i = 0; i < 12; i++) {
            const int root = (bass + i) % 12;
            const uint32_t chord = (uint32_t)CHORDS[kind] << root;
            if (!(classes & ~(chord | chord >> 12) & 0xFFF))
                return root;
        }
    return -1;
}

typedef struct {
    int64_t sum[SLOT_COUNT], count[SLOT_COUNT];
} averages;

static void average(const section *bars, averages *out) {
    *out = (averages){0};
    for (int i = 0; i < bars->count; i++)
        if (bars->notes[i].slot != DRUM_SLOT) {
            out->sum[bars->notes[i].slot] += bars->notes[i].pitch;
            out->count[bars->notes[i].slot]++;
        }
}

/* Whether some slot lies wholly above one that is higher on the whole. */
static int crosses(const moment *now, const averages *usual) {
    for (int a = 0; a < SLOT_COUNT; a++)
        for (int b = 0; b < SLOT_COUNT; b++)
            if (now->low[a] >= 0 && now->high[b] >= 0 && now->low[a] > now->high[b] &&
                usual->sum[a] * usual->count[b] < usual->sum[b] * usual->count[a])
                return 1;
    return 0;
}

static int clashes(const moment *now) {
    if (now->lowest < 0)
        return 0;
    const int bass = now->lowest % 12;
    const uint32_t over = ((uint32_t)now->classes << 12 | now->classes) >> bass;
    return (over & (1 << 1 | 1 << 6 | 1 << 11)) != 0;
}

void judge_parts(const hearing *self) {
    const section *bars = self->bars;
    averages usual;
    average(bars, &usual);
    int64_t beats = 0, chords = 0, fits = 0, clash = 0, crossed = 0, several = 0, low = 0;
    int64_t lines = 0, inside = 0, new_line = 0, new_inside = 0, on[12] = {0}, rooted = 0;
    int64_t sounding = 0, earlier = 0, earlier_beats = 0;
    int widest = JUDGE_SILENT, slots = 0, before = -1, from = 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        slots += usual.count[slot] > 0;
    const int begin = self->first > JUDGED_BARS ? self->first - JUDGED_BARS : 0;
    for (int bar = begin; bar < bars->bars; bar++)
        for (int32_t tick = bars->line[bar]; tick < bars->line[bar + 1]; tick += bars->beat[bar]) {
            while (from < bars->count && bars->notes[from].bar + JUDGED_BARS < bar)
                from++; /* longer notes are rare */
            moment now;
            listen(bars, from, tick, &now);
            const int root = now.notes > 1 ? root_of(now.classes, now.lowest % 12) : -1;
            if (bar < self->first) {
                earlier += now.notes;
                earlier_beats++;
                before = root >= 0 ? root : before;
                continue;
            }
            beats++;
            sounding += now.notes;
            if (now.classes & (now.classes - 1)) {
                chords++;
                fits += root >= 0;
                clash += clashes(&now);
                widest = now.widest > widest ? now.widest : widest;
                low += now.next >= 0 && now.next < 48 && now.next - now.lowest < 5;
            }
            if (root >= 0) {
                rooted++;
                on[(root - (self->key ? (self->key - 1) % 12 : 0) + 12) % 12]++;
                if (before >= 0) {
                    lines += tick == bars->line[bar];
                    inside += tick != bars->line[bar];
                    new_line += tick == bars->line[bar] && root != before;
                    new_inside += tick != bars->line[bar] && root != before;
                }
                before = root;
            }
            if (slots > 1) {
                several++;
                crossed += crosses(&now, &usual);
            }
        }
    int32_t *out = self->out;
    out[HEARD_FITS] = judge_share(fits, chords);
    out[HEARD_CLASH] = judge_share(clash, chords);
    out[HEARD_WIDEST] = widest;
    out[HEARD_CLOSE_LOW] = judge_share(low, chords);
    out[HEARD_NEW_CHORD] = judge_share(new_line, lines);
    out[HEARD_NEW_INSIDE] = judge_share(new_inside, inside);
    out[HEARD_CROSSED] = judge_share(crossed, several);
    if (self->key) {
        out[HEARD_I_BEATS] = judge_share(on[0], rooted);
        out[HEARD_IV_BEATS] = judge_share(on[5], rooted);
        out[HEARD_V_BEATS] = judge_share(on[7], rooted);
    }
    if (earlier_beats && beats)
        out[HEARD_SOUNDING_MORE] = (int32_t)((8 * sounding * earlier_beats - 8 * earlier * beats) / (beats * earlier_beats));
}
