/* The tracker under any tokens, lawful or not, with rules, wishes and looks changed in between; and whole pieces. */
#include "judge.h"
#include "rng.h"
#include "snapshot.h"
#include "walk.h"

/* At any place a piece is saved and read back as it was. */
static void check_snapshot(const tracker *self) {
    uint8_t *written = memory(SNAPSHOT_MOST), *again = memory(SNAPSHOT_MOST);
    tracker *other = memory(sizeof *other);
    const size_t size = snapshot_write(self, written);
    expect(size <= SNAPSHOT_MOST && !snapshot_read(other, written, size), "a snapshot can be read");
    expect(snapshot_write(other, again) == size && !memcmp(written, again, size), "a snapshot is what was written");
    check_features(other);
    free(written);
    free(again);
    free(other);
}

/* So is what a judge hears. */
static void check_hearing(input *in, const tracker *self) {
    section *bars = memory(sizeof *bars);
    int32_t *out = memory(JUDGE_FEATURE_COUNT * sizeof *out);
    section_read(self, 1 + (int)below(in, SECTION_BARS), bars);
    judge_hear(bars, (int)below(in, 25), (int)below(in, 3), out);
    free(out);
    free(bars);
}

static void whole_piece(input *in, tracker *self) {
    const size_t count = below(in, 400), rows = below(in, 5);
    uint16_t *tokens = memory(count * sizeof *tokens);
    uint8_t *wishes = memory(rows * ROW_WIDTH);
    int32_t *out = memory(count * FEATURE_WIDTH * sizeof *out);
    const int foreign = below(in, 4) == 0;
    size_t sound = 0;
    for (size_t i = 0; i < count; i++) {
        tokens[i] = (uint16_t)(foreign ? word(in, 2) : below(in, VOCABULARY_SIZE));
        sound += sound == i && tokens[i] < VOCABULARY_SIZE;
    }
    for (size_t i = 0; i < rows * ROW_WIDTH; i++)
        wishes[i] = (uint8_t)below(in, 256);
    const ptrdiff_t result = tracker_features_of(self, tokens, count, rows % 2 ? wishes : NULL, rows,
                                                 rows % 4 < 2 ? wishes : NULL, rows, out);
    expect(result == (sound == count ? 0 : -1 - (ptrdiff_t)sound), "the first foreign token is named");
    for (size_t i = 0; i < sound; i++)
        check_ids(out + i * FEATURE_WIDTH);
    free(tokens);
    free(wishes);
    free(out);
}

/* So long that the window comes round; the mask would take most of the time. */
static void long_piece(input *in, tracker *self) {
    rng_state rng = {word(in, 2), 0, 0};
    const int kinds = 1 + (int)below(in, VOCABULARY_SIZE); /* few of them repeat themselves */
    for (int i = 0; i < WINDOW + 100; i++)
        tracker_advance(self, TOKEN_BAR + (int)(rng_uniform(&rng) * kinds) % (VOCABULARY_SIZE - TOKEN_BAR));
    check_features(self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, data + size, 0};
    tracker *self = memory(sizeof *self);
    const uint32_t manner = below(&in, 256);
    tracker_init(self, manner & 1 ? TIME_BASE_PERFORMANCE : TIME_BASE_GRID);
    choose_rules(&in, &self->rules);
    if (manner >> 1 == 127)
        long_piece(&in, self);
    const int obedient = manner & 2;
    while (!in.over) {
        const uint32_t what = below(&in, 256);
        if (what < 4) {
            choose_rules(&in, &self->rules);
        } else if (what < 8) {
            for (int i = 0; i < WISH_COUNT; i++)
                self->wishes[i] = (uint8_t)below(&in, 256);
            tracker_set_shift(self, below(&in, 4) ? SHIFT_LOWEST + (int)below(&in, SHIFT_COUNT) : SHIFT_UNKNOWN);
            for (int i = 0; i < SLOT_COUNT; i++)
                self->role[i] = (uint8_t)below(&in, ROLE_COUNT);
            for (int i = 0; i < CHORD_BARS * CHORD_CELLS; i++)
                self->chords[i / CHORD_CELLS][i % CHORD_CELLS] = (uint8_t)below(&in, CHORD_COUNT + 1);
        } else if (what < 24) {
            tracker_set_source(self, (int)below(&in, 12) - 2);
        } else if (what == 24) {
            whole_piece(&in, self);
        } else if (what == 25) {
            check_hearing(&in, self);
        } else {
            step(self, below(&in, 65536), !obedient && what < 64);
        }
        if (self->finished && below(&in, 2))
            tracker_reset(self);
    }
    for (int i = 0; i < WISH_COUNT; i++)
        if (self->wishes[i] >= wish_family(i)->count)
            self->wishes[i] = 0; /* as the binding has it */
    for (int i = 0; i < CHORD_BARS * CHORD_CELLS; i++)
        if (self->chords[i / CHORD_CELLS][i % CHORD_CELLS] > CHORD_NONE)
            self->chords[i / CHORD_CELLS][i % CHORD_CELLS] = 0;
    check_snapshot(self);
    free(self);
    return 0;
}
