#include "ring.h"

#include <string.h>

/* What one thread stores after writing frames, another that loads it finds written. */
#ifdef _WIN32
#include <windows.h>

static uint32_t load(uint32_t *at) { return (uint32_t)InterlockedCompareExchange((volatile LONG *)at, 0, 0); }
static void store(uint32_t *at, uint32_t value) { InterlockedExchange((volatile LONG *)at, (LONG)value); }
#else
static uint32_t load(uint32_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
static void store(uint32_t *at, uint32_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
#endif

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t between(const ring *self, uint32_t read, uint32_t written) {
    return written >= read ? written - read : written + 2 * self->size - read;
}

static float *place(const ring *self, uint32_t counter) { return self->frames + 2 * (size_t)(counter % self->size); }

static size_t bytes_of(uint32_t count) { return 2 * (size_t)count * sizeof(float); }

uint32_t ring_ready(ring *self) {
    const uint32_t read = load(&self->read); /* first: what is written meanwhile only adds */
    return least(between(self, read, load(&self->written)), self->size);
}

uint32_t ring_gaps(ring *self) { return load(&self->gaps); }
uint32_t ring_missing(ring *self) { return load(&self->missing); }

uint32_t ring_write(ring *self, const float *frames, uint32_t count) {
    const uint32_t written = self->written, room = self->size - between(self, load(&self->read), written);
    count = least(count, room);
    const uint32_t head = least(count, self->size - written % self->size);
    memcpy(place(self, written), frames, bytes_of(head));
    memcpy(self->frames, frames + 2 * (size_t)head, bytes_of(count - head));
    store(&self->written, (written + count) % (2 * self->size));
    return count;
}

void ring_read(ring *self, float *out, uint32_t count) {
    const uint32_t read = self->read, found = least(count, between(self, read, load(&self->written)));
    const uint32_t head = least(found, self->size - read % self->size);
    memcpy(out, place(self, read), bytes_of(head));
    memcpy(out + 2 * (size_t)head, self->frames, bytes_of(found - head));
    memset(out + 2 * (size_t)found, 0, bytes_of(count - found));
    store(&self->read, (read + found) % (2 * self->size));
    if (found < count) {
        store(&self->missing, self->missing + (count - found));
        store(&self->gaps, self->gaps + 1);
    }
}

void ring_sdl(void *self, uint8_t *out, int bytes) {
    ring_read(self, (float *)(void *)out, (uint32_t)bytes / (uint32_t)bytes_of(1));
}

int ring_portaudio(const void *in, void *out, unsigned long count, const void *time, unsigned long flags, void *self) {
    (void)in, (void)time, (void)flags;
    ring_read(self, out, (uint32_t)count);
    return 0;
}
