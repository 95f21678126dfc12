/* Feeds the C core with random and hostile input, for the sanitizers to watch. Every buffer is allocated to the byte,
 * so that a step past its end is seen. Exits with 1 and a remark when a result breaks the headers' contract. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "harmony.h"
#include "judge.h"
#include "midi.h"
#include "rng.h"
#include "sampler.h"
#include "similarity.h"
#include "strictmath.h"
#include "tracker.h"

static void expect(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        exit(1);
    }
}

static void *memory(size_t size) {
    void *block = malloc(size ? size : 1);
    expect(block != NULL, "memory");
    return block;
}

static uint32_t below(rng_state *pick, uint32_t limit) {
    return (uint32_t)(rng_uniform(pick) * limit);
}

/* Any 32 bits: NaNs with payloads, infinities, subnormals, both zeros. */
static uint32_t any_bits(rng_state *pick) {
    static const uint32_t strange[] = {0, 0x80000000u, 0x7F800000u, 0xFF800000u, 0x7FC00000u, 0xFFFFFFFFu, 1, 0x80000001u,
                                       0x7F7FFFFFu, 0xFF7FFFFFu};
    const uint32_t kind = below(pick, 4);
    if (kind == 0)
        return strange[below(pick, sizeof strange / sizeof *strange)];
    return (uint32_t)(rng_uniform(pick) * 4294967296.0);
}

/* ---- rng ----------------------------------------------------------------------------------------------- */

static void exercise_rng(void) {
    const uint32_t counter[4] = {0x243F6A88u, 0x85A308D3u, 0x13198A2Eu, 0x03707344u}, key[2] = {0xA4093822u, 0x299F31D0u};
    const uint32_t published[4] = {0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u};
    uint32_t block[4];
    rng_block(counter, key, block);
    expect(memcmp(block, published, sizeof block) == 0, "the published block of Philox4x32-10");

    rng_state rng = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    for (int i = 0; i < 1000; i++) {
        const double u = rng_uniform(&rng);
        expect(u >= 0.0 && u < 1.0, "0 <= u < 1");
    }
    expect(rng.position == 999 && rng.stream == UINT64_MAX, "the position wraps inside its stream");
}

/* ---- sampler ------------------------------------------------------------------------------------------- */

static double any_double(rng_state *pick) {
    static const double strange[] = {0.0,      -0.0, 5e-324, 1e-300, 1e308, 1.0 - 0x1p-53, 0.5, 0.95, 1.0,
                                     INFINITY, NAN,  -1.0,   -1e308, 2.0};
    return strange[below(pick, sizeof strange / sizeof *strange)];
}

static void exercise_sampler(rng_state *pick, size_t shortfall) {
    static const int32_t COUNTS[] = {0, 1, 2, 3, 4, 7, 31, 168, 672, 787};
    static const int32_t TOP_KS[] = {0, 1, 2, 40, 168, 336, INT32_MAX, -1, INT32_MIN};
    for (int round = 0; round < 20000; round++) {
        const int32_t count = COUNTS[below(pick, sizeof COUNTS / sizeof *COUNTS)];
        float *logits = memory((size_t)count * sizeof *logits);
        uint8_t *mask = below(pick, 2) ? memory((size_t)count) : NULL;
        void *scratch = memory(sampler_scratch_size(count) - (count ? shortfall : 0));
        const int tame = below(pick, 2) != 0;
        const uint32_t open = below(pick, 5);
        for (int32_t i = 0; i < count; i++) {
            const uint32_t bits = any_bits(pick);
            if (tame)
                logits[i] = (float)(bits % 32) - 16.0f;
            else
                memcpy(&logits[i], &bits, sizeof bits);
            if (mask)
                mask[i] = below(pick, 4) < open ? (uint8_t)(1 + below(pick, 255)) : 0;
        }
        const sampler_options options = {
            tame ? rng_uniform(pick) * 2.0 : any_double(pick), tame ? rng_uniform(pick) : any_double(pick),
            tame ? rng_uniform(pick) * 0.2 : any_double(pick), TOP_KS[below(pick, tame ? 7 : 9)]};
        rng_state rng = {(uint64_t)round, 0, 0};
        double logprob = 1.0;
        const int32_t token = sampler_sample(logits, mask, count, &options, &rng, scratch, &logprob);
        if (token >= 0) {
            expect(token < count && (!mask || mask[token]), "the token is allowed");
            expect(logits[token] > -INFINITY, "the token has a logit");
            expect(logprob <= 1e-15 && logprob >= -709.0 - 7.0, "the log-probability is one");
            expect(rng.position == 1, "one number for one token");
        } else {
            expect(token >= SAMPLER_BAD_MIN_P && logprob == 1.0 && rng.position == 0, "an error leaves all as it was");
        }
        free(logits);
        free(mask);
        free(scratch);
    }
    const double ends[] = {0.0, -0.0, -708.0, -709.0, -1e308, -INFINITY, NAN, -5e-324};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        expect(strict_exp(ends[i]) >= 0.0 && strict_exp(ends[i]) <= 1.0, "0 <= exp <= 1");
    for (double x = 2.3e-308; x < 1e308; x *= 1.7)
        expect(fabs(strict_log(x)) < 710.0, "log of a normal number");
}

