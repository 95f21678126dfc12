#include "native/onnx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Readers return 0, or a code of onnx.h after they have said what is wrong. */

static int damaged(native_problem *problem, const char *what) {
    snprintf(problem->text, sizeof problem->text, "%s is damaged", what);
    return NATIVE_DAMAGED;
}

static int other(native_problem *problem, const char *what) {
    snprintf(problem->text, sizeof problem->text, "it has %s", what);
    return NATIVE_NOT_EXACT;
}

size_t onnx_type_size(int type) {
    switch (type) {
    case ONNX_UINT8:
    case ONNX_INT8:
        return 1;
    case ONNX_FLOAT16:
        return 2;
    case ONNX_FLOAT:
    case ONNX_INT32:
        return 4;
    case ONNX_INT64:
        return 8;
    default:
        return 0;
    }
}

static int holds(const proto_field *field, uint32_t number, int kind) {
    return field->number == number && field->kind == kind;
}

/* ---- nodes ----------------------------------------------------------------------------------------------------- */

enum { ATTRIBUTE_INT = 2 };

static int read_attribute(onnx_node *node, proto_bytes message, native_problem *problem) {
    proto_field field;
    int found, type = 0;
    if (proto_size(node->attribute))
        return other(problem, "a node with several attributes");
    while ((found = proto_next(&message, &field)) > 0) {
        if (holds(&field, 1, PROTO_BYTES))
            node->attribute = field.bytes;
        else if (holds(&field, 3, PROTO_VARINT))
            node->attribute_value = (int64_t)field.value;
        else if (holds(&field, 20, PROTO_VARINT))
            type = field.value == ATTRIBUTE_INT ? ATTRIBUTE_INT : 0;
        else
            return other(problem, "an attribute that is no whole number");
    }
    if (found < 0 || !proto_size(node->attribute))
        return damaged(problem, "an attribute");
    return type == ATTRIBUTE_INT ? 0 : other(problem, "an attribute that is no whole number");
}

static int read_node(onnx_file *self, proto_bytes message, native_problem *problem) {
    proto_field field;
    int found;
    if (self->node_count == ONNX_NODES_MOST)
        return other(problem, "too many nodes");
    onnx_node *node = &self->nodes[self->node_count++];
    while ((found = proto_next(&message, &field)) > 0) {
        if (holds(&field, 1, PROTO_BYTES)) {
            if (node->input_count == ONNX_NODE_INPUTS_MOST)
                return other(problem, "a node with many inputs");
            node->inputs[node->input_count++] = field.bytes;
        } else if (holds(&field, 2, PROTO_BYTES)) {
            if (node->output_count == ONNX_NODE_OUTPUTS_MOST)
                return other(problem, "a node with many outputs");
            node->outputs[node->output_count++] = field.bytes;
        } else if (holds(&field, 4, PROTO_BYTES)) {
            node->op = field.bytes;
        } else if (holds(&field, 5, PROTO_BYTES)) {
            const int code = read_attribute(node, field.bytes, problem);
            if (code)
                return code;
        } else if (!holds(&field, 3, PROTO_BYTES) && !holds(&field, 6, PROTO_BYTES) /* name and remarks */
                   && !(holds(&field, 7, PROTO_BYTES) && !proto_size(field.bytes))) {
            return other(problem, "a node of another domain");
        }
    }
    return found < 0 ? damaged(problem, "a node") : 0;
}

/* ---- constants --------------------------------------------------------------------------------------------------- */

enum { SIZE_MOST = 1 << 28 }; /* along a side */

static int add_side(int *rank, int64_t *shape, uint64_t size, native_problem *problem) {
    if (*rank == ONNX_RANK_MOST)
        return other(problem, "a tensor of many dimensions");
    if (size > SIZE_MOST)
        return damaged(problem, "the shape of a tensor");
    shape[(*rank)++] = (int64_t)size;
    return 0;
}

static int read_sides(onnx_constant *constant, const proto_field *field, native_problem *problem) {
    proto_bytes packed = field->bytes;
    uint64_t size;
    if (field->kind == PROTO_VARINT)
        return add_side(&constant->rank, constant->shape, field->value, problem);
    while (packed.at < packed.end) {
        if (proto_varint(&packed, &size))
            return damaged(problem, "the shape of a tensor");
        const int code = add_side(&constant->rank, constant->shape, size, problem);
        if (code)
            return code;
    }
    return 0;
}

