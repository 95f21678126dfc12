/* Snapshots that are damaged, or made up: they are refused, or give a tracker that is safe to use. */
#include "rng.h"
#include "snapshot.h"
#include "walk.h"

enum { EDITS = 12, STEPS = 120, HEAD = 520 /* bytes of single values, about */ };

#define FAR_AWAY ((int64_t)1 << 58)

static int64_t strange(input *in) {
    static const int64_t VALUES[] = {0, 1, -1, 127, 255, 256, 65535, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN,
                                     (int64_t)1 << 60, ((int64_t)1 << 60) - 1, (int64_t)1 << 50, UINT32_MAX};
    return VALUES[below(in, sizeof VALUES / sizeof *VALUES)];
}

/* Values that a reader may well take, and no piece has. */
static void distort(input *in, tracker *self) {
    static const int FAR[] = {4, 7, 8, 16, 30, 32, 58, 60};
    const int64_t far = (int64_t)1 << FAR[below(in, sizeof FAR / sizeof *FAR)];
    const int64_t value = below(in, 2) ? far : below(in, 2) ? far - 1 : (int64_t)below(in, 256);
    switch (below(in, 12)) {
    case 0:
        self->now = value;
        break;
    case 1:
        self->now = self->bar_start = value;
        break;
    case 2:
        self->bars = value;
        break;
    case 3:
        if (self->sounding_count)
            self->sounding[below(in, 256) % (uint32_t)self->sounding_count].end = value;
        break;
    case 4:
        self->struck_count = (int32_t)(value & 0x3FFFFFFF);
        break;
    case 5:
        self->last = (int32_t)below(in, VOCABULARY_SIZE);
        self->last_big = (int32_t)below(in, BIG_COUNT * BIG_STEP);
        break;
    case 6:
        self->header ^= 1;
        break;
    case 7:
        self->declared = (int32_t)below(in, SLOT_COUNT + 1);
        self->slot = (int32_t)below(in, SLOT_COUNT + 1) - 1;
        break;
    case 8:
        self->source = (int8_t)(1 << below(in, 4));
        self->on_source = (uint8_t)below(in, 2);
        self->source_at = self->written - (uint32_t)(value & 0xFFFF);
        break;
    case 9:
        self->bar_written[below(in, HISTORY_BARS)] = self->written - (uint32_t)value;
        break;
    case 10:
        self->signature = (int32_t)below(in, SIGNATURE_COUNT + 1) - 1;
        break;
    default:
        self->rules.bars = (int32_t)(value & 0xFFFFF);
        self->rules.ticks = (int32_t)(value & 0x3FFFFFFF);
    }
}

/* Changes the snapshot, which has room for SNAPSHOT_MOST bytes; returns its new size. */
static size_t edit(input *in, uint8_t *bytes, size_t size) {
    const uint32_t kind = below(in, 8);
    const size_t reach = size > HEAD && below(in, 4) ? HEAD : size;
    const size_t at = reach ? below(in, (uint32_t)reach) : 0;
    if (kind == 0) /* cut short or too long */
        return below(in, 2) ? at : size + (size < SNAPSHOT_MOST);
    if (kind == 1 && size) { /* out of step */
        memmove(bytes + at, bytes + at + 1, size - at - 1);
        return size - 1;
    }
    const int64_t value = kind < 4 ? strange(in) : (int64_t)below(in, 256);
    const size_t length = kind < 4 ? (size_t)1 << below(in, 4) : 1;
    for (size_t i = 0; i < length && at + i < size; i++)
        bytes[at + i] = (uint8_t)((uint64_t)value >> 8 * i);
    return size;
}

/* By lot, so that what comes after it need not be far back in the input. */
static void walk(tracker *self, uint32_t steps, uint64_t seed, uint32_t lawless) {
    rng_state rng = {seed, 0, 0};
    while (steps-- && !self->finished) {
        const uint32_t choice = (uint32_t)(rng_uniform(&rng) * 65536);
        step(self, choice, lawless && choice % 16 == 1);
    }
}

static void use(input *in, tracker *self) {
    check_features(self);
    for (int i = 0; i < STEPS; i++) {
        const uint32_t choice = below(in, 65536); /* 0, when the input is over, is as good as any */
        if (choice % 16 == 1)
            tracker_set_source(self, (int)(choice >> 4) % 12 - 2);
        if (choice % 64 == 2)
            choose_rules(in, &self->rules);
        step(self, choice + (uint32_t)i * 1031, choice % 16 == 3);
        if (self->finished)
            tracker_reset(self);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, data + size, 0};
    tracker *self = memory(sizeof *self);
    uint8_t *bytes = memory(SNAPSHOT_MOST), *again = memory(SNAPSHOT_MOST);
    size_t length;
    const uint32_t manner = below(&in, 256);
    if (manner == 0) { /* all of it made up */
        length = (size_t)(in.end - in.at) < SNAPSHOT_MOST ? (size_t)(in.end - in.at) : SNAPSHOT_MOST;
        memcpy(bytes, in.at, length);
    } else {
        tracker_init(self, manner & 1);
        choose_rules(&in, &self->rules);
        walk(self, below(&in, 400), below(&in, 65536), manner & 2);
        for (uint32_t left = below(&in, 4); left; left--)
            distort(&in, self);
        length = snapshot_write(self, bytes);
        for (uint32_t left = below(&in, 4) ? 0 : below(&in, EDITS); left; left--)
            length = edit(&in, bytes, length);
    }
    uint8_t *exact = memory(length); /* to the byte */
    memcpy(exact, bytes, length);
    if (!snapshot_read(self, exact, length)) {
        expect(snapshot_write(self, again) == length && !memcmp(again, exact, length), "it is written as it was read");
        const int near = self->now < FAR_AWAY && self->bars < FAR_AWAY && self->struck_count < 1 << 29;
        use(&in, self);
        length = snapshot_write(self, bytes);
        for (int i = 0; i < WISH_COUNT; i++)
            expect(self->wishes[i] < wish_family(i)->count, "wishes stay in range");
        expect(length <= SNAPSHOT_MOST && (!near || !snapshot_read(self, bytes, length)), "it can be saved once more");
    }
    free(exact);
    free(bytes);
    free(again);
    free(self);
    return 0;
}