/* ---- tracker ------------------------------------------------------------------------------------------- */

static uint64_t any_word(rng_state *pick) {
    const uint64_t upper = any_bits(pick);
    return below(pick, 3) ? upper << 32 | any_bits(pick) : 0;
}

static void choose_rules(rng_state *pick, tracker_rules *rules) {
    tracker_rules_free(rules);
    if (below(pick, 2))
        rules->scale = (uint16_t)below(pick, 0x1000);
    if (below(pick, 2))
        for (int i = 0; i < SLOT_COUNT; i++) {
            rules->lowest[i] = (uint8_t)below(pick, PITCH_COUNT);
            rules->highest[i] = (uint8_t)(rules->lowest[i] + below(pick, PITCH_COUNT - rules->lowest[i]));
            rules->polyphony[i] = (uint8_t)below(pick, 4);
        }
    if (below(pick, 3) == 0) {
        rules->programs[0] = any_word(pick);
        rules->programs[1] = any_word(pick);
        rules->slot_programs[below(pick, SLOT_COUNT)][0] = any_word(pick);
        rules->drums = any_word(pick);
    }
    if (below(pick, 3) == 0)
        rules->slots = (int32_t)below(pick, SLOT_COUNT + 1);
    if (below(pick, 2))
        rules->bars = (int32_t)below(pick, 20);
    if (below(pick, 3) == 0)
        rules->ticks = (int32_t)below(pick, 3000);
    if (below(pick, 2))
        rules->longest = (int32_t)below(pick, LONGEST_DURATION + 1);
    if (below(pick, 2))
        for (int i = 0; i < 2; i++)
            rules->onsets[i] = any_word(pick) & any_word(pick);
    if (below(pick, 2))
        for (int i = 0; i < DURATION_WORDS; i++)
            rules->durations[i] = any_word(pick) & any_word(pick) & any_word(pick);
    if (below(pick, 2))
        for (int program = 0; program < PROGRAM_COUNT; program++) {
            rules->program_lowest[program] = (uint8_t)below(pick, PITCH_COUNT);
            rules->program_highest[program] = (uint8_t)(rules->program_lowest[program] + below(pick, PITCH_COUNT - rules->program_lowest[program]));
        }
    rules->upbeat = (uint8_t)below(pick, 3);
    rules->fixed_meter = (uint8_t)below(pick, 2);
    rules->fixed_tempo = (uint8_t)below(pick, 2);
    rules->downbeat = (uint8_t)below(pick, 2);
    rules->endless = (uint8_t)below(pick, 2);
}

static void check_ids(const int32_t *row) {
    for (int i = 0; i < FEATURE_WIDTH; i++)
        expect(row[i] >= 0 && row[i] < FEATURE_COUNT, "a feature id has a row in the table");
}

static void check_features(const tracker *self) {
    int32_t *row = memory(FEATURE_WIDTH * sizeof *row);
    tracker_features(self, row);
    check_ids(row);
    free(row);
}

/* `obedience` in 256 tokens are ones the mask allows, the others are any. */
/* What a judge hears, of as many bars as may be read. */
static void check_hearing(const tracker *self, rng_state *pick) {
    section *bars = memory(sizeof *bars);
    int32_t *out = memory(JUDGE_FEATURE_COUNT * sizeof *out);
    section_read(self, 1 + (int)below(pick, SECTION_BARS), bars);
    judge_hear(bars, (int)below(pick, 25), (int)below(pick, 3), out);
    for (int i = 0; i < JUDGE_FEATURE_COUNT; i++)
        expect(out[i] >= JUDGE_SILENT && out[i] < 1 << 24, "what is heard is a small number");
    free(out);
    free(bars);
}

