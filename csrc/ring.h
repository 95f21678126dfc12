/* A queue of sound between two threads, neither of which ever waits: one writes frames ahead, the other, as a rule an audio
 * callback, reads them. Where it finds too few, it reads silence, which is counted.
 *
 * A frame is two floats, left and right. Only one thread may write and only one may read, each at any time. The counters may be
 * looked at from anywhere. */
#ifndef LINNET_RING_H
#define LINNET_RING_H

#include <stdint.h>

enum { RING_MOST = 1 << 24 }; /* frames of the largest */

typedef struct {
    float *frames;    /* (size, 2), the caller's memory */
    uint32_t size;    /* 1 to RING_MOST */
    uint32_t written; /* frames, modulo 2 * size: so a full ring is told from an empty one */
    uint32_t read;    /* likewise */
    uint32_t gaps;    /* how often too little was there to read */
    uint32_t missing; /* frames of silence that this came to; both modulo 2^32 */
} ring;

/* Frames that are written and not read yet. */
uint32_t ring_ready(ring *self);
uint32_t ring_gaps(ring *self);
uint32_t ring_missing(ring *self);

/* Writes as many frames as there is room for. Returns how many. */
uint32_t ring_write(ring *self, const float *frames, uint32_t count);

/* Fills `out` with the next frames, and with silence where there are none. */
void ring_read(ring *self, float *out, uint32_t count);

/* `ring_read` as SDL calls what it asks for sound (SDL_AudioCallback), for a device of two float32 channels. `self` is a ring. */
void ring_sdl(void *self, uint8_t *out, int bytes);

/* `ring_read` as PortAudio does (PaStreamCallback). Returns 0, that the sound goes on. */
int ring_portaudio(const void *in, void *out, unsigned long count, const void *time, unsigned long flags, void *self);

#endif