static int read_constant(onnx_file *self, proto_bytes message, native_problem *problem) {
    proto_field field;
    int found, code;
    if (self->constant_count == ONNX_CONSTANTS_MOST)
        return other(problem, "too many constants");
    onnx_constant *constant = &self->constants[self->constant_count++];
    while ((found = proto_next(&message, &field)) > 0) {
        if (field.number == 1 && (field.kind == PROTO_VARINT || field.kind == PROTO_BYTES)) {
            if ((code = read_sides(constant, &field, problem)))
                return code;
        } else if (holds(&field, 2, PROTO_VARINT)) {
            constant->type = field.value < 256 ? (int)field.value : 0;
        } else if (holds(&field, 8, PROTO_BYTES)) {
            constant->name = field.bytes;
        } else if (holds(&field, 9, PROTO_BYTES)) {
            constant->data = field.bytes;
        } else if (!holds(&field, 12, PROTO_BYTES)) {
            return other(problem, "a constant that is kept in another way");
        }
    }
    if (found < 0)
        return damaged(problem, "a constant");
    uint64_t bytes = onnx_type_size(constant->type); /* at most 2^59 in the end */
    if (!bytes)
        return other(problem, "a constant of another type");
    for (int i = 0; i < constant->rank; i++)
        bytes *= (uint64_t)constant->shape[i];
    return bytes == proto_size(constant->data) ? 0 : damaged(problem, "a constant");
}

/* ---- inputs and outputs -------------------------------------------------------------------------------------------- */

static int read_shape(onnx_value *value, proto_bytes message, native_problem *problem) {
    proto_field field, side;
    int found, code;
    while ((found = proto_next(&message, &field)) > 0) {
        if (!holds(&field, 1, PROTO_BYTES))
            return other(problem, "an input or output of another kind");
        int64_t size = -1;
        int inner;
        while ((inner = proto_next(&field.bytes, &side)) > 0)
            if (holds(&side, 1, PROTO_VARINT))
                size = side.value <= SIZE_MOST ? (int64_t)side.value : -1;
        if (inner < 0)
            return damaged(problem, "the shape of an input or output");
        if ((code = add_side(&value->rank, value->shape, 0, problem)))
            return code;
        value->shape[value->rank - 1] = size;
    }
    return found < 0 ? damaged(problem, "the shape of an input or output") : 0;
}

static int read_type(onnx_value *value, proto_bytes message, native_problem *problem) {
    proto_field field, inner;
    int found, code, type_found = 0;
    while ((found = proto_next(&message, &field)) > 0) {
        if (!holds(&field, 1, PROTO_BYTES) || type_found)
            return other(problem, "an input or output that is no tensor");
        type_found = 1;
        while ((found = proto_next(&field.bytes, &inner)) > 0) {
            if (holds(&inner, 1, PROTO_VARINT))
                value->type = inner.value < 256 ? (int)inner.value : 0;
            else if (!holds(&inner, 2, PROTO_BYTES))
                return other(problem, "an input or output of another kind");
            else if ((code = read_shape(value, inner.bytes, problem)))
                return code;
        }
        if (found < 0)
            break;
    }
    return found < 0 ? damaged(problem, "the type of an input or output") : 0;
}

static int read_value(onnx_value *values, int *count, proto_bytes message, native_problem *problem) {
    proto_field field;
    int found, code;
    if (*count == ONNX_VALUES_MOST)
        return other(problem, "too many inputs or outputs");
    onnx_value *value = &values[(*count)++];
    while ((found = proto_next(&message, &field)) > 0) {
        if (holds(&field, 1, PROTO_BYTES))
            value->name = field.bytes;
        else if (!holds(&field, 2, PROTO_BYTES))
            continue; /* remarks */
        else if ((code = read_type(value, field.bytes, problem)))
            return code;
    }
    return found < 0 ? damaged(problem, "an input or output") : 0;
}

/* ---- the file -------------------------------------------------------------------------------------------------------- */

