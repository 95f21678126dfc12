#include "harmony.h"

static size_t highest(const int64_t *values, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

/* What it comes to at each root to come from a chord before, and at none: to[ROOTS + 1]. */
static void coming(const harmony_moves *moves, const int64_t *before, int64_t *to) {
    int64_t of_kind[HARMONY_KINDS_MOST][HARMONY_ROOTS], most = before[0];
    for (int kind = 0; kind < moves->kinds; kind++)
        for (int root = 0; root < HARMONY_ROOTS; root++) of_kind[kind][root] = INT64_MIN;
    for (int quality = 0; quality < moves->qualities; quality++) {
        int64_t *own = of_kind[moves->kind[quality]];
        const int64_t *chords = before + quality * HARMONY_ROOTS;
        for (int root = 0; root < HARMONY_ROOTS; root++) own[root] = chords[root] > own[root] ? chords[root] : own[root];
    }
    const int64_t from_none = before[moves->qualities * HARMONY_ROOTS] + moves->nothing;
    for (int root = 0; root < HARMONY_ROOTS; root++) to[root] = from_none;
    for (int kind = 0; kind < moves->kinds; kind++)
        for (int from = 0; from < HARMONY_ROOTS; from++) {
            const int64_t score = of_kind[kind][from];
            const int64_t *motion = moves->motion + (kind * HARMONY_ROOTS + from) * HARMONY_ROOTS;
            if (score == INT64_MIN) continue; /* a kind without a quality */
            most = score > most ? score : most;
            for (int root = 0; root < HARMONY_ROOTS; root++) to[root] = score + motion[root] > to[root] ? score + motion[root] : to[root];
        }
    to[HARMONY_ROOTS] = most + moves->nothing;
}

/* The state before a change into a chord or into none. */
static size_t origin(const harmony_moves *moves, const int64_t *before, size_t state) {
    const size_t none = (size_t)moves->qualities * HARMONY_ROOTS, root = state % HARMONY_ROOTS;
    if (state == none) return highest(before, none);
    size_t best = 0;
    int64_t most = INT64_MIN;
    for (size_t chord = 0; chord < none; chord++) {
        const size_t kind = moves->kind[chord / HARMONY_ROOTS], from = chord % HARMONY_ROOTS;
        const int64_t score = before[chord] + moves->motion[(kind * HARMONY_ROOTS + from) * HARMONY_ROOTS + root];
        if (score > most) most = score, best = chord;
    }
    return before[none] + moves->nothing > most ? none : best;
}

void harmony_chords(const harmony_moves *moves, int64_t *fit, int64_t *entry, size_t beats, int64_t *path) {
    const size_t none = (size_t)moves->qualities * HARMONY_ROOTS, states = none + 1;
    if (!beats) return;
    for (size_t i = 1; i < beats; i++) {
        const int64_t *before = fit + (i - 1) * states;
        int64_t *best = fit + i * states, *changed = entry + i * states, to[HARMONY_ROOTS + 1];
        coming(moves, before, to);
        for (size_t state = 0; state < states; state++) {
            changed[state] += to[state == none ? HARMONY_ROOTS : state % HARMONY_ROOTS];
            best[state] += before[state] > changed[state] ? before[state] : changed[state];
        }
    }
    size_t state = highest(fit + (beats - 1) * states, states);
    for (size_t i = beats - 1; i > 0; i--) {
        const int64_t *before = fit + (i - 1) * states;
        path[i] = (int64_t)state;
        if (before[state] < entry[i * states + state]) state = origin(moves, before, state);
    }
    path[0] = (int64_t)state;
}

void harmony_keys(int64_t *fit, size_t bars, size_t keys, int64_t change, int64_t *path) {
    if (!bars) return;
    for (size_t i = 1; i < bars; i++) {
        const int64_t *before = fit + (i - 1) * keys, moved = before[highest(before, keys)] + change;
        int64_t *best = fit + i * keys;
        for (size_t key = 0; key < keys; key++) best[key] += before[key] > moved ? before[key] : moved;
    }
    size_t key = highest(fit + (bars - 1) * keys, keys);
    for (size_t i = bars - 1; i > 0; i--) {
        const int64_t *before = fit + (i - 1) * keys;
        const size_t other = highest(before, keys);
        path[i] = (int64_t)key;
        if (before[key] < before[other] + change) key = other;
    }
    path[0] = (int64_t)key;
}
