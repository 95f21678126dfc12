/* The exact graph, recognised: docstring of export/linnet_export/exact.py says what it computes. A file of any other graph is
 * refused, so whoever has one of these need not check anything in it again. */
#ifndef LINNET_EXACT_H
#define LINNET_EXACT_H

#include "native/onnx.h"

enum {
    EXACT_LAYERS_MOST = 8,
    EXACT_SIDE_MOST = 8192,   /* units of a layer, numbers of an embedding or a latent, four for each output */
    EXACT_COLUMNS_MOST = 256, /* of the features: so many bytes add up within 16 bits */
    EXACT_WEIGHT_MOST = 63    /* seven bits: two products with a byte add up within 16 bits, four with a signed one */
};

/* A product of bytes and integers, and what its sums are multiplied by. */
typedef struct {
    const onnx_constant *weight; /* int8 (inputs, outputs) */
    const onnx_constant *scale;  /* float (outputs,) */
    const onnx_constant *bias;   /* float (outputs,); NULL = none */
} exact_product;

/* Keys of a kind of place: row max(features[column] + offset, 0). */
typedef struct {
    const onnx_constant *keys; /* float16 (places, latent or outputs) */
    int32_t column;
    int64_t offset;
} exact_place;

typedef struct {
    int32_t width;   /* of the features */
    int32_t columns; /* of them that are looked up, from the left */
    int32_t ids;
    int32_t embedding; /* numbers that a row of the table has */
    int32_t units, layers, outputs;
    int32_t latent;  /* numbers in the latent; 0 = it takes none */
    int writes;      /* its outputs are multiplied by the keys of the place */
    const onnx_constant *table, *table_scale; /* int8 (ids, embedding), float (embedding,) */
    exact_place bar, position; /* where there is a latent, or it writes */
    exact_product layer[EXACT_LAYERS_MOST], output;
    exact_product told; /* what the outputs take from the latent */
    const onnx_constant *gates, *cell; /* tables, float */
    float first, last;                 /* what lies beyond them is put there, before the bias */
    float cell_first, cell_last;
    /* States, in this order: h of layer 0, c of layer 0, h of layer 1 .. */
    proto_bytes state_in[2 * EXACT_LAYERS_MOST], state_out[2 * EXACT_LAYERS_MOST];
} exact_graph;

/* Recognises the graph of a file, which must last as long as `self` is used. Returns 0, or NATIVE_NOT_EXACT: see `problem`. */
int exact_recognise(exact_graph *self, const onnx_file *file, native_problem *problem);

#endif
