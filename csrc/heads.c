/* Heads that share. */
#include "heads.h"

int head_size(int kind) {
    static const int SIZES[HEAD_KINDS] = {2 * HEAD_REACH + 1, CLASS_COUNT, CLASS_COUNT, CHORD_COUNT - 1, 1};
    return SIZES[kind];
}

int head_init(head *self, int kind, int family, int column) {
    *self = (head){kind, 0, 0, 0};
    if (kind == HEAD_TONIC)
        return 0;
    if (family < 0 || family >= FEATURE_FAMILY_COUNT || column < 0 || column >= FEATURE_FAMILIES[family].columns)
        return -1;
    self->first = ID_PAD + 1;
    for (int i = 0; i < family; i++) {
        self->column += FEATURE_FAMILIES[i].columns;
        self->first += FEATURE_FAMILIES[i].count * FEATURE_FAMILIES[i].tables;
    }
    const feature_family *about = &FEATURE_FAMILIES[family];
    self->column += column;
    self->first += column / (about->columns / about->tables) * about->count;
    self->count = about->count;
    const int onsets = self->count == PITCH_COUNT || self->count == ONSET_COUNT;
    return kind == HEAD_CHORD ? (self->count == CHORD_COUNT ? 0 : -1)
           : kind == HEAD_POINTER ? (onsets || self->count == VOCABULARY_SIZE ? 0 : -1)
                                  : (onsets ? 0 : -1);
}

static void add_by_class(float *notes, const float *own, int reference) {
    int class = (CLASS_COUNT - reference % CLASS_COUNT) % CLASS_COUNT;
    for (int pitch = 0; pitch < PITCH_COUNT; pitch++) {
        notes[pitch] += own[class];
        class = class + 1 == CLASS_COUNT ? 0 : class + 1;
    }
}

static void add_by_interval(float *notes, const float *own, int reference) {
    const int lowest = reference < HEAD_REACH ? 0 : reference - HEAD_REACH;
    const int highest = reference + HEAD_REACH < PITCH_COUNT ? reference + HEAD_REACH : PITCH_COUNT - 1;
    for (int pitch = lowest; pitch <= highest; pitch++)
        notes[pitch] += own[pitch - reference + HEAD_REACH];
}

static int token_of(const head *self, int value) {
    if (self->count == VOCABULARY_SIZE)
        return value;
    return value < PITCH_COUNT ? TOKEN_NOTE + value : TOKEN_DRUM + value - PITCH_COUNT;
}

void heads_add(const head *heads, int32_t count, const int64_t *features, float *logits) {
    float *notes = logits + TOKEN_NOTE;
    const float *own = logits + VOCABULARY_SIZE;
    for (int32_t i = 0; i < count; own += head_size(heads[i++].kind)) {
        const head *self = &heads[i];
        if (self->kind == HEAD_TONIC) {
            add_by_class(notes, own, 0);
            continue;
        }
        const int value = (int)features[self->column] - self->first;
        if (value < 0 || value >= self->count)
            continue;
        if (self->kind == HEAD_POINTER)
            logits[token_of(self, value)] += *own;
        else if (self->kind == HEAD_CHORD && value < CHORD_COUNT - 1)
            add_by_class(notes, own + value % CHORD_QUALITIES * CLASS_COUNT, value / CHORD_QUALITIES);
        else if (self->kind == HEAD_INTERVAL && value < PITCH_COUNT)
            add_by_interval(notes, own, value);
        else if (self->kind == HEAD_CLASS && value < PITCH_COUNT)
            add_by_class(notes, own, value);
    }
}
