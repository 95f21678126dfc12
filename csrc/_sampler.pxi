from libc.stdint cimport uint64_t


cdef extern from "rng.h" nogil:
    ctypedef struct rng_state:
        uint64_t seed
        uint64_t stream
        uint64_t position

    double rng_uniform(rng_state *rng)


cdef uint64_t _word(name, value) except? 0:
    if not 0 <= value < 1 << 64:
        raise ValueError(f"{name} must be between 0 and 2**64 - 1, got {value}")
    return value


cdef class Rng:
    """Random numbers from a 64-bit seed: the same on every machine.

    One seed has 2**64 independent streams. A generator belongs to one stream of music: threads that share one
    may draw the same number twice.
    """

    cdef rng_state _rng

    def __init__(self, seed, stream=0):
        self._rng = rng_state(seed=_word("seed", seed), stream=_word("stream", stream), position=0)

    @property
    def state(self):
        """Two integers that say everything: the seed, and the 128-bit counter (the stream in its upper half,
        how many numbers were drawn in its lower half)."""
        return self._rng.seed, <object>self._rng.stream << 64 | self._rng.position

    @state.setter
    def state(self, value):
        seed, counter = value
        if not 0 <= counter < 1 << 128:
            raise ValueError(f"state's counter must be between 0 and 2**128 - 1, got {counter}")
        self._rng = rng_state(seed=_word("state's seed", seed), stream=counter >> 64, position=counter & 0xFFFFFFFFFFFFFFFF)

    def uniform(self):
        """The next number: a multiple of 2**-53 in [0, 1)."""
        return rng_uniform(&self._rng)
