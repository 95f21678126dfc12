/* What the fuzzers of the tracker share: rules and tokens by choice, and what must hold at every step. */
#ifndef LINNET_FUZZ_WALK_H
#define LINNET_FUZZ_WALK_H

#include "input.h"
#include "tracker.h"

static inline void choose_rules(input *in, tracker_rules *rules) {
    tracker_rules_free(rules);
    const uint32_t which = below(in, 256);
    if (which & 1)
        rules->scale = (uint16_t)(word(in, 2) & 0xFFF);
    for (int slot = 0; which & 2 && slot < SLOT_COUNT; slot++) {
        rules->lowest[slot] = (uint8_t)below(in, PITCH_COUNT);
        rules->highest[slot] = (uint8_t)below(in, PITCH_COUNT);
        rules->polyphony[slot] = (uint8_t)below(in, 4);
    }
    if (which & 4) {
        rules->programs[0] = word(in, 8);
        rules->programs[1] = word(in, 8);
        rules->drums = word(in, 8);
        rules->slot_programs[below(in, SLOT_COUNT)][below(in, 2)] = word(in, 8);
    }
    if (which & 8)
        rules->slots = (int32_t)below(in, SLOT_COUNT + 1);
    if (which & 16)
        rules->bars = (int32_t)below(in, 20);
    if (which & 32)
        rules->ticks = (int32_t)below(in, 3000);
    if (which & 64)
        rules->longest = (int32_t)below(in, LONGEST_DURATION + 1);
    rules->stuck_after = (int32_t)(below(in, 2) * below(in, 400));
    rules->upbeat = (uint8_t)below(in, 3);
    const uint32_t taught = below(in, 8);
    for (int i = 0; i < 2 && taught & 1; i++)
        rules->onsets[i] = word(in, 8);
    for (int i = 0; i < DURATION_WORDS && taught & 2; i++)
        rules->durations[i] = word(in, 8) & word(in, 8);
    for (int program = 0; program < PROGRAM_COUNT && taught & 4; program++) {
        rules->program_lowest[program] = (uint8_t)below(in, PITCH_COUNT);
        rules->program_highest[program] =
            (uint8_t)(rules->program_lowest[program] + below(in, PITCH_COUNT - rules->program_lowest[program]));
    }
    const uint32_t flags = which & 128 ? below(in, 16) : 0;
    rules->fixed_meter = flags & 1;
    rules->fixed_tempo = flags >> 1 & 1;
    rules->downbeat = flags >> 2 & 1;
    rules->endless = flags >> 3 & 1;
}

/* Every column holds 0 or an id of its own family, and of its own table in it. */
static inline void check_ids(const int32_t row[FEATURE_WIDTH]) {
    int column = 0, id = 1;
    for (int f = 0; f < FEATURE_FAMILY_COUNT; f++) {
        const feature_family *family = &FEATURE_FAMILIES[f];
        for (int i = 0; i < family->columns; i++, column++) {
            const int first = id + i * family->tables / family->columns * family->count;
            expect(!row[column] || (row[column] >= first && row[column] < first + family->count),
                   "a column holds ids of its own family");
        }
        id += family->tables * family->count;
    }
}

static inline void check_features(const tracker *self) {
    int32_t *row = (int32_t *)memory(FEATURE_WIDTH * sizeof *row);
    tracker_features(self, row);
    check_ids(row);
    free(row);
}

/* The mask, which must hold what it promises; returns how many tokens are allowed. */
static inline int check_mask(const tracker *self, uint8_t mask[VOCABULARY_SIZE]) {
    const int allowed = tracker_mask(self, mask);
    int found = 0;
    for (int token = 0; token < VOCABULARY_SIZE; token++)
        found += mask[token];
    expect(found == allowed, "the mask allows as many as it says");
    expect(self->finished ? !allowed : allowed > 0, "there is a way on until eos");
    return allowed;
}

/* One token: the first one allowed from the choice on, or with `lawless` any. */
static inline void step(tracker *self, uint32_t choice, int lawless) {
    uint8_t *mask = (uint8_t *)memory(VOCABULARY_SIZE);
    int token = (int)(choice % VOCABULARY_SIZE);
    if (check_mask(self, mask) && !lawless)
        while (!mask[token])
            token = (token + 1) % VOCABULARY_SIZE;
    tracker_advance(self, token);
    check_features(self);
    free(mask);
}

#endif
