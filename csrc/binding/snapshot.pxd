# What csrc/snapshot.h declares.
from libc.stdint cimport uint8_t

from tracker cimport tracker


cdef extern from "snapshot.h" nogil:
    int SNAPSHOT_MOST

    size_t snapshot_write(const tracker *self, uint8_t *out)
    int snapshot_read(tracker *self, const uint8_t *data, size_t size)
