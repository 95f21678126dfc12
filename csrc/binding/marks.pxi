# Places of a loop: where it was, and how the states of its network begin.
from rng cimport rng_state
from tracker cimport tracker


cdef class Mark:
    """Where a loop of one piece was, to come back to. Made by `Loop.mark`."""

    cdef tracker *_tracker
    cdef rng_state _rng
    cdef int64_t _planned
    cdef bytes _states

    def __dealloc__(self):
        PyMem_Free(self._tracker)


cdef class _State(_Array):
    """A state of the network: names of its input and its output, and the array that it starts with."""

    cdef bytes source, target
