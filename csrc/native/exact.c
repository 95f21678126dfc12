#include "native/exact.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- matching ------------------------------------------------------------------------------------------------------ */

/* Walks the nodes in the order in which linnet-export writes them. What does not match is told once; after it nothing
 * matches, and the texts and constants that come back are empty ones. */
typedef struct {
    const onnx_file *file;
    native_problem *problem;
    int at;
    int failed;
} matcher;

static const onnx_constant NOTHING;
static const proto_bytes NONE;

static void refuse(matcher *m, const char *what, proto_bytes name) {
    if (m->failed)
        return;
    m->failed = 1;
    const size_t size = proto_size(name);
    snprintf(m->problem->text, sizeof m->problem->text, "%s%s%.*s%s", what, size ? " '" : "",
             (int)(size < 80 ? size : 80), size ? (const char *)name.at : "", size ? "'" : "");
}

static void must(matcher *m, int holds, const char *what) {
    if (!holds)
        refuse(m, what, NONE);
}

/* The next node. */
static const onnx_node *take(matcher *m, const char *op, int inputs, const proto_bytes *names, int outputs) {
    static const onnx_node nothing;
    if (m->failed)
        return &nothing;
    if (m->at == m->file->node_count) {
        refuse(m, "its graph ends early", NONE);
        return &nothing;
    }
    const onnx_node *node = &m->file->nodes[m->at++];
    int same = proto_is(node->op, op) && node->input_count == inputs && node->output_count == outputs;
    for (int i = 0; same && i < inputs; i++)
        same = proto_equal(node->inputs[i], names[i]);
    if (same)
        return node;
    char what[64];
    snprintf(what, sizeof what, "there is no %s where one should be, but", op);
    refuse(m, what, node->output_count ? node->outputs[0] : node->op);
    return &nothing;
}

/* The output of the next node, which has one attribute, or none where `attribute` is NULL. */
static proto_bytes with(matcher *m, const char *op, const char *attribute, int64_t value, proto_bytes a, proto_bytes b,
                        proto_bytes c) {
    const proto_bytes names[3] = {a, b, c};
    const int inputs = c.at ? 3 : b.at ? 2 : 1;
    const onnx_node *node = take(m, op, inputs, names, 1);
    if (attribute ? !proto_is(node->attribute, attribute) || node->attribute_value != value
                  : proto_size(node->attribute) != 0)
        refuse(m, "it has another attribute:", node->op);
    return node->outputs[0];
}

static proto_bytes apply(matcher *m, const char *op, proto_bytes a, proto_bytes b, proto_bytes c) {
    return with(m, op, NULL, 0, a, b, c);
}

/* The input of the node that is next. */
static proto_bytes ahead(const matcher *m, int input) {
    if (m->failed || m->at == m->file->node_count || input >= m->file->nodes[m->at].input_count)
        return NONE;
    return m->file->nodes[m->at].inputs[input];
}

static int is_next(const matcher *m, const char *op) {
    return !m->failed && m->at < m->file->node_count && proto_is(m->file->nodes[m->at].op, op);
}

enum { ANY = -1, SCALAR = -2 };

/* A constant of so many rows and columns; `columns` SCALAR = a list, `rows` SCALAR = a single number. Floats must be finite. */
static const onnx_constant *constant(matcher *m, proto_bytes name, int type, int64_t rows, int64_t columns) {
    const int rank = rows == SCALAR ? 0 : columns == SCALAR ? 1 : 2;
    for (int i = 0; !m->failed && i < m->file->constant_count; i++) {
        const onnx_constant *found = &m->file->constants[i];
        if (!proto_equal(found->name, name))
            continue;
        if (found->type != type || found->rank != rank || (rank > 0 && rows != ANY && found->shape[0] != rows) ||
            (rank > 1 && columns != ANY && found->shape[1] != columns) || !proto_size(found->data))
            break;
        for (size_t k = 0; type == ONNX_FLOAT || type == ONNX_FLOAT16 ? k < onnx_count(found) : 0; k++)
            if (!isfinite(onnx_float(found, k))) {
                refuse(m, "it has a number that is not finite in", name);
                return &NOTHING;
            }
        return found;
    }
    refuse(m, "it has no such constant as it should:", name);
    return &NOTHING;
}

static float number(matcher *m, proto_bytes name) {
    const onnx_constant *found = constant(m, name, ONNX_FLOAT, SCALAR, SCALAR);
    return m->failed ? 0 : onnx_float(found, 0);
}

/* A whole number, or a list of one or two. */
static int64_t integer(matcher *m, proto_bytes name, int count, int place) {
    const onnx_constant *found = constant(m, name, ONNX_INT64, count ? count : SCALAR, SCALAR);
    return m->failed ? 0 : onnx_whole(found, (size_t)place);
}

