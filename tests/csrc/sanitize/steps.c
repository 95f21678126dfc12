/* linnet's own engine without Python: `steps FILE ROWS STEPS` takes so many steps of so many rows with features and latents by
 * lot, in every version of its inner loops that the processor runs, and prints a hash of all that came out. It says "refused"
 * where the file is none that it plays. With THREADS defined so many threads take them at once, all by one packed model. */
#include "native/native.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef THREADS
#include <pthread.h>
#endif

/* Zeros, at an address that the engine wants; `block` is to be freed. */
static void *memory(size_t size, void **block) {
    *block = calloc(size + NATIVE_ALIGNMENT, 1);
    if (!*block) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return (char *)*block + (NATIVE_ALIGNMENT - (uintptr_t)*block % NATIVE_ALIGNMENT);
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s cannot be opened\n", path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size + 1);
    if (!data || fread(data, 1, *size, file) != *size)
        exit(1);
    fclose(file);
    return data;
}

static uint64_t hash(uint64_t so_far, const void *data, size_t size) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        so_far = (so_far ^ bytes[i]) * 1099511628211u;
    return so_far;
}

static int64_t below(rng_state *rng, int64_t limit) { return (int64_t)(rng_uniform(rng) * (double)limit); }

/* Features that the network knows, at places that have keys. */
static void draw(rng_state *rng, const native_model *model, int64_t *features, float *latents, int32_t rows) {
    for (int32_t row = 0; row < rows; row++, features += model->width, latents += model->latent) {
        for (int32_t i = 0; i < model->width; i++)
            features[i] = below(rng, model->ids);
        for (int i = 0; (model->latent || model->writes) && i < 2; i++) {
            const int64_t first = -model->place[i].offset, id = first - 2 + below(rng, model->place[i].places + 2);
            features[model->place[i].column] = id < 0 ? 0 : id < model->ids ? id : model->ids - 1;
        }
        for (int32_t i = 0; i < model->latent; i++)
            latents[i] = (float)below(rng, 65) / 8 - 4;
    }
}

static uint64_t play(const native_model *model, int32_t rows, long steps) {
    native_step step[2] = {{0}, {0}};
    uint64_t found = 14695981039346656037u;
    rng_state rng = {1, 2, 0};
    void *space;
    const size_t count = (size_t)rows, bytes = count * (size_t)model->units;
    void *work = memory(native_work_size(model, rows), &space);
    int64_t *features = malloc(count * (size_t)model->width * sizeof *features);
    float *latents = malloc(count * (size_t)model->latent * sizeof *latents + 1);
    float *logits = malloc(count * (size_t)model->outputs * sizeof *logits);
    void *states[2][2 * EXACT_LAYERS_MOST];
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < 2 * model->layers; i++) {
            states[side][i] = malloc(i % 2 ? 4 * bytes : bytes);
            memset(states[side][i], i % 2 ? 0 : 128, i % 2 ? 4 * bytes : bytes);
        }
    for (int side = 0; side < 2; side++) {
        step[side] = (native_step){.rows = rows, .features = features, .latents = latents, .logits = logits};
        for (int i = 0; i < 2 * model->layers; i++) {
            step[side].state[i] = states[side][i];
            step[side].next[i] = states[1 - side][i];
        }
    }
    for (long n = 0; n < steps; n++) {
        draw(&rng, model, features, latents, rows);
        if (native_run(model, &step[n % 2], work)) {
            fprintf(stderr, "a step failed\n");
            exit(1);
        }
        found = hash(found, logits, count * (size_t)model->outputs * sizeof *logits);
        for (int i = 0; i < 2 * model->layers; i++)
            found = hash(found, step[n % 2].next[i], i % 2 ? 4 * bytes : bytes);
    }
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < 2 * model->layers; i++)
            free(states[side][i]);
    free(features);
    free(latents);
    free(logits);
    free(space);
    return found;
}

#ifdef THREADS
typedef struct {
    const native_model *model;
    int32_t rows;
    long steps;
    uint64_t found;
} player;

static void *play_one(void *argument) {
    player *self = argument;
    self->found = play(self->model, self->rows, self->steps);
    return NULL;
}

static uint64_t play_all(const native_model *model, int32_t rows, long steps) {
    pthread_t threads[THREADS];
    player players[THREADS];
    for (int i = 0; i < THREADS; i++) {
        players[i] = (player){model, rows, steps, 0};
        if (pthread_create(&threads[i], NULL, play_one, &players[i]))
            exit(1);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (players[i].found != players[0].found) {
            fprintf(stderr, "threads came to different ends\n");
            exit(1);
        }
    }
    return players[0].found;
}
#else
#define play_all play
#endif

static uint64_t play_with(const exact_graph *graph, const kernel *kernel, int32_t rows, long steps) {
    native_model model;
    void *packed;
    native_pack(&model, graph, kernel, memory(native_size(graph, kernel), &packed), NULL);
    const uint64_t found = play_all(&model, rows, steps);
    free(packed);
    return found;
}

int main(int argc, char **argv) {
    static onnx_file file;
    static exact_graph graph;
    native_problem problem;
    size_t size;
    if (argc != 4) {
        fprintf(stderr, "usage: steps FILE ROWS STEPS\n");
        return 1;
    }
    uint8_t *data = read_file(argv[1], &size);
    if (onnx_read(&file, data, size, &problem) || exact_recognise(&graph, &file, &problem)) {
        printf("refused: %s\n", problem.text);
        free(data);
        return 0;
    }
    for (int i = 0; kernel_at(i); i++)
        if (kernel_runs(kernel_at(i)))
            printf("%s %016llx\n", kernel_at(i)->name,
                   (unsigned long long)play_with(&graph, kernel_at(i), (int32_t)atoi(argv[2]), atol(argv[3])));
    free(data);
    return 0;
}
