# What csrc/candidates.h declares.
from libc.stdint cimport int64_t, uint16_t

from loop cimport loop
from piece cimport piece


cdef extern from "candidates.h" nogil:
    ctypedef struct candidates_end:
        int64_t bars, until

    int candidates_rest(const piece *self, const candidates_end *end)
    void candidates_copy(piece *to, const piece *from_)
    int candidates_play(loop *self, loop *of, const candidates_end *end, int64_t deadline, uint16_t *tokens, size_t room,
                        size_t *rows)
