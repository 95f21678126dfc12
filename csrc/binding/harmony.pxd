# What csrc/harmony.h declares.
from libc.stdint cimport int32_t, int64_t, uint8_t


cdef extern from "harmony.h" nogil:
    enum:
        HARMONY_ROOTS
        HARMONY_KINDS_MOST

    ctypedef struct harmony_moves:
        const int64_t *motion
        const uint8_t *kind
        int64_t nothing
        int32_t qualities
        int32_t kinds

    void harmony_chords(const harmony_moves *moves, int64_t *fit, int64_t *entry, size_t beats, int64_t *path)
    void harmony_keys(int64_t *fit, size_t bars, size_t keys, int64_t change, int64_t *path)
