/* play LIBRARY MODEL: opens onnxruntime and a model and plays two pieces through the loop, for the sanitizers to watch.
 * Every buffer is allocated to the byte. Exits with 1 and a remark when something is not as the headers say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"

enum { STATES_MOST = 16, ROOM = 60, PIECES = 2, ROWS = 2 * PIECES };

static void expect(int holds, const char *what, const char *why) {
    if (!holds) {
        fprintf(stderr, "broken: %s %s\n", what, why);
        exit(1);
    }
}

static void *memory(size_t size) {
    void *block = calloc(size, 1);
    expect(block != NULL, "memory", "");
    return block;
}

static void *whole_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    expect(file && !fseek(file, 0, SEEK_END), path, "");
    *size = (size_t)ftell(file);
    rewind(file);
    void *data = memory(*size);
    expect(fread(data, 1, *size, file) == *size, path, "");
    fclose(file);
    return data;
}

static ort_array array_for(const ort_tensor_info *info, void *data) {
    ort_array array = {data, ROWS * (info->type == ORT_UINT8 ? 1 : 4), info->type, info->rank, {ROWS}};
    expect(info->type == ORT_UINT8 || info->type == ORT_FLOAT, "a state is uint8 or float:", info->name);
    for (size_t i = 1; i < info->rank; i++)
        array.bytes *= (size_t)(array.shape[i] = info->shape[i]);
    if (!array.data)
        array.data = memory(array.bytes);
    return array;
}

/* Inputs and outputs of the model stand in the same order: `features`, states; `logits`, states. */
static void bind(loop *self, ort_array states[2][STATES_MOST], size_t count) {
    const ort_array features = {
        self->features, ROWS * (size_t)self->width * sizeof(int64_t), ORT_INT64, 2, {ROWS, self->width}};
    const ort_array logits = {
        self->logits, ROWS * VOCABULARY_SIZE * sizeof(float), ORT_FLOAT, 2, {ROWS, VOCABULARY_SIZE}};
    for (int side = 0; side < 2; side++) {
        OrtStatus *status = self->ort->CreateIoBinding(self->session, &self->step[side]);
        expect(!ort_failed(self->ort, status, &self->problem), "binding:", self->problem.text);
        for (size_t i = 0; i <= count; i++)
            for (int is_output = 0; is_output < 2; is_output++) {
                ort_tensor_info info;
                expect(!ort_describe(self->ort, self->session, is_output, i, &info, &self->problem), "describe:",
                       self->problem.text);
                const ort_array *array = i ? &states[side ^ is_output][i - 1] : is_output ? &logits : &features;
                expect(!ort_bind(self->ort, self->step[side], is_output, info.name, array, &self->problem), "bind:",
                       self->problem.text);
            }
    }
}

static const int16_t SCRIPT[] = {TOKEN_BOS, SCRIPT_SAMPLE_TO_BAR, SCRIPT_SAMPLE, SCRIPT_SAMPLE};
static const plan_bar PLAN[] = {{SOURCE_NOWHERE, 0, 0, 0, {[WISH_LIKENESS] = 1}},
                                {1, 15, 1, 15, {[WISH_LIKENESS] = 2}},
                                {2, 6, 2, 6, {[WISH_LIKENESS] = 3, [WISH_DENSITY] = PLAN_LEAVES}},
                                {SOURCE_ANYWHERE, 1, 1, 15, {0}}};
static const bar_chords CHORDS[] = {{1, {1}}, {3, {8, CHORD_NONE, 50}}, {CHORD_CELLS, {1, 2, 3, 4, 5, 6, 7, 8}}};

static void play(loop *self, uint64_t seed) {
    for (int p = 0; p < PIECES; p++) {
        piece *piece = self->pieces[p];
        tracker_init(piece->tracker, TIME_BASE_GRID);
        piece->rng = (rng_state){seed, (uint64_t)p, 0};
        piece->read = 0;
        piece->planned = piece->harmonised = 0;
    }
    uint16_t *tokens = memory(ROOM * PIECES * sizeof *tokens);
    size_t rows;
    self->due = 0;
    loop_stop(self);
    expect(loop_play(self, LOOP_NO_TICK, LOOP_NO_DEADLINE, tokens, ROOM, &rows) == LOOP_STOPPED && rows == 0, "a stop", "");
    expect(loop_play(self, LOOP_NO_TICK, loop_clock(), tokens, ROOM, &rows) == LOOP_TIME && rows == 0, "no time", "");
    int over = 0;
    for (int round = 0; round < 20 && !over; round++) {
        const size_t room = (size_t)(1 + round * 3);
        const int64_t until = round % 2 ? self->pieces[0]->tracker->now + 48 : LOOP_NO_TICK;
        const int end = loop_play(self, until, LOOP_NO_DEADLINE, tokens, room, &rows);
        expect(end >= 0, "play:", self->problem.text);
        expect(end == LOOP_FULL ? rows == room : rows <= room, "the count", "");
        expect(end != LOOP_TICK || self->pieces[0]->tracker->now >= until, "the tick", "");
        for (int p = 0; p < PIECES; p++)
            over |= self->pieces[p]->tracker->finished;
        expect((end == LOOP_EOS) == over, "eos", "");
        for (size_t i = 0; i < rows * PIECES; i++)
            expect(tokens[i] < VOCABULARY_SIZE, "a token", "");
    }
    free(tokens);
}