static void must_be_128(matcher *m, proto_bytes name) {
    const onnx_constant *found = constant(m, name, ONNX_UINT8, SCALAR, SCALAR);
    must(m, m->failed || *found->data.at == 128, "its bytes have another middle than 128");
}

/* ---- parts of the graph ---------------------------------------------------------------------------------------------- */

static proto_bytes to_float(matcher *m, proto_bytes x) { return with(m, "Cast", "to", ONNX_FLOAT, x, NONE, NONE); }

static proto_bytes to_bytes(matcher *m, proto_bytes x, float unit) {
    const proto_bytes scale = ahead(m, 1), zero = ahead(m, 2);
    must(m, number(m, scale) == unit, "its bytes count in another unit");
    must_be_128(m, zero);
    return apply(m, "QuantizeLinear", x, scale, zero);
}

/* (x - 128) @ weight * scale */
static proto_bytes product(matcher *m, exact_product *self, proto_bytes x, int64_t inputs, int64_t outputs) {
    proto_bytes name = ahead(m, 1), zero = ahead(m, 2);
    self->weight = constant(m, name, ONNX_INT8, inputs, outputs);
    for (const uint8_t *w = self->weight->data.at; w < self->weight->data.end; w++)
        if ((int8_t)*w > EXACT_WEIGHT_MOST || (int8_t)*w < -EXACT_WEIGHT_MOST) {
            refuse(m, "it has weights of more than seven bits in", name);
            break;
        }
    must_be_128(m, zero);
    x = to_float(m, apply(m, "MatMulInteger", x, name, zero));
    name = ahead(m, 1);
    self->scale = constant(m, name, ONNX_FLOAT, self->weight->shape[1], SCALAR);
    return apply(m, "Mul", x, name, NONE);
}

static proto_bytes embed(matcher *m, exact_graph *self, proto_bytes features) {
    proto_bytes x = features;
    self->columns = self->width;
    if (is_next(m, "Slice")) { /* it reads the first of them alone */
        const proto_bytes bounds[4] = {x, ahead(m, 1), ahead(m, 2), ahead(m, 3)};
        const int64_t to = integer(m, bounds[2], 1, 0);
        must(m, integer(m, bounds[1], 1, 0) == 0 && integer(m, bounds[3], 1, 0) == 1 && to >= 1 && to <= self->width,
             "it reads other features than the first");
        self->columns = (int32_t)to;
        x = take(m, "Slice", 4, bounds, 1)->outputs[0];
    }
    const proto_bytes table = ahead(m, 0);
    self->table = constant(m, table, ONNX_INT8, ANY, ANY);
    self->ids = (int32_t)self->table->shape[0];
    self->embedding = (int32_t)self->table->shape[1];
    must(m, self->embedding <= EXACT_SIDE_MOST, "its embedding is too large");
    x = apply(m, "Gather", table, x, NONE);
    const proto_bytes ones = ahead(m, 0);
    const onnx_constant *one = constant(m, ones, ONNX_UINT8, self->columns, SCALAR);
    for (const uint8_t *at = one->data.at; at < one->data.end; at++)
        must(m, *at == 1, "it weighs its features");
    x = to_float(m, apply(m, "MatMulInteger", ones, x, NONE));
    const proto_bytes scale = ahead(m, 1);
    self->table_scale = constant(m, scale, ONNX_FLOAT, self->embedding, SCALAR);
    return to_bytes(m, apply(m, "Mul", x, scale, NONE), 1.0f);
}

static proto_bytes place(matcher *m, exact_graph *self, exact_place *kind, proto_bytes features, int64_t size) {
    proto_bytes name = ahead(m, 1);
    const int64_t column = integer(m, name, 0, 0);
    must(m, column >= 0 && column < self->width, "it has no column for the place");
    kind->column = (int32_t)column;
    proto_bytes x = with(m, "Gather", "axis", 1, features, name, NONE);
    name = ahead(m, 1);
    kind->offset = integer(m, name, 0, 0);
    must(m, kind->offset <= 0 && kind->offset > -(1 << 30), "it counts its places from elsewhere");
    x = apply(m, "Add", x, name, NONE);
    name = ahead(m, 1);
    must(m, integer(m, name, 0, 0) == 0, "it counts its places from elsewhere");
    x = apply(m, "Clip", x, name, NONE);
    name = ahead(m, 0);
    kind->keys = constant(m, name, ONNX_FLOAT16, ANY, size);
    return to_float(m, apply(m, "Gather", name, x, NONE));
}

static proto_bytes keys(matcher *m, exact_graph *self, proto_bytes features, int64_t size) {
    const proto_bytes bar = place(m, self, &self->bar, features, size);
    const proto_bytes position = place(m, self, &self->position, features, size);
    return apply(m, "Mul", bar, position, NONE);
}

