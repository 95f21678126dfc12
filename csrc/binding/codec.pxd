# What csrc/codec.h and csrc/similarity.h declare.
from libc.stdint cimport int64_t, uint16_t


cdef extern from "codec.h" nogil:
    ctypedef struct codec_piece:
        size_t notes
        const int64_t *tick
        const int64_t *slot
        const int64_t *pitch
        const int64_t *velocity
        const int64_t *duration
        size_t bars
        const int64_t *start
        const int64_t *signature
        int64_t end
        size_t tempos
        const int64_t *changes
        const int64_t *tempo

    ptrdiff_t codec_write(const codec_piece *piece, uint16_t *tokens, size_t room)


cdef extern from "similarity.h" nogil:
    void similarity_common(const int64_t *values, const int64_t *first, size_t bars, size_t distance, int64_t *common)
