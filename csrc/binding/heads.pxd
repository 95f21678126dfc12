# What csrc/heads.h declares.
from libc.stdint cimport int32_t, int64_t


cdef extern from "heads.h" nogil:
    ctypedef struct head:
        int32_t kind, column, first, count

    int HEADS_MOST, HEAD_INTERVAL, HEAD_CLASS, HEAD_TONIC, HEAD_CHORD, HEAD_POINTER, HEAD_KINDS

    int head_size(int kind)
    int head_init(head *self, int kind, int family, int column)
    void heads_add(const head *heads, int32_t count, const int64_t *features, float *logits)