static void walk(tracker *self, rng_state *pick, int steps, uint32_t obedience) {
    uint8_t *mask = memory(VOCABULARY_SIZE);
    int lawful = 1;
    for (int i = 0; i < steps; i++) {
        const int allowed = tracker_mask(self, mask);
        int found = 0, token = (int)below(pick, VOCABULARY_SIZE);
        for (int t = 0; t < VOCABULARY_SIZE; t++)
            found += mask[t];
        expect(!lawful || found == allowed, "the mask allows as many as it says");
        expect(!lawful || self->finished || allowed > 0, "there is a way on until eos");
        if (allowed > 0 && below(pick, 256) < obedience) {
            while (!mask[token])
                token = (token + 1) % VOCABULARY_SIZE;
        } else {
            lawful = 0;
        }
        if (below(pick, 40) == 0)
            tracker_set_source(self, (int)below(pick, 12) - 2);
        tracker_advance(self, token);
        check_features(self);
        if (below(pick, 100) == 0)
            check_hearing(self, pick);
        if (self->finished) {
            tracker_reset(self);
            lawful = 1;
        }
    }
    free(mask);
}

static void exercise_whole_pieces(tracker *self, rng_state *pick) {
    for (int round = 0; round < 60; round++) {
        const size_t count = below(pick, 400), rows = 1 + below(pick, 5);
        uint16_t *tokens = memory(count * sizeof *tokens);
        uint8_t *wishes = memory(rows * ROW_WIDTH);
        int32_t *out = memory(count * FEATURE_WIDTH * sizeof *out);
        const uint32_t limit = below(pick, 4) ? VOCABULARY_SIZE : 65536;
        ptrdiff_t first_foreign = -1;
        for (size_t i = 0; i < count; i++) {
            tokens[i] = (uint16_t)below(pick, limit);
            if (first_foreign < 0 && tokens[i] >= VOCABULARY_SIZE)
                first_foreign = (ptrdiff_t)i;
        }
        for (size_t i = 0; i < rows * ROW_WIDTH; i++)
            wishes[i] = (uint8_t)below(pick, 256);
        tracker_reset(self);
        tracker_set_shift(self, round % 5 ? SHIFT_LOWEST + (int)below(pick, SHIFT_COUNT) : SHIFT_UNKNOWN);
        const ptrdiff_t result = tracker_features_of(self, tokens, count, round % 2 ? wishes : NULL, rows,
                                                     round % 3 ? wishes : NULL, rows, out);
        expect(result == (first_foreign < 0 ? 0 : -1 - first_foreign), "the first foreign token is named");
        for (size_t i = 0; i < (first_foreign < 0 ? count : (size_t)first_foreign); i++)
            check_ids(out + i * FEATURE_WIDTH);
        uint8_t *bits = memory(count * (VOCABULARY_SIZE / 8));
        tracker_reset(self);
        expect(tracker_masks_of(self, tokens, count, bits) == result, "and what may follow it");
        free(bits);
        free(tokens);
        free(wishes);
        free(out);
    }
}

enum { GIVEN = 60 };

typedef struct {
    given_music music;
    given_note notes[GIVEN];
    given_span spans[2];
    given_change changes[4];
} some_given;

/* Any music, in order and in range. */
static void choose_given(rng_state *pick, some_given *out) {
    memset(out, 0, sizeof *out);
    int32_t tick = 0;
    for (int i = 0; i < GIVEN; i++) {
        tick += (int32_t)(below(pick, 3) ? 0 : below(pick, 60));
        const int slot = (int)below(pick, SLOT_COUNT + 1), kit = slot == SLOT_COUNT;
        const int pitch = kit ? DRUM_LOWEST + (int)below(pick, DRUM_COUNT) : (int)below(pick, PITCH_COUNT);
        out->notes[i] = (given_note){tick, kit ? 0 : (int32_t)below(pick, 3000), below(pick, 3) ? slot % 3 : slot,
                                     below(pick, 4) ? pitch : GIVEN_SAME + (int)below(pick, 4), (int)below(pick, 33) - 1};
        if (out->notes[i].slot < SLOT_COUNT && !kit)
            continue;
        if (out->notes[i].pitch >= 0)
            out->notes[i].pitch = DRUM_LOWEST + out->notes[i].pitch % DRUM_COUNT;
    }
    for (int i = 0; i < 4; i++)
        out->changes[i] = (given_change){150 * (i + 1), below(pick, 2) ? TOKEN_TEMPO + (int)below(pick, TEMPO_COUNT)
                                                                  : TOKEN_TIME_SIGNATURE + (int)below(pick, SIGNATURE_COUNT)};
    out->spans[0] = (given_span){96, 96 * (2 + (int32_t)below(pick, 3))};
    out->spans[1] = (given_span){960, below(pick, 2) ? 1200 : GIVEN_NO_END};
    out->music = (given_music){out->notes, out->spans, GIVEN, (int32_t)below(pick, 3), below(pick, 1u << 17) & below(pick, 1u << 17),
                               below(pick, 1u << 17) & below(pick, 1u << 17), (int32_t)below(pick, 2000), out->changes,
                               (int32_t)below(pick, 5)};
}

