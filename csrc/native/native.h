/* linnet's own engine: plays an exact graph step by step, for one or many rows, with the bits that onnxruntime gives.
 *
 * A model is packed once and then only read, so that any number of threads may step through it.
 */
#ifndef LINNET_NATIVE_H
#define LINNET_NATIVE_H

#include "native/exact.h"
#include "native/kernels.h"

typedef struct {
    const int8_t *weights; /* packed, see kernels.h */
    const int32_t *start;  /* of the sums, a number for each packed column, as all below */
    const float *scale, *bias;
    size_t groups; /* of four inputs */
    size_t blocks;
} native_product;

typedef struct {
    const kernel *kernel;
    int32_t width, columns, ids, embedding, units, layers, outputs, latent;
    int writes;
    const int8_t *table;
    const float *table_scale;
    struct {
        const float *keys;
        int64_t places, offset;
        int32_t column;
    } place[2];
    kernel_tables tables;
    native_product layer[EXACT_LAYERS_MOST], output, told;
} native_model;

enum { NATIVE_ALIGNMENT = 64 };

/* Bytes that a packed model takes. */
size_t native_size(const exact_graph *graph, const kernel *kernel);

/* Is told of bytes of the file that are packed, and not read again. */
typedef void native_done(const void *from, size_t bytes);

/* Packs a model into so many bytes of zeros at an address that is a multiple of NATIVE_ALIGNMENT, which must last as long as the
 * model; the graph and its file may go. `done`, which may be NULL, hears of each large tensor. */
void native_pack(native_model *self, const exact_graph *graph, const kernel *kernel, void *memory, native_done *done);

/* A step of some rows: where its tensors lie, each row by row. What is written may not lie where something is read. */
typedef struct {
    int32_t rows;
    const int64_t *features; /* (rows, width) */
    const float *latents;    /* (rows, latent) */
    /* (rows, units): uint8 h of layer 0, float c of layer 0, h of layer 1 .. */
    const void *state[2 * EXACT_LAYERS_MOST];
    void *next[2 * EXACT_LAYERS_MOST];
    float *logits; /* (rows, outputs) */
} native_step;

/* Bytes that a step of so many rows works in. */
size_t native_work_size(const native_model *self, int32_t rows);

enum { NATIVE_NO_ROW = -1, NATIVE_NO_PLACE = -2 };

/* Takes a step, in work space at a multiple of NATIVE_ALIGNMENT. Returns 0; NATIVE_NO_ROW when features are outside the
 * embedding, NATIVE_NO_PLACE when they are at a place that has no key: nothing is written then. */
int native_run(const native_model *self, const native_step *step, void *work);

/* What such a code means, in words. */
const char *native_words(int code);

#endif