static int read_graph(onnx_file *self, proto_bytes message, native_problem *problem) {
    proto_field field;
    int found, code;
    while ((found = proto_next(&message, &field)) > 0) {
        if (field.kind != PROTO_BYTES)
            return damaged(problem, "the graph");
        switch (field.number) {
        case 1:
            code = read_node(self, field.bytes, problem);
            break;
        case 5:
            code = read_constant(self, field.bytes, problem);
            break;
        case 11:
            code = read_value(self->inputs, &self->input_count, field.bytes, problem);
            break;
        case 12:
            code = read_value(self->outputs, &self->output_count, field.bytes, problem);
            break;
        case 2:  /* its name */
        case 10: /* remarks */
            code = 0;
            break;
        default:
            code = other(problem, "more than nodes and constants");
        }
        if (code)
            return code;
    }
    return found < 0 ? damaged(problem, "the graph") : 0;
}

/* Two texts: of metadata a key and a value; of an opset its domain, and in `number` its version. */
static int read_pair(proto_bytes message, proto_bytes *first, proto_bytes *second, int64_t *number) {
    proto_field field;
    int found;
    while ((found = proto_next(&message, &field)) > 0) {
        if (holds(&field, 1, PROTO_BYTES))
            *first = field.bytes;
        else if (holds(&field, 2, PROTO_BYTES))
            *second = field.bytes;
        else if (holds(&field, 2, PROTO_VARINT))
            *number = (int64_t)field.value;
    }
    return found;
}

static int read_metadata(onnx_file *self, proto_bytes message, native_problem *problem) {
    int64_t none;
    if (self->metadata_count == ONNX_METADATA_MOST)
        return other(problem, "too much metadata");
    onnx_metadata *entry = &self->metadata[self->metadata_count++];
    return read_pair(message, &entry->key, &entry->value, &none) < 0 ? damaged(problem, "its metadata") : 0;
}

static int read_opset(onnx_file *self, proto_bytes message, native_problem *problem) {
    proto_bytes domain = {message.at, message.at}, none;
    if (self->opset)
        return other(problem, "operators of several domains");
    if (read_pair(message, &domain, &none, &self->opset) < 0)
        return damaged(problem, "the version of its operators");
    return proto_size(domain) ? other(problem, "operators of another domain") : 0;
}

int onnx_read(onnx_file *self, const uint8_t *data, size_t size, native_problem *problem) {
    proto_bytes message = {data, data + size};
    proto_field field;
    int found, code = 0, graphs = 0;
    memset(self, 0, sizeof *self);
    while ((found = proto_next(&message, &field)) > 0) {
        if (holds(&field, 1, PROTO_VARINT))
            self->ir_version = (int64_t)field.value;
        else if (holds(&field, 7, PROTO_BYTES))
            code = graphs++ ? other(problem, "several graphs") : read_graph(self, field.bytes, problem);
        else if (holds(&field, 8, PROTO_BYTES))
            code = read_opset(self, field.bytes, problem);
        else if (holds(&field, 14, PROTO_BYTES))
            code = read_metadata(self, field.bytes, problem);
        else if (field.number > 6)
            code = other(problem, "more than a graph");
        if (code)
            return code;
    }
    if (found < 0 || !graphs)
        return damaged(problem, "the file");
    return 0;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static uint64_t little_endian(const uint8_t *at, int bytes) {
    uint64_t word = 0;
    for (int i = 0; i < bytes; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

static float from_half(uint32_t half) {
    const uint32_t exponent = half >> 10 & 31, fraction = half & 1023;
    float value = (float)(exponent ? fraction + 1024 : fraction);
    for (uint32_t i = exponent ? exponent : 1; i < 25; i++)
        value *= 0.5f; /* exact */
    for (uint32_t i = 25; i < exponent; i++)
        value *= 2.0f;
    if (exponent == 31)
        value = INFINITY; /* or no number; both are refused */
    return half >> 15 ? -value : value;
}

float onnx_float(const onnx_constant *constant, size_t place) {
    if (constant->type == ONNX_FLOAT16)
        return from_half((uint32_t)little_endian(constant->data.at + 2 * place, 2));
    const uint32_t bits = (uint32_t)little_endian(constant->data.at + 4 * place, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int64_t onnx_whole(const onnx_constant *constant, size_t place) {
    return (int64_t)little_endian(constant->data.at + 8 * place, 8);
}

size_t onnx_count(const onnx_constant *constant) { return proto_size(constant->data) / onnx_type_size(constant->type); }