/* table[int(x)], by way of a flat list */
static proto_bytes look_up(matcher *m, proto_bytes table, proto_bytes x, int64_t columns) {
    proto_bytes flat = ahead(m, 1);
    must(m, integer(m, flat, 1, 0) == -1, "it shapes its look-ups in another way");
    x = with(m, "Cast", "to", ONNX_INT32, apply(m, "Reshape", x, flat, NONE), NONE, NONE);
    x = with(m, "GatherElements", "axis", 0, table, x, NONE);
    const proto_bytes rows = ahead(m, 1);
    must(m, integer(m, rows, 2, 0) == -1 && integer(m, rows, 2, 1) == columns, "it shapes its look-ups in another way");
    return apply(m, "Reshape", x, rows, NONE);
}

/* All layers have these in common. */
static void same_number(matcher *m, int layer, float *known, float found) {
    must(m, layer == 0 || *known == found, "its layers are clipped in different ways");
    *known = found;
}

static void same_table(matcher *m, int layer, const onnx_constant **known, proto_bytes name) {
    const onnx_constant *found = constant(m, name, ONNX_FLOAT, ANY, SCALAR);
    must(m, layer == 0 || *known == found, "its layers have different tables");
    *known = found;
}

static void check_gates(matcher *m, const exact_graph *self, const onnx_constant *bias) {
    for (size_t i = 0; !m->failed && i < onnx_count(bias); i++) {
        const float b = onnx_float(bias, i), least = self->first + b, most = self->last + b;
        must(m, self->first <= self->last && least > -1.0f && most < (float)onnx_count(self->gates),
             "its gates look beyond their table");
    }
}

static proto_bytes layer(matcher *m, exact_graph *self, int index, proto_bytes x, int64_t inputs) {
    const int64_t units = self->units;
    const proto_bytes h = self->state_in[2 * index], c = self->state_in[2 * index + 1];
    exact_product *about = &self->layer[index];
    x = product(m, about, with(m, "Concat", "axis", 1, x, h, NONE), inputs + units, 4 * units);
    proto_bytes low = ahead(m, 1), high = ahead(m, 2);
    same_number(m, index, &self->first, number(m, low));
    same_number(m, index, &self->last, number(m, high));
    x = apply(m, "Clip", x, low, high);
    const proto_bytes bias = ahead(m, 1);
    about->bias = constant(m, bias, ONNX_FLOAT, 4 * units, SCALAR);
    x = apply(m, "Add", x, bias, NONE);
    proto_bytes table = m->at + 2 < m->file->node_count ? m->file->nodes[m->at + 2].inputs[0] : NONE;
    same_table(m, index, &self->gates, table);
    check_gates(m, self, about->bias);
    x = look_up(m, table, x, 4 * units);
    const onnx_node *split = take(m, "Split", 1, &x, 4);
    must(m, proto_is(split->attribute, "axis") && split->attribute_value == 1, "its gates are split in another way");
    const proto_bytes i = split->outputs[0], f = split->outputs[1], o = split->outputs[2], g = split->outputs[3];
    const proto_bytes kept = apply(m, "Mul", f, c, NONE);
    x = apply(m, "Add", kept, apply(m, "Mul", i, g, NONE), NONE);
    self->state_out[2 * index + 1] = x;
    low = ahead(m, 1), high = ahead(m, 2);
    same_number(m, index, &self->cell_first, number(m, low));
    same_number(m, index, &self->cell_last, number(m, high));
    x = apply(m, "Clip", x, low, high);
    table = m->at + 2 < m->file->node_count ? m->file->nodes[m->at + 2].inputs[0] : NONE;
    same_table(m, index, &self->cell, table);
    const float entries = m->failed ? 0 : (float)onnx_count(self->cell);
    must(m, self->cell_first <= self->cell_last && self->cell_first > -entries - 1 && self->cell_last < entries,
         "its cells look beyond their table");
    x = look_up(m, table, x, units);
    return self->state_out[2 * index] = to_bytes(m, apply(m, "Mul", o, x, NONE), 1.0f / 128);
}

/* ---- the whole --------------------------------------------------------------------------------------------------------- */

static int is_tensor(const onnx_value *value, int type) {
    return value->type == type && value->rank == 2 && value->shape[0] == -1 && value->shape[1] >= 1;
}

