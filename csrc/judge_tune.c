/* What is heard in the tune, and where it comes to rest. */
#include "judge.h"

enum { TUNE = 2048 };

typedef struct {
    int32_t onset, end;
    int16_t bar;
    uint8_t top, bottom;
} point;

/* What is struck at each onset: its highest and its lowest pitch; the latest TUNE of them. */
static int read_points(const section *bars, point *out) {
    int count = 0;
    for (int i = 0; i < bars->count; i++) {
        const section_note *note = &bars->notes[i];
        if (note->slot == DRUM_SLOT)
            continue;
        point *last = count ? &out[count - 1] : 0;
        if (last && last->onset == note->onset) {
            if (note->pitch > last->top) {
                last->top = note->pitch;
                last->end = note->end;
            }
            last->bottom = note->pitch < last->bottom ? note->pitch : last->bottom;
        } else if (count < TUNE) {
            out[count++] = (point){note->onset, note->end, note->bar, note->pitch, note->pitch};
        }
    }
    return count;
}

static int distance(int a, int b) { return a > b ? a - b : b - a; }
static int sign(int x) { return (x > 0) - (x < 0); }
static int degree(int pitch, int key) { return (pitch - (key - 1) % 12 + 12) % 12; }

static void intervals(const hearing *self, const point *tune, int first, int count) {
    int64_t moves = 0, steps = 0, leaps = 0, far = 0, same = 0, turns = 0, chances = 0, recovered = 0, jumps = 0;
    int64_t leading = 0, resolved = 0, contrary = 0, together = 0, outer = 0;
    int joint = JUDGE_SILENT;
    for (int i = first > 0 ? first : 1; i < count; i++) {
        const int by = tune[i].top - tune[i - 1].top, wide = distance(by, 0);
        const int low = tune[i].bottom - tune[i - 1].bottom;
        moves++;
        steps += wide == 1 || wide == 2;
        leaps += wide >= 5;
        far += wide >= 9;
        same += !wide;
        if (i > 1) {
            const int earlier = tune[i - 1].top - tune[i - 2].top;
            chances += by && earlier;
            turns += sign(by) * sign(earlier) < 0;
            if (distance(earlier, 0) >= 5) {
                jumps++;
                recovered += sign(by) * sign(earlier) < 0 && wide <= 2;
            }
        }
        if (tune[i].bar != tune[i - 1].bar)
            joint = wide > joint ? wide : joint;
        if (self->key && degree(tune[i - 1].top, self->key) == 11) {
            leading++;
            resolved += !degree(tune[i].top, self->key);
        }
        if (by && low && tune[i].top != tune[i].bottom) {
            outer++;
            contrary += sign(by) != sign(low);
            together += by == low;
        }
    }
    int32_t *out = self->out;
    out[HEARD_STEPS] = judge_share(steps, moves);
    out[HEARD_LEAPS] = judge_share(leaps, moves);
    out[HEARD_FAR_LEAPS] = judge_share(far, moves);
    out[HEARD_SAME] = judge_share(same, moves);
    out[HEARD_TURNS] = judge_share(turns, chances);
    out[HEARD_RECOVERED] = judge_share(recovered, jumps);
    out[HEARD_JOINT] = joint;
    out[HEARD_LEADING] = judge_share(resolved, leading);
    out[HEARD_CONTRARY] = judge_share(contrary, outer);
    out[HEARD_TOGETHER] = judge_share(together, outer);
}

typedef struct {
    int64_t sum, count;
    int low, high;
} heights;

static heights of(const point *tune, int first, int last) {
    heights found = {0, 0, PITCH_COUNT, -1};
    for (int i = first; i < last; i++, found.count++) {
        found.sum += tune[i].top;
        found.low = tune[i].top < found.low ? tune[i].top : found.low;
        found.high = tune[i].top > found.high ? tune[i].top : found.high;
    }
    return found;
}

/* How much higher one is than the other on the whole, quarters of semitones, rounded down. */
static int32_t higher(heights a, heights b) {
    if (!a.count || !b.count)
        return JUDGE_SILENT;
    const int64_t by = 4 * (a.sum * b.count - b.sum * a.count), of_both = a.count * b.count;
    return (int32_t)((by - (by < 0 ? of_both - 1 : 0)) / of_both);
}

static void place(const hearing *self, const point *tune, int first, int count) {
    const heights now = of(tune, first, count), before = of(tune, 0, first);
    int last = count, next = first;
    while (last > first && tune[last - 1].bar == self->bars->bars - 1)
        last--;
    while (next < count && tune[next].bar == self->first)
        next++;
    int32_t *out = self->out;
    out[HEARD_RANGE] = now.high - now.low;
    out[HEARD_REGISTER] = higher(now, before);
    if (before.count)
        out[HEARD_PEAK] = now.high - before.high;
    if (self->bars->bars - self->first > 1)
        out[HEARD_CONTOUR] = higher(of(tune, last, count), of(tune, first, next));
    int64_t tonics = 0;
    for (int i = first; i < count; i++)
        tonics += self->key && !degree(tune[i].top, self->key);
    if (self->key)
        out[HEARD_TONIC] = judge_share(tonics, count - first);
}

