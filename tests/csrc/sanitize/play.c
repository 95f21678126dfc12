/* play LIBRARY MODEL: opens onnxruntime and a model and plays it through the loop, for the sanitizers to watch. Every
 * buffer is allocated to the byte. Exits with 1 and a remark when something is not as the headers say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"

enum { STATES_MOST = 16, ROOM = 60 };

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
    ort_array array = {data, info->type == ORT_UINT8 ? 1 : 4, info->type, info->rank, {1}};
    expect(info->type == ORT_UINT8 || info->type == ORT_FLOAT, "a state is uint8 or float:", info->name);
    for (size_t i = 1; i < info->rank; i++)
        array.bytes *= (size_t)(array.shape[i] = info->shape[i]);
    if (!array.data)
        array.data = memory(array.bytes);
    return array;
}

/* Inputs and outputs of the model stand in the same order: `features`, states; `logits`, states. */
static void bind(loop *self, ort_array states[2][STATES_MOST], size_t count) {
    const ort_array features = {self->features, sizeof self->features, ORT_INT64, 2, {1, FEATURE_WIDTH}};
    const ort_array logits = {self->logits, sizeof self->logits, ORT_FLOAT, 2, {1, VOCABULARY_SIZE}};
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

static void play(loop *self, uint64_t seed) {
    tracker_init(self->tracker, TIME_BASE_GRID);
    *self->rng = (rng_state){seed, 0, 0};
    uint16_t *tokens = memory(ROOM * sizeof *tokens);
    size_t count;
    expect(loop_take(self, TOKEN_BOS) == 0, "bos:", self->problem.text);
    loop_stop(self);
    expect(loop_play(self, 0, LOOP_NO_DEADLINE, tokens, ROOM, &count) == LOOP_STOPPED && count == 0, "a stop", "");
    expect(loop_play(self, 0, loop_clock(), tokens, ROOM, &count) == LOOP_TIME && count == 0, "no time", "");
    for (int round = 0; round < 20 && !self->tracker->finished; round++) {
        const size_t room = (size_t)(1 + round * 3);
        const int end = loop_play(self, round % 2, LOOP_NO_DEADLINE, tokens, room, &count);
        expect(end >= 0, "play:", self->problem.text);
        expect(end == LOOP_FULL ? count == room : count <= room, "the count", "");
        expect((end == LOOP_EOS) == self->tracker->finished, "eos", "");
        for (size_t i = 0; i < count; i++)
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

    self->tracker = memory(sizeof *self->tracker);
    self->rng = memory(sizeof *self->rng);
    self->scratch = memory(sampler_scratch_size(VOCABULARY_SIZE));
    self->sampling = (sampler_options){1.0, 0.95, 0.0, 40};
    bind(self, states, inputs - 1);
    for (uint64_t seed = 0; seed < 5; seed++)
        play(self, seed);
    self->features[0] = -1; /* is written anew before it is read */
    self->sampling.temperature = -1.0;
    const uint64_t position = self->rng->position;
    expect(loop_draw(self) == SAMPLER_BAD_TEMPERATURE && self->rng->position == position, "a draw that fails", "");

    for (int side = 0; side < 2; side++) {
        library.ReleaseIoBinding(self->step[side]);
        for (size_t i = 1; i < inputs; i++)
            free(states[side][i - 1].data);
    }
    library.ReleaseSession(self->session);
    free(self->tracker);
    free(self->rng);
    free(self->scratch);
    free(self);
    puts("played");
    return 0;
}
