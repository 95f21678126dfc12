#include "codec.h"

#include "vocabulary.h"

typedef struct {
    uint16_t *tokens;
    size_t room, count;
    int64_t now, slot;
    int64_t velocity[SLOT_COUNT + 1]; /* the last one is the drums' */
} writer;

static void put(writer *self, int64_t token) {
    if (self->count < self->room) self->tokens[self->count] = (uint16_t)token;
    self->count++;
}

static void shift_to(writer *self, int64_t tick) {
    int64_t gap = tick - self->now;
    while (gap >= BIG_STEP) {
        const int64_t big = gap / BIG_STEP < BIG_COUNT ? gap / BIG_STEP : BIG_COUNT;
        put(self, TOKEN_SHIFT_BIG + big - 1);
        gap -= big * BIG_STEP;
    }
    if (gap > 0) put(self, TOKEN_SHIFT_FINE + gap - 1);
    self->now = tick;
}

static void strike(writer *self, const codec_piece *piece, size_t i) {
    const int64_t slot = piece->slot[i], velocity = piece->velocity[i], duration = piece->duration[i];
    int64_t *last = &self->velocity[slot < 0 ? SLOT_COUNT : slot];
    if (piece->tick[i] != self->now) shift_to(self, piece->tick[i]);
    if (slot >= 0 && slot != self->slot) put(self, TOKEN_SLOT + (self->slot = slot));
    if (velocity != *last) put(self, TOKEN_VELOCITY + ((*last = velocity) - VELOCITY_LOWEST) / VELOCITY_STEP);
    if (slot < 0) {
        put(self, TOKEN_DRUM + piece->pitch[i] - DRUM_LOWEST);
        return;
    }
    put(self, TOKEN_NOTE + piece->pitch[i]);
    if (duration >= BIG_STEP) put(self, TOKEN_DURATION_BIG + duration / BIG_STEP - 1);
    if (duration % BIG_STEP) put(self, TOKEN_DURATION_FINE + duration % BIG_STEP - 1);
}

static int is_sound(const codec_piece *piece) {
    for (size_t i = 0; i < piece->notes; i++) {
        const int drum = piece->slot[i] < 0;
        if (piece->slot[i] < -1 || piece->slot[i] >= SLOT_COUNT || piece->tick[i] < (i ? piece->tick[i - 1] : 0) ||
            piece->tick[i] >= 1 << 24 || piece->velocity[i] < VELOCITY_LOWEST ||
            piece->velocity[i] >= VELOCITY_LOWEST + VELOCITY_COUNT * VELOCITY_STEP ||
            piece->pitch[i] < (drum ? DRUM_LOWEST : 0) || piece->pitch[i] >= (drum ? DRUM_LOWEST + DRUM_COUNT : PITCH_COUNT) ||
            (!drum && (piece->duration[i] < 1 || piece->duration[i] > LONGEST_DURATION)))
            return 0;
    }
    for (size_t i = 0; i < piece->bars; i++)
        if (piece->start[i] < (i ? piece->start[i - 1] : 0) || piece->start[i] > 1 << 25 || piece->signature[i] < (i ? -1 : 0) ||
            piece->signature[i] >= SIGNATURE_COUNT)
            return 0;
    for (size_t i = 0; i < piece->tempos; i++)
        if (piece->changes[i] < (i ? piece->changes[i - 1] : 0) || piece->tempo[i] < 0 || piece->tempo[i] >= TEMPO_COUNT) return 0;
    return piece->end <= 1 << 25;
}

ptrdiff_t codec_write(const codec_piece *piece, uint16_t *tokens, size_t room) {
    writer self = {tokens, room, 0, 0, -1, {0}};
    size_t note = 0, tempo = 0;
    int64_t line = 0, running = 0; /* where the running bar would end if nothing cut it, and its signature */
    if (!is_sound(piece)) return -1;
    for (int i = 0; i <= SLOT_COUNT; i++) self.velocity[i] = -1;
    for (size_t bar = 0; bar < piece->bars; bar++) {
        const int64_t start = piece->start[bar], stop = bar + 1 < piece->bars ? piece->start[bar + 1] : piece->end;
        if (start == line) {
            put(&self, TOKEN_BAR);
            self.now = start;
        } else
            shift_to(&self, start);
        if (piece->signature[bar] >= 0) put(&self, signature_token((int)(running = piece->signature[bar])));
        line = start + TIME_SIGNATURES[running].ticks;
        for (; tempo < piece->tempos && piece->changes[tempo] < stop; tempo++) {
            for (; note < piece->notes && piece->tick[note] < piece->changes[tempo]; note++) strike(&self, piece, note);
            shift_to(&self, piece->changes[tempo]);
            put(&self, TOKEN_TEMPO + piece->tempo[tempo]);
        }
        for (; note < piece->notes && piece->tick[note] < stop; note++) strike(&self, piece, note);
    }
    if (!piece->bars)
        for (; note < piece->notes; note++) strike(&self, piece, note);
    return (ptrdiff_t)self.count;
}
