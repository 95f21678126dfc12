# What csrc/rng.h declares.
from libc.stdint cimport uint64_t


cdef extern from "rng.h" nogil:
    ctypedef struct rng_state:
        uint64_t seed
        uint64_t stream
        uint64_t position

    double rng_uniform(rng_state *rng)
