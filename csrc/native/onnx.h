/* What an ONNX file says, as far as an exact graph can say it: nodes, constants, inputs and outputs, metadata. Everything in it
 * points into the bytes of the file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
#ifndef LINNET_ONNX_H
#define LINNET_ONNX_H

#include "native/protobuf.h"

enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT8 = 3, ONNX_INT32 = 6, ONNX_INT64 = 7, ONNX_FLOAT16 = 10 };

enum {
    ONNX_NODES_MOST = 320,
    ONNX_CONSTANTS_MOST = 96,
    ONNX_VALUES_MOST = 24,
    ONNX_METADATA_MOST = 64,
    ONNX_NODE_INPUTS_MOST = 4,
    ONNX_NODE_OUTPUTS_MOST = 4,
    ONNX_RANK_MOST = 2
};

typedef struct {
    proto_bytes op, inputs[ONNX_NODE_INPUTS_MOST], outputs[ONNX_NODE_OUTPUTS_MOST];
    int input_count, output_count;
    proto_bytes attribute; /* name of the only one, a whole number; empty = none */
    int64_t attribute_value;
} onnx_node;

typedef struct {
    proto_bytes name;
    int type, rank;
    int64_t shape[ONNX_RANK_MOST];
    proto_bytes data; /* little-endian, as many bytes as the shape says */
} onnx_constant;

/* An input or output of the graph. */
typedef struct {
    proto_bytes name;
    int type, rank;
    int64_t shape[ONNX_RANK_MOST]; /* -1 = any */
} onnx_value;

typedef struct {
    proto_bytes key, value;
} onnx_metadata;

typedef struct {
    int64_t ir_version, opset;
    onnx_node nodes[ONNX_NODES_MOST];
    onnx_constant constants[ONNX_CONSTANTS_MOST];
    onnx_value inputs[ONNX_VALUES_MOST], outputs[ONNX_VALUES_MOST];
    onnx_metadata metadata[ONNX_METADATA_MOST];
    int node_count, constant_count, input_count, output_count, metadata_count;
} onnx_file;

enum {
    NATIVE_DAMAGED = -1,  /* no ONNX file, or a damaged one */
    NATIVE_NOT_EXACT = -2 /* none that linnet's own engine plays; problem: what is other */
};

/* What is wrong, in plain words, cut short if need be. */
typedef struct {
    char text[256];
} native_problem;

/* Reads a file; `data` must last as long as `self` is used. Returns 0 or a code from above. */
int onnx_read(onnx_file *self, const uint8_t *data, size_t size, native_problem *problem);

/* Bytes of one element; 0 for other types. */
size_t onnx_type_size(int type);

/* Elements of a constant. */
size_t onnx_count(const onnx_constant *constant);

/* The number at a place of a constant of ONNX_FLOAT or ONNX_FLOAT16, and of ONNX_INT64. */
float onnx_float(const onnx_constant *constant, size_t place);
int64_t onnx_whole(const onnx_constant *constant, size_t place);

#endif
