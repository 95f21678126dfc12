# What csrc/ring.h declares.
from libc.stdint cimport uint8_t, uint32_t


cdef extern from "ring.h" nogil:
    enum:
        RING_MOST

    ctypedef struct ring:
        float *frames
        uint32_t size

    uint32_t ring_ready(ring *self)
    uint32_t ring_gaps(ring *self)
    uint32_t ring_missing(ring *self)
    uint32_t ring_write(ring *self, const float *frames, uint32_t count)
    void ring_read(ring *self, float *out, uint32_t count)
    void ring_sdl(void *self, uint8_t *out, int bytes)
    int ring_portaudio(const void *input, void *out, unsigned long count, const void *time, unsigned long flags, void *self)
