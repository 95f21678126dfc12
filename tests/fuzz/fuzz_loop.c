/* Pieces and the loop, with scripts, plans and a network that gives any logits, or fails. */
#include <math.h>

#include "loop.h"
#include "walk.h"

enum { PIECES_MOST = 3, SCRIPT_MOST = 40, PLAN_MOST = 12, ROOM = 50 };

/* ---- a network of our own, in place of onnxruntime's ---------------------------------------------------- */

struct OrtSession {
    input *in;
    loop *loop;
};
static char failure[] = "no more";

static int32_t rows_of(const loop *self) { return self->guidance == 1 ? self->count : 2 * self->count; }

static OrtStatus *ORT_CALL run(OrtSession *self, const OrtRunOptions *options, const OrtIoBinding *binding) {
    (void)options;
    expect(binding == self->loop->step[self->loop->side], "the side whose turn it is");
    const int64_t *ids = self->loop->features;
    for (int32_t row = 0; row < rows_of(self->loop); row++) {
        int32_t row[FEATURE_WIDTH];
        for (int i = 0; i < FEATURE_WIDTH; i++)
            row[i] = (int32_t)*ids++;
        check_ids(row);
    }
    const uint32_t mood = below(self->in, 64), bits = below(self->in, 65536);
    if (mood == 1)
        return (OrtStatus *)(void *)failure;
    for (int32_t i = 0; i < rows_of(self->loop) * self->loop->outputs; i++) {
        const uint32_t noise = (bits + (uint32_t)i) * 2654435761u >> 16;
        self->loop->logits[i] = mood == 2   ? NAN
                                : mood == 3 ? -INFINITY
                                : mood < 8  ? (noise & 1 ? NAN : noise & 2 ? INFINITY : (float)noise)
                                            : (float)(noise % 512) / 16.0f;
    }
    return NULL;
}
static const char *ORT_CALL message(const OrtStatus *status) { return (const char *)(const void *)status; }
static void ORT_CALL release(OrtStatus *status) { expect((void *)status == failure, "a status is released"); }

/* ---- pieces ----------------------------------------------------------------------------------------------- */

typedef struct {
    piece piece;
    int16_t *script;
    plan_bar *bars;
    bar_chords *chords;
} owned;

static void begin(input *in, owned *self, int time_base) {
    piece *piece = &self->piece;
    memset(self, 0, sizeof *self);
    piece->tracker = memory(sizeof *piece->tracker);
    tracker_init(piece->tracker, time_base);
    choose_rules(in, &piece->tracker->rules);
    tracker_set_shift(piece->tracker, below(in, 2) ? SHIFT_LOWEST + (int)below(in, SHIFT_COUNT) : SHIFT_UNKNOWN);
    piece->rng = (rng_state){word(in, 2), 0, 0};
    const uint32_t how = below(in, 8);
    piece->sampling = (sampler_options){how & 1 ? 1.0 : how == 6 ? -1.0 : 0.0, how & 2 ? 0.9 : 1.0, how & 4 ? 0.02 : 0.0,
                                        (int32_t)below(in, 50)};
    piece->scripted = (int32_t)below(in, SCRIPT_MOST);
    self->script = memory((size_t)piece->scripted * sizeof *self->script);
    for (int32_t i = 0; i < piece->scripted; i++)
        self->script[i] = i == 0 ? TOKEN_BOS : (int16_t)((int)below(in, VOCABULARY_SIZE + 2) - 2);
    piece->script = self->script;
    const int32_t count = (int32_t)below(in, PLAN_MOST);
    self->bars = memory((size_t)count * sizeof *self->bars);
    for (int32_t i = 0; i < count; i++)
        self->bars[i] = (plan_bar){(int8_t)((int)below(in, 12) - 2), (uint8_t)below(in, 16), (uint8_t)below(in, 12),
                                   (uint8_t)below(in, 16), {[WISH_LIKENESS] = (uint8_t)below(in, 6), [WISH_REGISTER] = (uint8_t)below(in, 6)}};
    if (count)
        piece->plan = (piece_plan){self->bars, count, (int32_t)below(in, (uint32_t)count), 1 + below(in, 6),
                                   (float)below(in, 4), (float)below(in, 3), (float)below(in, 2)};
    const int32_t progression = (int32_t)below(in, PLAN_MOST);
    self->chords = memory((size_t)progression * sizeof *self->chords);
    for (int32_t i = 0; i < progression; i++) {
        bar_chords *bar = &self->chords[i];
        bar->count = (uint8_t)(1 + below(in, CHORD_CELLS));
        for (int k = 0; k < bar->count; k++)
            bar->cells[k] = (uint8_t)below(in, CHORD_NONE + 1);
    }
    if (progression)
        piece->chords = (piece_chords){self->chords, progression, 1 + below(in, 6)};
    piece_begin(piece);
    piece->cadence = (piece_cadence){below(in, 12), (uint16_t)below(in, 1 << 12), (uint16_t)below(in, 1 << 12),
                                     (int32_t)below(in, 30), below(in, 8)};
}