int main(int argc, char **argv) {
    static ort_library library;
    ort_problem problem;
    ort_array states[2][STATES_MOST];
    size_t size, inputs = 0;
    const char *const pairs[] = {"session.intra_op.allow_spinning", "0"};
    const ort_settings settings = {1, 1, pairs};
    expect(argc == 3, "usage:", "play LIBRARY MODEL");
    expect(ort_open(&library, argv[2], &problem) == ORT_CANNOT_OPEN, "a model is no library", "");
    expect(!ort_open(&library, argv[1], &problem), "library:", problem.text);
    void *model = whole_file(argv[2], &size);
    for (size_t part = 0; part < size; part += size / 5 + 1)
        expect(!ort_session(&library, model, part, &settings, &problem), "part of a model is none", "");
    loop *self = memory(sizeof *self);
    self->ort = &library;
    self->session = ort_session(&library, model, size, &settings, &problem);
    expect(self->session != NULL, "model:", problem.text);
    free(model); /* the session must not need it */
    ort_failed(&library, library.SessionGetInputCount(self->session, &inputs), NULL);
    expect(inputs >= 1 && inputs <= STATES_MOST, "inputs", "");
    for (size_t i = 1; i < inputs; i++)
        for (int side = 0; side < 2; side++) {
            ort_tensor_info info;
            expect(!ort_describe(&library, self->session, 0, i, &info, &problem), "describe:", problem.text);
            states[side][i - 1] = array_for(&info, NULL);
        }
    ort_tensor_info none;
    expect(ort_describe(&library, self->session, 0, inputs, &none, &problem) == -1, "there is no such input", "");

    self->count = PIECES;
    self->guidance = 2;
    self->pieces = memory(PIECES * sizeof *self->pieces);
    ort_tensor_info first_input; /* an older model reads fewer features */
    expect(!ort_describe(&library, self->session, 0, 0, &first_input, &problem), "describe:", problem.text);
    self->width = (int32_t)first_input.shape[1];
    self->outputs = VOCABULARY_SIZE;
    self->features = memory(ROWS * FEATURE_WIDTH * sizeof *self->features);
    self->logits = memory(ROWS * VOCABULARY_SIZE * sizeof *self->logits);
    self->workspace.scratch = memory(sampler_scratch_size(VOCABULARY_SIZE));
    for (int p = 0; p < PIECES; p++) {
        piece *piece = self->pieces[p] = memory(sizeof *piece);
        piece->tracker = memory(sizeof *piece->tracker);
        piece->sampling = (sampler_options){1.0, 0.95, 0.0, 40};
        piece->script = SCRIPT;
        piece->scripted = sizeof SCRIPT / sizeof SCRIPT[0];
        piece->plan = (piece_plan){PLAN, sizeof PLAN / sizeof PLAN[0], 1, 1, 3, 1, 0.5f};
        if (p)
            piece->chords = (piece_chords){CHORDS, sizeof CHORDS / sizeof CHORDS[0], 2};
        piece->cadence = (piece_cadence){4, 1, 17, 12, 1};
        piece_begin(piece);
    }
    bind(self, states, inputs - 1);
    for (uint64_t seed = 0; seed < 5; seed++)
        play(self, seed);
    piece *first = self->pieces[0];
    uint16_t tokens[PIECES];
    self->features[0] = -1; /* is written anew before it is read */
    first->sampling.temperature = -1.0;
    const uint64_t position = first->rng.position;
    expect(loop_step(self, tokens) == SAMPLER_BAD_TEMPERATURE && first->rng.position == position, "a draw that fails",
           "");

    for (int side = 0; side < 2; side++) {
        library.ReleaseIoBinding(self->step[side]);
        for (size_t i = 1; i < inputs; i++)
            free(states[side][i - 1].data);
    }
    for (int p = 0; p < PIECES; p++) {
        free(self->pieces[p]->tracker);
        free(self->pieces[p]);
    }
    library.ReleaseSession(self->session);
    free(self->pieces);
    free(self->features);
    free(self->logits);
    free(self->workspace.scratch);
    free(self);
    puts("played");
    return 0;
}
