/* Model files for linnet's own engine: small exact graphs with damage in them. What is refused must be refused in words, and
 * what is not must play without a step out of its memory. */
#include "native/native.h"

#include "input.h"

enum { SEED_COUNT = 4, SEED_MOST = 1 << 14, DAMAGES_MOST = 6, GROWN_MOST = 200, ROWS_MOST = 3, UNITS_MOST = 256 };

typedef struct {
    uint8_t data[SEED_MOST];
    size_t size;
} seed;

/* Made by tests/fuzz/seeds/make.py. SEEDS, their folder, is given by whoever builds this. */
static const seed *seed_of(uint32_t number) {
    static seed seeds[SEED_COUNT];
    static const char *const paths[SEED_COUNT] = {SEEDS "/plain.onnx", SEEDS "/sliced.onnx", SEEDS "/latent.onnx",
                                                  SEEDS "/writes.onnx"};
    seed *self = &seeds[number];
    if (!self->size) {
        FILE *file = fopen(paths[number], "rb");
        expect(file != NULL, paths[number]);
        self->size = fread(self->data, 1, SEED_MOST, file);
        expect(self->size > 0 && self->size < SEED_MOST, paths[number]);
        fclose(file);
    }
    return self;
}

/* A file of one of the seeds, with a few of its bytes changed, left out, doubled or put in. */
static uint8_t *damaged(input *in, size_t *size) {
    const seed *from = seed_of(below(in, SEED_COUNT));
    uint8_t *file = memory(from->size + GROWN_MOST);
    size_t most = from->size + GROWN_MOST;
    memcpy(file, from->data, *size = from->size);
    for (uint32_t n = below(in, DAMAGES_MOST); n && *size; n--) {
        const size_t at = word(in, 2) % *size, some = 1 + below(in, 16), rest = *size - at;
        switch (below(in, 6)) {
        case 0:
            file[at] ^= (uint8_t)(1u << below(in, 8));
            break;
        case 1:
            file[at] = (uint8_t)below(in, 256);
            break;
        case 2:
            for (size_t i = 0; i < 9 && i < rest; i++)
                file[at + i] = 0xFF;
            break;
        case 3:
            if (some < rest) {
                memmove(file + at, file + at + some, rest - some);
                *size -= some;
            }
            break;
        case 4:
            if (*size + some <= most) {
                memmove(file + at + some, file + at, rest);
                *size += some;
            }
            break;
        default:
            if (below(in, 4) == 0)
                *size = at;
        }
    }
    return file;
}

static void play(input *in, const exact_graph *graph, const kernel *kernel) {
    native_model model;
    void *blocks[4 * EXACT_LAYERS_MOST];
    const size_t size = native_size(graph, kernel), rows = 1 + below(in, ROWS_MOST);
    uint8_t *packed = memory(size + NATIVE_ALIGNMENT), *work;
    memset(packed, 0, size + NATIVE_ALIGNMENT);
    native_pack(&model, graph, kernel, packed + (NATIVE_ALIGNMENT - (uintptr_t)packed % NATIVE_ALIGNMENT), NULL);
    const size_t space = native_work_size(&model, (int32_t)rows), units = (size_t)model.units;
    work = memory(space + NATIVE_ALIGNMENT);
    memset(work, 0, space + NATIVE_ALIGNMENT);
    int64_t *features = memory(rows * (size_t)model.width * sizeof *features);
    float *latents = memory(rows * (size_t)model.latent * sizeof *latents);
    float *logits = memory(rows * (size_t)model.outputs * sizeof *logits);
    for (size_t i = 0; i < rows * (size_t)model.width; i++)
        features[i] = below(in, 64) ? (int64_t)(word(in, 2) % (uint64_t)model.ids) : (int64_t)word(in, 8);
    for (size_t i = 0; i < rows * (size_t)model.latent; i++) {
        const uint32_t bits = (uint32_t)word(in, 4); /* any float at all */
        memcpy(&latents[i], &bits, sizeof bits);
    }
    native_step step = {.rows = (int32_t)rows, .features = features, .latents = latents, .logits = logits};
    for (int i = 0; i < 2 * model.layers; i++) {
        const size_t bytes = rows * units * (i % 2 ? 4 : 1);
        uint8_t *state = blocks[2 * i] = memory(bytes);
        for (size_t k = 0; k < bytes; k++)
            state[k] = (uint8_t)word(in, 1);
        step.state[i] = state;
        step.next[i] = blocks[2 * i + 1] = memory(bytes);
    }
    const int code = native_run(&model, &step, work + (NATIVE_ALIGNMENT - (uintptr_t)work % NATIVE_ALIGNMENT));
    expect(code <= 0 && (!code || *native_words(code)), "a step, or why not");
    for (int i = 0; i < 4 * model.layers; i++)
        free(blocks[i]);
    free(features);
    free(latents);
    free(logits);
    free(packed);
    free(work);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static onnx_file file;
    exact_graph graph;
    native_problem problem = {{0}};
    input in = {data, data + size, 0};
    size_t length;
    uint8_t *given = damaged(&in, &length), *exact = memory(length); /* to the byte */
    memcpy(exact, given, length);
    free(given);
    int code = onnx_read(&file, exact, length, &problem);
    if (!code)
        code = exact_recognise(&graph, &file, &problem);
    expect(code == 0 || code == NATIVE_DAMAGED || code == NATIVE_NOT_EXACT, "a code");
    expect(code == 0 || problem.text[0], "why it is refused");
    if (!code && graph.units <= UNITS_MOST) {
        int count = 0;
        while (kernel_at(count))
            count++;
        const kernel *kernel = kernel_at((int)below(&in, (uint32_t)count));
        if (kernel_runs(kernel))
            play(&in, &graph, kernel);
    }
    free(exact);
    return 0;
}