static void end(owned *self) {
    free(self->piece.tracker);
    free(self->script);
    free(self->bars);
    free(self->chords);
}

/* Returns whether the loop can go on. */
static int play(input *in, loop *self) {
    const uint32_t what = below(in, 8);
    const size_t room = below(in, ROOM);
    const int64_t now = self->pieces[0]->tracker->now;
    const int64_t until = what & 1 ? now + below(in, 200) : LOOP_NO_TICK;
    const int64_t deadline = what == 2 ? loop_clock() - 1 : LOOP_NO_DEADLINE;
    const uint64_t position = self->pieces[0]->rng.position;
    if (what == 4 && room)
        loop_stop(self);
    uint16_t *tokens = memory(room * (size_t)self->count * sizeof *tokens);
    size_t rows;
    const int result = loop_play(self, until, deadline, tokens, room, &rows);
    expect(rows <= room && (result != LOOP_FULL || rows == room), "the count");
    expect(result != LOOP_TICK || self->pieces[0]->tracker->now >= until, "the tick");
    expect(what != 4 || !room || (result == LOOP_STOPPED && !rows), "a stop");
    expect(what != 2 || !room || (result == LOOP_TIME && !rows), "no time");
    expect(result != LOOP_NO_STEP || !strcmp(self->problem.text, failure), "why the network fails");
    const int broken = result < 0 && self->count > 1;
    const int closes = self->pieces[0]->cadence.bar != 0; /* a close may fall due, once */
    expect(self->pieces[0]->rng.position - position <= rows + (size_t)(broken + closes), "a number for a token");
    for (size_t i = 0; i < rows * (size_t)self->count; i++)
        expect(tokens[i] < VOCABULARY_SIZE, "a token");
    free(tokens);
    return !broken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char bindings[2];
    input in = {data, data + size, 0};
    ort_library library;
    OrtSession session = {&in, NULL};
    owned pieces[PIECES_MOST];
    piece *row[PIECES_MOST];
    memset(&library, 0, sizeof library);
    library.RunWithBinding = run;
    library.GetErrorMessage = message;
    library.ReleaseStatus = release;
    loop *self = session.loop = memory(sizeof *self);
    memset(self, 0, sizeof *self);
    self->ort = &library;
    self->session = &session;
    for (int side = 0; side < 2; side++)
        self->step[side] = (OrtIoBinding *)(void *)&bindings[side];
    self->count = 1 + (int32_t)below(&in, PIECES_MOST);
    self->guidance = (float)below(&in, 4);
    self->pieces = row;
    for (int32_t p = 0; p < self->count; p++) {
        begin(&in, &pieces[p], (int)below(&in, 2));
        row[p] = &pieces[p].piece;
    }
    const size_t rows = (size_t)rows_of(self);
    self->width = FEATURE_WIDTH;
    self->outputs = VOCABULARY_SIZE;
    for (uint32_t wanted = below(&in, 8); wanted; wanted--) {
        head *head = &self->heads[self->head_count];
        const int family = (int)below(&in, FEATURE_FAMILY_COUNT + 1), column = (int)below(&in, 4);
        if (head_init(head, (int)below(&in, HEAD_KINDS), family, column))
            continue;
        self->outputs += head_size(head->kind);
        self->head_count++;
    }
    self->features = memory(rows * FEATURE_WIDTH * sizeof *self->features);
    self->logits = memory(rows * (size_t)self->outputs * sizeof *self->logits);
    memset(self->logits, 0, rows * (size_t)self->outputs * sizeof *self->logits);
    self->workspace.scratch = memory(sampler_scratch_size(VOCABULARY_SIZE));
    while (!in.over) {
        if (self->count == 1 && below(&in, 8) == 0)
            loop_append(self, (int)below(&in, VOCABULARY_SIZE));
        else if (!play(&in, self))
            break;
        for (int32_t p = 0; p < self->count; p++)
            if (row[p]->tracker->finished)
                tracker_reset(row[p]->tracker);
    }
    for (int32_t p = 0; p < self->count; p++)
        end(&pieces[p]);
    free(self->features);
    free(self->logits);
    free(self->workspace.scratch);
    free(self);
    return 0;
}
