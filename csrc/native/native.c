#include "native/native.h"

#include <string.h>

static size_t padded(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

/* ---- packing ---------------------------------------------------------------------------------------------------- */

/* Gives out memory piece by piece; without any it only counts. */
typedef struct {
    uint8_t *memory;
    size_t used;
    native_done *done; /* NULL: nobody is told */
} allotment;

static void *allot(allotment *self, size_t size) {
    void *at = self->memory ? self->memory + self->used : NULL;
    self->used += padded(size, NATIVE_ALIGNMENT);
    return at;
}

/* Which column of the file a packed column is, -1 for one that only fills up its block. `units` of a layer; 0 of the output. */
static int64_t column_of(size_t packed, size_t block, size_t units, size_t columns) {
    if (!units)
        return packed < columns ? (int64_t)packed : -1;
    const size_t quarter = block / 4, unit = packed / block * quarter + packed % quarter;
    return unit < units ? (int64_t)(packed % block / quarter * units + unit) : -1;
}

static const float *pack_floats(allotment *to, const onnx_constant *from, size_t packed, size_t block, size_t units,
                                int keeps_zero) {
    float *floats = allot(to, packed * sizeof *floats);
    for (size_t i = 0; floats && i < packed; i++) {
        const int64_t column = column_of(i, block, units, onnx_count(from));
        floats[i] = column >= 0 ? onnx_float(from, (size_t)column) : keeps_zero ? 0.0f : onnx_float(from, 0);
    }
    return floats;
}

/* Columns that stand side by side in the file and in a block: all of a block of the output, the same gate of units in a layer. */
static size_t run_of(size_t packed, size_t block, size_t units, size_t columns) {
    const size_t unit = packed / block * (block / 4);
    if (units)
        return unit + block / 4 <= units ? block / 4 : unit < units ? units - unit : 0;
    return packed + block <= columns ? block : columns - packed;
}

static void pack_weights(const exact_product *from, native_product *self, size_t block, size_t units, int8_t *weights,
                         int32_t *start) {
    const size_t inputs = (size_t)from->weight->shape[0], columns = (size_t)from->weight->shape[1];
    const size_t step = units ? block / 4 : block;
    const int8_t *row = (const int8_t *)from->weight->data.at;
    for (size_t k = 0; k < inputs; k++, row += columns)
        for (size_t i = 0; i < self->blocks * block; i += step) {
            const size_t count = run_of(i, block, units, columns);
            const int8_t *given = count ? row + column_of(i, block, units, columns) : row;
            int8_t *at = weights + i / block * block * 4 * self->groups + (k / 4 * block + i % block) * 4 + k % 4;
            for (size_t c = 0; c < count; c++) {
                at[4 * c] = given[c];
                start[i + c] -= 128 * given[c];
            }
        }
}

static void pack_product(allotment *to, native_product *self, const exact_product *from, const kernel *kernel, size_t units) {
    const size_t block = (size_t)kernel->block, columns = (size_t)from->weight->shape[1];
    const size_t packed = units ? padded(units, block / 4) * 4 : padded(columns, block);
    self->groups = padded((size_t)from->weight->shape[0], 4) / 4;
    self->blocks = packed / block;
    int8_t *weights = allot(to, 4 * self->groups * packed);
    int32_t *start = allot(to, packed * sizeof *start);
    if (weights)
        pack_weights(from, self, block, units, weights, start);
    if (weights && kernel->flip)
        memset(start, 0, packed * sizeof *start);
    self->weights = weights;
    self->start = start;
    self->scale = pack_floats(to, from->scale, packed, block, units, 1);
    /* what fills up a block looks up what the first column may look up */
    self->bias = from->bias ? pack_floats(to, from->bias, packed, block, units, 0) : NULL;
    if (weights && to->done)
        to->done(from->weight->data.at, proto_size(from->weight->data));
}

static const float *pack_table(allotment *to, const onnx_constant *from) {
    return pack_floats(to, from, onnx_count(from), onnx_count(from), 0, 1);
}

/* tanh of the cells from int(cell_first) to int(cell_last): in the file, those below zero stand at its end. */
static const float *pack_cells(allotment *to, const exact_graph *graph) {
    const int64_t first = (int64_t)graph->cell_first, last = (int64_t)graph->cell_last;
    const int64_t entries = (int64_t)onnx_count(graph->cell);
    float *cells = allot(to, (size_t)(last - first + 1) * sizeof *cells);
    for (int64_t k = first; cells && k <= last; k++)
        cells[k - first] = onnx_float(graph->cell, (size_t)(k < 0 ? k + entries : k));
    return cells;
}

static void pack(allotment *to, native_model *self, const exact_graph *graph, const kernel *kernel) {
    const size_t units = (size_t)graph->units;
    memset(self, 0, sizeof *self);
    self->kernel = kernel;
    self->width = graph->width, self->columns = graph->columns, self->ids = graph->ids;
    self->embedding = graph->embedding, self->units = graph->units, self->layers = graph->layers;
    self->outputs = graph->outputs, self->latent = graph->latent, self->writes = graph->writes;
    int8_t *table = allot(to, proto_size(graph->table->data));
    if (table)
        memcpy(table, graph->table->data.at, proto_size(graph->table->data));
    self->table = table;
    self->table_scale = pack_table(to, graph->table_scale);
    for (int i = 0; (self->latent || self->writes) && i < 2; i++) {
        const exact_place *place = i ? &graph->position : &graph->bar;
        self->place[i].keys = pack_table(to, place->keys);
        self->place[i].places = place->keys->shape[0];
        self->place[i].offset = place->offset;
        self->place[i].column = place->column;
    }
    self->tables = (kernel_tables){pack_table(to, graph->gates), pack_cells(to, graph), graph->first, graph->last,
                                   graph->cell_first, graph->cell_last};
    for (int i = 0; i < self->layers; i++)
        pack_product(to, &self->layer[i], &graph->layer[i], kernel, units);
    pack_product(to, &self->output, &graph->output, kernel, 0);
    if (self->latent)
        pack_product(to, &self->told, &graph->told, kernel, 0);
}

size_t native_size(const exact_graph *graph, const kernel *kernel) {
    native_model model;
    allotment none = {NULL, 0, NULL};
    pack(&none, &model, graph, kernel);
    return none.used;
}

void native_pack(native_model *self, const exact_graph *graph, const kernel *kernel, void *memory, native_done *done) {
    allotment all = {memory, 0, done};
    pack(&all, self, graph, kernel);
}

/* ---- a step ------------------------------------------------------------------------------------------------------- */

/* Work space: activations of all rows, what they are told, keys, and sums of an embedding. */
typedef struct {
    uint8_t *x, *told;
    size_t stride, told_stride;
    float *keys;
    int32_t *sums;
} workspace;

static workspace divide(const native_model *self, size_t rows, void *memory, size_t *size) {
    allotment all = {memory, 0, NULL};
    workspace work;
    const size_t units = (size_t)self->units, first = (size_t)(self->embedding + self->latent) + units;
    work.stride = padded(first > 2 * units ? first : 2 * units, NATIVE_ALIGNMENT);
    work.told_stride = padded((size_t)self->latent, NATIVE_ALIGNMENT);
    work.x = allot(&all, rows * work.stride);
    work.told = allot(&all, rows * work.told_stride);
    work.keys = allot(&all, (size_t)(self->writes ? self->outputs : self->latent) * sizeof *work.keys);
    work.sums = allot(&all, (size_t)self->embedding * sizeof *work.sums);
    *size = all.used;
    return work;
}

size_t native_work_size(const native_model *self, int32_t rows) {
    size_t size;
    divide(self, (size_t)rows, NULL, &size);
    return size;
}

static int64_t place_of(const native_model *self, const int64_t *features, int kind) {
    const int64_t place = features[self->place[kind].column] + self->place[kind].offset; /* both are small */
    return place > 0 ? place : 0;
}

/* Checks what is looked up, so that nothing later can fail. */
static int check(const native_model *self, const native_step *step) {
    const int64_t *features = step->features;
    for (int32_t row = 0; row < step->rows; row++, features += self->width) {
        for (int32_t i = 0; i < self->columns; i++)
            if (features[i] < 0 || features[i] >= self->ids)
                return NATIVE_NO_ROW;
        for (int kind = 0; (self->latent || self->writes) && kind < 2; kind++) {
            const int64_t id = features[self->place[kind].column];
            if (id < 0 || id >= 1 << 30 || place_of(self, features, kind) >= self->place[kind].places)
                return NATIVE_NO_PLACE;
        }
    }
    return 0;
}

static void find_keys(const native_model *self, const int64_t *features, size_t size, float *keys) {
    const float *bar = self->place[0].keys + (size_t)place_of(self, features, 0) * size;
    const float *position = self->place[1].keys + (size_t)place_of(self, features, 1) * size;
    for (size_t i = 0; i < size; i++)
        keys[i] = bar[i] * position[i];
}

/* Copies activations, as the kernels want them. */
static void put(const native_model *self, uint8_t *to, const uint8_t *from, size_t size) {
    if (!self->kernel->flip)
        memcpy(to, from, size);
    else
        for (size_t i = 0; i < size; i++)
            to[i] = from[i] ^ 0x80;
}

/* What the first layer reads of a row: the embedding, and the latent under the keys of the place. */
static void read_row(const native_model *self, const native_step *step, int32_t row, const workspace *work) {
    const int64_t *features = step->features + (size_t)row * (size_t)self->width;
    const size_t size = (size_t)self->embedding, latent = (size_t)self->latent;
    uint8_t *x = work->x + (size_t)row * work->stride, *told = work->told + (size_t)row * work->told_stride;
    self->kernel->embed(self->table, size, features, self->columns, work->sums);
    for (size_t i = 0; i < size; i++)
        x[i] = kernel_byte((float)work->sums[i] * self->table_scale[i]) ^ self->kernel->flip;
    if (!latent)
        return;
    find_keys(self, features, latent, work->keys);
    for (size_t i = 0; i < latent; i++)
        told[i] = kernel_byte(step->latents[(size_t)row * latent + i] * work->keys[i]) ^ self->kernel->flip;
    memcpy(x + size, told, latent);
}

/* The next states of a block of units, for some rows. */
static void next_states(const native_model *self, const native_product *layer, size_t index, const int32_t *sums, int rows,
                        const float *c, float *c_next, uint8_t *h) {
    const kernel *kernel = self->kernel;
    const size_t block = (size_t)kernel->block, quarter = block / 4, units = (size_t)self->units, first = index * quarter;
    const float *scale = layer->scale + index * block, *bias = layer->bias + index * block;
    for (int row = 0; row < rows; row++, sums += block, c += units, c_next += units, h += units) {
        if (first + quarter <= units) {
            kernel->cell(&self->tables, sums, scale, bias, c + first, c_next + first, h + first);
            continue;
        }
        float before[KERNEL_BLOCK_MOST / 4] = {0}, after[KERNEL_BLOCK_MOST / 4];
        uint8_t bytes[KERNEL_BLOCK_MOST / 4];
        memcpy(before, c + first, (units - first) * sizeof *c);
        kernel->cell(&self->tables, sums, scale, bias, before, after, bytes);
        memcpy(c_next + first, after, (units - first) * sizeof *c);
        memcpy(h + first, bytes, units - first);
    }
}

static void run_layer(const native_model *self, const native_step *step, int32_t index, size_t inputs, const workspace *work) {
    const native_product *layer = &self->layer[index];
    const kernel *kernel = self->kernel;
    const size_t block = (size_t)kernel->block, units = (size_t)self->units;
    const uint8_t *h = step->state[2 * index];
    const float *c = step->state[2 * index + 1];
    uint8_t *h_next = step->next[2 * index];
    float *c_next = step->next[2 * index + 1];
    int32_t sums[KERNEL_ROWS_MOST * KERNEL_BLOCK_MOST];
    for (int32_t row = 0; row < step->rows; row++)
        put(self, work->x + (size_t)row * work->stride + inputs, h + (size_t)row * units, units);
    for (size_t b = 0; b < layer->blocks; b++)
        for (int32_t row = 0; row < step->rows; row += kernel->rows) {
            const int rows = step->rows - row < kernel->rows ? step->rows - row : kernel->rows;
            const size_t place = (size_t)row * units;
            kernel->multiply(layer->weights + b * block * 4 * layer->groups, layer->groups,
                             work->x + (size_t)row * work->stride, work->stride, rows, layer->start + b * block, sums);
            next_states(self, layer, b, sums, rows, c + place, c_next + place, h_next + place);
        }
    for (int32_t row = 0; row < step->rows; row++)
        put(self, work->x + (size_t)row * work->stride, h_next + (size_t)row * units, units);
}

/* The logits of a block, for some rows from `row` on. */
static void finish_block(const native_model *self, const native_step *step, size_t index, int32_t row, int rows,
                         const int32_t *sums, const int32_t *told) {
    const size_t block = (size_t)self->kernel->block, outputs = (size_t)self->outputs, first = index * block;
    const size_t count = outputs - first < block ? outputs - first : block;
    const float *told_scale = told ? self->told.scale + first : NULL;
    for (int i = 0; i < rows; i++) {
        float *logits = step->logits + (size_t)(row + i) * outputs + first, some[KERNEL_BLOCK_MOST];
        self->kernel->finish(sums + (size_t)i * block, self->output.scale + first, told ? told + (size_t)i * block : NULL,
                             told_scale, self->output.bias + first, count == block ? logits : some);
        if (count < block)
            memcpy(logits, some, count * sizeof *logits);
    }
}

static void run_output(const native_model *self, const native_step *step, const workspace *work) {
    const native_product *output = &self->output, *told = &self->told;
    const kernel *kernel = self->kernel;
    const size_t block = (size_t)kernel->block;
    int32_t sums[KERNEL_ROWS_MOST * KERNEL_BLOCK_MOST], more[KERNEL_ROWS_MOST * KERNEL_BLOCK_MOST];
    for (size_t b = 0; b < output->blocks; b++)
        for (int32_t row = 0; row < step->rows; row += kernel->rows) {
            const int rows = step->rows - row < kernel->rows ? step->rows - row : kernel->rows;
            kernel->multiply(output->weights + b * block * 4 * output->groups, output->groups,
                             work->x + (size_t)row * work->stride, work->stride, rows, output->start + b * block, sums);
            if (self->latent)
                kernel->multiply(told->weights + b * block * 4 * told->groups, told->groups,
                                 work->told + (size_t)row * work->told_stride, work->told_stride, rows,
                                 told->start + b * block, more);
            finish_block(self, step, b, row, rows, sums, self->latent ? more : NULL);
        }
    for (int32_t row = 0; self->writes && row < step->rows; row++) {
        float *logits = step->logits + (size_t)row * (size_t)self->outputs;
        find_keys(self, step->features + (size_t)row * (size_t)self->width, (size_t)self->outputs, work->keys);
        for (int32_t i = 0; i < self->outputs; i++)
            logits[i] *= work->keys[i];
    }
}

int native_run(const native_model *self, const native_step *step, void *memory) {
    size_t size, inputs = (size_t)(self->embedding + self->latent);
    const int wrong = check(self, step);
    if (wrong)
        return wrong;
    const workspace work = divide(self, (size_t)step->rows, memory, &size);
    for (int32_t row = 0; row < step->rows; row++)
        read_row(self, step, row, &work);
    for (int32_t i = 0; i < self->layers; i++, inputs = (size_t)self->units)
        run_layer(self, step, i, inputs, &work);
    run_output(self, step, &work);
    return 0;
}

const char *native_words(int code) {
    return code == NATIVE_NO_ROW ? "a feature is outside the embedding of the network" : "the network has no key for this place";
}