static void rhythm(const hearing *self, const point *tune, int first, int count) {
    const section *bars = self->bars;
    int64_t beats = 0, struck = 0, halves = 0, sounding = 0, ties = 0, lines = 0;
    int32_t shortest = LONGEST_COUNTED, longest = 0, until = self->begin;
    uint64_t kinds = 0;
    for (int i = first; i < count; i++) {
        const int32_t gap = i + 1 < count ? tune[i + 1].onset - tune[i].onset : self->end - tune[i].onset;
        const int32_t line = bars->line[tune[i].bar], beat = bars->beat[tune[i].bar];
        shortest = gap < shortest ? gap : shortest;
        longest = gap > longest ? gap : longest;
        kinds |= (uint64_t)1 << (gap / 3 < 63 ? gap / 3 : 63);
        halves += (tune[i].onset - line) % judge_half(beat) == 0;
        struck += (tune[i].onset - line) % beat == 0;
        if (tune[i].end > until) {
            sounding += tune[i].end - (tune[i].onset > until ? tune[i].onset : until);
            until = tune[i].end;
        }
        lines += i + 1 < count && tune[i + 1].bar != tune[i].bar;
        ties += i + 1 < count && tune[i + 1].bar != tune[i].bar && tune[i].end > bars->line[tune[i].bar + 1];
    }
    for (int bar = self->first; bar < bars->bars; bar++)
        beats += (bars->line[bar + 1] - bars->line[bar] + bars->beat[bar] - 1) / bars->beat[bar];
    sounding -= until > self->end ? until - self->end : 0;
    int32_t *out = self->out;
    out[HEARD_ONSETS] = 4 * (count - first) / (bars->bars - self->first);
    int different = 0;
    for (; kinds; kinds &= kinds - 1)
        different++;
    out[HEARD_DURATIONS] = different;
    out[HEARD_SHORTEST] = shortest;
    out[HEARD_LONGEST] = longest;
    out[HEARD_ON_BEATS] = judge_share(struck, beats);
    out[HEARD_ON_HALVES] = judge_share(halves, count - first);
    out[HEARD_SILENCE] = judge_share(self->end - self->begin - sounding, self->end - self->begin);
    out[HEARD_TIED] = judge_share(ties, lines);
}

/* Whether two bars begin notes of the tune at the same places, and whether by the same intervals. */
static int alike(const section *bars, const point *tune, int a, int b, int count, int *motion) {
    const int bar = tune[a].bar, other = tune[b].bar, by = tune[a].top - tune[b].top;
    *motion = 1;
    for (; a < count && tune[a].bar == bar && tune[b].bar == other; a++, b++) {
        if (tune[a].onset - bars->line[bar] != tune[b].onset - bars->line[other])
            return 0;
        *motion &= tune[a].top - tune[b].top == by;
    }
    return (a == count || tune[a].bar != bar) && tune[b].bar != other;
}

static void patterns(const hearing *self, const point *tune, int count) {
    int begins[SECTION_BARS];
    for (int bar = 0; bar < self->bars->bars; bar++)
        begins[bar] = -1;
    for (int i = count; i-- > 0;)
        begins[tune[i].bar] = i;
    int64_t bars = 0, same = 0, moved = 0;
    for (int bar = self->first; bar < self->bars->bars; bar++) {
        if (begins[bar] < 0 || !bar)
            continue;
        int rhythm = 0, motion = 0;
        for (int other = bar > 4 ? bar - 4 : 0; other < bar; other++) {
            int moves;
            if (begins[other] >= 0 && alike(self->bars, tune, begins[bar], begins[other], count, &moves)) {
                rhythm = 1;
                motion |= moves;
            }
        }
        bars++;
        same += rhythm;
        moved += motion;
    }
    self->out[HEARD_SAME_RHYTHM] = judge_share(same, bars);
    self->out[HEARD_SAME_MOTION] = judge_share(moved, bars);
}

/* Where tune and bass come to rest: what follows the last strong beat of the bar leads on to the next one. */
static void rest(const hearing *self, const point *tune, int first, int count) {
    static const int PLACES[3] = {HEARD_MID_DEGREE, HEARD_END_DEGREE, HEARD_CLOSE_DEGREE};
    int32_t *out = self->out + PLACES[self->ends];
    const int bar = self->bars->bars - 1;
    const int32_t line = self->bars->line[bar], beat = self->bars->beat[bar];
    const int32_t strong = line + (self->end - line) / beat / 2 * beat;
    int64_t notes = 0;
    int last = count - 1;
    for (int i = first; i < count; i++)
        notes += tune[i].bar == bar;
    while (last > first && tune[last].onset > strong)
        last--;
    out[1] = (last + 1 < count ? tune[last + 1].onset : self->end) - tune[last].onset;
    out[2] = judge_share(notes * (self->bars->bars - self->first), count - first);
    out[3] = self->end - tune[count - 1].onset;
    if (!self->key)
        return;
    out[0] = degree(tune[last].top, self->key);
    out[4] = degree(tune[last].bottom, self->key);
    for (int i = last; i-- > 0;)
        if ((tune[i].bottom - tune[last].bottom) % 12) {
            out[5] = (tune[last].bottom - tune[i].bottom + 120) % 12;
            break;
        }
}

void judge_tune(const hearing *self) {
    static const point NONE;
    point tune[TUNE + 1];
    const int count = read_points(self->bars, tune);
    tune[count] = NONE;
    tune[count].bar = SECTION_BARS; /* a bar of its own, where searches end */
    int first = count;
    while (first && tune[first - 1].bar >= self->first)
        first--;
    if (first == count)
        return;
    intervals(self, tune, first, count);
    place(self, tune, first, count);
    rhythm(self, tune, first, count);
    patterns(self, tune, count);
    rest(self, tune, first, count);
}
