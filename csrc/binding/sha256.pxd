# What csrc/sha256.h declares.
from libc.stdint cimport uint8_t


cdef extern from "sha256.h" nogil:
    # Under other names: Python's function has this one.
    void c_sha256 "sha256"(const uint8_t *data, size_t length, uint8_t *hash)
    void c_sha256_plain "sha256_plain"(const uint8_t *data, size_t length, uint8_t *hash)
