# What csrc/midi.h declares.
from libc.stdint cimport int32_t, int64_t, uint8_t


cdef extern from "midi.h" nogil:
    ctypedef struct midi_place:
        size_t at
        int64_t tick
        int32_t status

    size_t midi_messages(const uint8_t *body, size_t size, midi_place *place, int64_t *ticks, int64_t *codes, size_t room)
    void midi_pair(const int64_t *key, const uint8_t *strikes, size_t count, size_t keys, int64_t *ended_by, int64_t *unbalanced,
                   int64_t *scratch)