static void exercise_tracker(rng_state *pick) {
    static const uint32_t OBEDIENCE[] = {256, 256, 250, 128, 0};
    tracker *self = memory(sizeof *self);
    for (int time_base = TIME_BASE_GRID; time_base <= TIME_BASE_PERFORMANCE; time_base++) {
        for (int round = 0; round < 60; round++) {
            tracker_init(self, time_base);
            choose_rules(pick, &self->rules);
            some_given given;
            choose_given(pick, &given);
            if (round % 2)
                tracker_give(self, &given.music);
            walk(self, pick, 600, OBEDIENCE[below(pick, 5)]);
        }
        tracker_init(self, time_base);
        self->rules.endless = 1;
        walk(self, pick, 2 * WINDOW + 1000, 256); /* the window comes round */
        exercise_whole_pieces(self, pick);
    }
    free(self);
}

/* Bytes, notes and scores that nobody checked, as far as the contracts allow them. */
static void exercise_reading(rng_state *pick) {
    enum { BYTES = 600, LINES = 80, BARS = 7, STATES = 25, KEYS = 5, ROOM = 9 };
    for (int round = 0; round < 200; round++) {
        const size_t size = below(pick, BYTES);
        uint8_t *body = memory(size), *strikes = memory(LINES);
        int64_t *ticks = memory(size * sizeof *ticks), *codes = memory(size * sizeof *codes);
        for (size_t i = 0; i < size; i++)
            body[i] = (uint8_t)below(pick, below(pick, 3) ? 128 : 256);
        for (midi_place place = {0, 0, below(pick, 2) ? 0x90 : 0}; place.at < size; place.at++)
            midi_messages(body, size, &place, ticks, codes, size);
        int64_t *rows = memory(6 * LINES * sizeof *rows), *scratch = memory((2 * KEYS + LINES) * sizeof *scratch);
        for (int i = 0; i < LINES; i++) {
            rows[i] = (int64_t)below(pick, KEYS);
            strikes[i] = (uint8_t)below(pick, 2);
        }
        midi_pair(rows, strikes, LINES, KEYS, rows + LINES, rows + 2 * LINES, scratch);
        for (int i = 0; i < LINES; i++) {
            rows[i] = i * 7;
            for (int column = 1; column < 5; column++)
                rows[column * LINES + i] = (int64_t)below(pick, column == 1 ? SLOT_COUNT : 128) + 2 * (column > 2);
            rows[5 * LINES + i] = i ? -1 : (int64_t)below(pick, SIGNATURE_COUNT);
        }
        if (below(pick, 2))
            rows[below(pick, 6 * LINES)] = (int64_t)below(pick, 1000) - 500;
        const codec_piece piece = {LINES, rows, rows + LINES, rows + 2 * LINES, rows + 3 * LINES, rows + 4 * LINES,
                                   below(pick, 3), rows, rows + 5 * LINES, 500, below(pick, 3), rows, rows + LINES};
        uint16_t *tokens = memory(ROOM * sizeof *tokens);
        expect(codec_write(&piece, tokens, ROOM) <= 7 * LINES + 20, "tokens of a piece");
        const int64_t first[BARS + 1] = {0, 9, 9, 20, 21, 40, 41, LINES};
        int64_t path[BARS], motion[12 * 12], *fit = memory(2 * BARS * STATES * sizeof *fit);
        similarity_common(rows, first, BARS, 1 + below(pick, 9), path);
        for (int i = 0; i < 2 * BARS * STATES; i++)
            fit[i] = (int64_t)below(pick, 1u << 30) * 1024;
        for (int i = 0; i < 12 * 12; i++)
            motion[i] = -(int64_t)below(pick, 1u << 30);
        const uint8_t kinds[] = {0, 0};
        const harmony_moves moves = {motion, kinds, -1, 2, 1};
        harmony_chords(&moves, fit, fit + BARS * STATES, below(pick, BARS + 1), path);
        harmony_keys(fit, below(pick, BARS + 1), STATES, -5, path);
        free(body);
        free(strikes);
        free(ticks);
        free(codes);
        free(rows);
        free(scratch);
        free(tokens);
        free(fit);
    }
}

/* With any argument the scratch memory is a byte short, to see that the sanitizer sees it. */
int main(int argc, char **argv) {
    rng_state pick = {20, 0, 0};
    (void)argv;
    exercise_rng();
    exercise_sampler(&pick, argc > 1);
    exercise_tracker(&pick);
    exercise_reading(&pick);
    puts("sound");
    return 0;
}