/* Names and shapes of what goes in. */
static void inputs(matcher *m, exact_graph *self) {
    const onnx_file *file = m->file;
    const int latent = file->input_count % 2 == 0;
    self->layers = (file->input_count - 1 - latent) / 2;
    if (self->layers < 1 || self->layers > EXACT_LAYERS_MOST || file->output_count != 1 + 2 * self->layers) {
        refuse(m, "it has other inputs or outputs", NONE);
        return;
    }
    const onnx_value *states = file->inputs + 1 + latent;
    must(m, is_tensor(file->inputs, ONNX_INT64) && file->inputs->shape[1] <= EXACT_COLUMNS_MOST,
         "its features are of another shape");
    self->width = (int32_t)file->inputs->shape[1];
    if (latent) {
        must(m, is_tensor(file->inputs + 1, ONNX_FLOAT) && file->inputs[1].shape[1] <= EXACT_SIDE_MOST,
             "its latent is of another shape");
        self->latent = (int32_t)file->inputs[1].shape[1];
    }
    for (int i = 0; i < 2 * self->layers; i++) {
        must(m, is_tensor(&states[i], i % 2 ? ONNX_FLOAT : ONNX_UINT8) && states[i].shape[1] <= EXACT_SIDE_MOST / 4 &&
                    states[i].shape[1] == states[0].shape[1],
             "its states are of another shape");
        self->state_in[i] = states[i].name;
    }
    self->units = (int32_t)states[0].shape[1];
}

static void is_output(matcher *m, proto_bytes name, int type, int64_t size) {
    int found = 0;
    for (int i = 0; i < m->file->output_count; i++) {
        const onnx_value *value = &m->file->outputs[i];
        found += proto_equal(value->name, name) && is_tensor(value, type) && value->shape[1] == size;
    }
    if (found != 1)
        refuse(m, "its outputs are others: there is no", name);
}

/* No two things have one name. */
static void names(matcher *m) {
    const onnx_file *file = m->file;
    proto_bytes all[4 * ONNX_NODES_MOST + ONNX_CONSTANTS_MOST + ONNX_VALUES_MOST];
    int count = 0;
    for (int i = 0; i < file->input_count; i++)
        all[count++] = file->inputs[i].name;
    for (int i = 0; i < file->constant_count; i++)
        all[count++] = file->constants[i].name;
    for (int i = 0; i < file->node_count; i++)
        for (int k = 0; k < file->nodes[i].output_count; k++)
            all[count++] = file->nodes[i].outputs[k];
    for (int i = 0; i < count; i++) {
        if (!proto_size(all[i]))
            refuse(m, "something in it has no name", NONE);
        for (int k = 0; k < i; k++)
            if (proto_equal(all[i], all[k]))
                refuse(m, "two things in it have the name", all[i]);
    }
}

int exact_recognise(exact_graph *self, const onnx_file *file, native_problem *problem) {
    matcher matching = {file, problem, 0, 0}, *m = &matching;
    memset(self, 0, sizeof *self);
    must(m, FLT_EVAL_METHOD == 0, "this build of linnet computes with more digits than it should");
    must(m, file->ir_version == 8 && file->opset == 17, "it is of another version of ONNX");
    names(m);
    inputs(m, self);
    if (m->failed)
        return NATIVE_NOT_EXACT;
    const proto_bytes features = file->inputs[0].name;
    proto_bytes x = embed(m, self, features), told = NONE;
    int64_t size = self->embedding;
    if (self->latent) {
        const proto_bytes key = keys(m, self, features, self->latent);
        told = to_bytes(m, apply(m, "Mul", file->inputs[1].name, key, NONE), 1.0f);
        x = with(m, "Concat", "axis", 1, x, told, NONE);
        size += self->latent;
    }
    for (int i = 0; i < self->layers; i++, size = self->units)
        x = layer(m, self, i, x, size);
    x = product(m, &self->output, x, self->units, ANY);
    self->outputs = (int32_t)self->output.weight->shape[1];
    must(m, self->outputs <= EXACT_SIDE_MOST, "it has too many outputs");
    if (self->latent)
        x = apply(m, "Add", x, product(m, &self->told, told, self->latent, self->outputs), NONE);
    const proto_bytes bias = ahead(m, 1);
    self->output.bias = constant(m, bias, ONNX_FLOAT, self->outputs, SCALAR);
    x = apply(m, "Add", x, bias, NONE);
    if (!self->latent && m->at < file->node_count) {
        self->writes = 1;
        x = apply(m, "Mul", x, keys(m, self, features, self->outputs), NONE);
    }
    if (m->at < file->node_count)
        refuse(m, "it goes on after its outputs, with", file->nodes[m->at].outputs[0]);
    is_output(m, x, ONNX_FLOAT, self->outputs);
    for (int i = 0; i < 2 * self->layers; i++)
        is_output(m, self->state_out[i], i % 2 ? ONNX_FLOAT : ONNX_UINT8, self->units);
    return m->failed ? NATIVE_NOT_EXACT : 0;
}
