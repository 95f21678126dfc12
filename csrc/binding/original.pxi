# Runs of the music that was learnt from: what csrc/original.h promises.
from tracker cimport known_runs, original_add, original_is_known, tracker, tracker_init, tracker_runs_of


cdef class KnownRuns:
    """A filter of runs. See csrc/original.h.

    bits: 2**log2 bits, as bytes; hashes: places of each run; pairs: of a run.
    """

    cdef known_runs _runs
    cdef readonly bytes bits

    def __cinit__(self, bytes bits not None, *, log2, hashes, pairs):
        self._runs.log2 = _within(log2, 3, 30, b"log2")
        self._runs.hashes = _within(hashes, 1, 16, b"hashes")
        self._runs.pairs = _within(pairs, 2, 32, b"pairs")
        if len(bits) != 1 << (self._runs.log2 - 3):
            raise ValueError(f"bits must be 2**{log2} of them, got {len(bits)} bytes")
        self.bits = bits
        self._runs.bits = <const uint8_t *>PyBytes_AsString(bits)

    def has(self, hash):
        """Whether a run with this hash is found."""
        return bool(original_is_known(&self._runs, _word(hash, b"a hash")))

    def count(self, hashes):
        """How many of uint64[n] are found, 0 not counted."""
        cdef _Array read = _plain(hashes, False, _UINT64, 0, b"hashes")
        cdef const uint64_t *each = <const uint64_t *>read._view.buf
        cdef Py_ssize_t i, found = 0
        for i in range(read._view.len // 8):
            found += each[i] and original_is_known(&self._runs, each[i])
        return found


def add_runs(bits, hashes, *, log2, places):
    """Puts runs, hashes uint64[n], into the filter `bits`, uint8[2**log2 / 8]; 0 is none."""
    cdef int size = _within(log2, 3, 30, b"log2"), times = _within(places, 1, 16, b"places")
    cdef _Array filter = _plain(bits, True, b"B", (<Py_ssize_t>1) << (size - 3), b"bits")
    cdef _Array read = _plain(hashes, False, _UINT64, 0, b"hashes")
    cdef const uint64_t *each = <const uint64_t *>read._view.buf
    cdef Py_ssize_t i
    for i in range(read._view.len // 8):
        if each[i]:
            original_add(<uint8_t *>filter._view.buf, size, times, each[i])


def runs_of(tokens, *, pairs, time_base="grid", hashes, slots):
    """The runs of a piece, tokens uint16[n]: hashes into uint64[n], their slots into uint8[n]; how many there are."""
    cdef _Array read = _plain(tokens, False, b"H", 0, b"tokens")
    cdef Py_ssize_t count = read._view.len // 2, found
    cdef _Array into = _plain(hashes, True, _UINT64, count, b"hashes"), places = _plain(slots, True, b"B", count, b"slots")
    cdef tracker *scratch = <tracker *>_memory(sizeof(tracker))
    cdef int length = _within(pairs, 2, 32, b"pairs")
    try:
        tracker_init(scratch, _time_base(time_base))
        found = tracker_runs_of(scratch, <const uint16_t *>read._view.buf, count, length, <uint64_t *>into._view.buf,
                                <uint8_t *>places._view.buf)
    finally:
        PyMem_Free(scratch)
    _in_vocabulary(found)
    return found
