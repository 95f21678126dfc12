cimport cython
from libc.stdint cimport INT32_MAX, int64_t, uint16_t
from libc.string cimport memcpy, memset
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc

import threading


cdef extern from "loop.h" nogil:
    ctypedef struct loop:
        const ort_library *ort
        OrtSession *session
        OrtIoBinding *step[2]
        tracker *tracker
        rng_state *rng
        sampler_options sampling
        void *scratch
        int64_t features[1]
        float logits[1]
        int due
        ort_problem problem

    int LOOP_NO_STEP, LOOP_FULL, LOOP_TIME, LOOP_NO_DEADLINE

    int loop_take(loop *self, int token)
    int loop_draw(loop *self)
    int loop_play(loop *self, int to_bar, int64_t deadline, uint16_t *tokens, size_t room, size_t *count)
    void loop_stop(loop *self)
    int64_t loop_clock()


cdef enum:
    _CHUNK = 1024  # tokens that C may draw before Python collects them
    # Only the main thread hears Ctrl-C, and only between two calls of C. Other threads are left alone: taking the
    # GIL back beside a busy main thread can take 5 ms.
    _SIGNAL_NANOSECONDS = 20_000_000
    _ALIGNMENT = 64


cdef ort_array _row(void *data, int type, size_t columns, size_t size) noexcept:
    """A tensor of one row."""
    cdef ort_array row
    memset(&row, 0, sizeof(row))
    row.data, row.bytes, row.type, row.rank = data, columns * size, type, 2
    row.shape[0], row.shape[1] = 1, columns
    return row


@cython.no_gc_clear  # the bindings go before the session they belong to
cdef class Loop:
    """One piece in the making: its tokens, the tracker, the network's states and the random numbers.

    states: (name of the input, name of the output, array at the start, batch 1) for each state. While it plays in one
    thread, tracker and rng belong to it.
    """

    cdef loop _loop
    cdef readonly Tracker tracker
    cdef readonly list tokens
    cdef Rng _rng
    cdef Session _session
    cdef char *_states
    cdef bint _busy

    def __cinit__(self, Session session not None, states, Tracker tracker not None, Rng rng not None, *,
                  double temperature=1.0, top_k=0, double top_p=1.0, double min_p=0.0):
        self.tracker, self.tokens, self._rng, self._session = tracker, [], rng, session
        self._loop.ort, self._loop.session = &_library, session._session
        self._loop.tracker, self._loop.rng = tracker._tracker, &rng._rng
        self._loop.sampling.temperature, self._loop.sampling.top_p = temperature, top_p
        self._loop.sampling.min_p, self._loop.sampling.top_k = min_p, max(-1, min(top_k, INT32_MAX))
        self._loop.scratch = PyMem_Malloc(sampler_scratch_size(VOCABULARY_SIZE))
        if self._loop.scratch == NULL:
            raise MemoryError
        self._bind([(source.encode(), target.encode(), _Array(first, False)) for source, target, first in states])

    cdef _bind(self, list states):
        """Lays the states out in memory of our own, twice, and binds all tensors once and for all."""
        cdef ort_array features = _row(self._loop.features, ORT_INT64, FEATURE_WIDTH, sizeof(int64_t))
        cdef ort_array logits = _row(self._loop.logits, ORT_FLOAT, VOCABULARY_SIZE, sizeof(float))
        cdef ort_array source, target
        cdef _Array first
        cdef size_t size = 0, at
        cdef int side
        for _, _, first in states:
            size += (first._array.bytes + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT
        self._states = <char *>PyMem_Calloc(2 * size + _ALIGNMENT, 1)
        if self._states == NULL:
            raise MemoryError
        base = self._states + (_ALIGNMENT - <size_t>self._states % _ALIGNMENT)
        for side in range(2):
            _check(_library.CreateIoBinding(self._session._session, &self._loop.step[side]))
            self._bind_one(side, False, b"features", &features)
            self._bind_one(side, True, b"logits", &logits)
            at = 0
            for source_name, target_name, first in states:
                source = target = first._array
                source.data, target.data = base + side * size + at, base + (1 - side) * size + at
                if side == 0:
                    memcpy(source.data, first._array.data, first._array.bytes)
                self._bind_one(side, False, source_name, &source)
                self._bind_one(side, True, target_name, &target)
                at += (first._array.bytes + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT

    cdef int _bind_one(self, int side, bint is_output, bytes name, const ort_array *array) except -1:
        if ort_bind(&_library, self._loop.step[side], is_output, name, array, &self._loop.problem):
            raise _model_error(self._loop.problem.text)
        return 0

    def __dealloc__(self):
        for side in range(2):
            if self._loop.step[side] != NULL:
                _library.ReleaseIoBinding(self._loop.step[side])
        PyMem_Free(self._loop.scratch)
        PyMem_Free(self._states)

    def take(self, int token):
        """Goes on with a token that is given."""
        cdef int code
        if not 0 <= token < VOCABULARY_SIZE:
            raise ValueError(f"token must be between 0 and {VOCABULARY_SIZE - 1}, got {token}")
        self._enter()
        with nogil:
            code = loop_take(&self._loop, token)
        self._busy = False
        if code < 0:
            raise self._error(code)
        self.tokens.append(token)

    def draw(self):
        """Goes on with a token that network, rules and chance agree on."""
        cdef int token
        self._enter()
        with nogil:
            token = loop_draw(&self._loop)
        self._busy = False
        if token < 0:
            raise self._error(token)
        self.tokens.append(token)
        return token

    def play(self, count=None, *, bint to_bar=False, seconds=None):
        """Draws tokens until eos, at most `count`, until a bar begins if asked to, for so many seconds, or until
        `stop`; returns how many. Python's other threads run meanwhile."""
        cdef uint16_t tokens[_CHUNK]
        cdef size_t room, written = 0
        cdef int64_t until, deadline = LOOP_NO_DEADLINE, patience = LOOP_NO_DEADLINE
        cdef int end = LOOP_FULL
        cdef int bar = to_bar
        if count is not None and count < 0:
            raise ValueError(f"count must be at least 0, got {count}")
        if seconds is not None:
            if not 0 <= seconds < 1e9:
                raise ValueError(f"seconds must be between 0 and 1e9, got {seconds}")
            deadline = loop_clock() + <int64_t>(1e9 * seconds)
        if threading.get_ident() == threading.main_thread().ident:
            patience = _SIGNAL_NANOSECONDS
        drawn = 0
        self._enter()
        try:
            while count is None or drawn < count:
                room = _CHUNK if count is None else min(_CHUNK, count - drawn)
                until = deadline
                if patience != LOOP_NO_DEADLINE:
                    until = loop_clock() + patience
                    if deadline != LOOP_NO_DEADLINE:
                        until = min(until, deadline)
                with nogil:
                    end = loop_play(&self._loop, bar, until, tokens, room, &written)
                self.tokens.extend([tokens[i] for i in range(written)])
                drawn += written
                PyErr_CheckSignals()
                if end < 0:
                    raise self._error(end)
                if end == LOOP_TIME and until == deadline or end not in (LOOP_TIME, LOOP_FULL):
                    break
        finally:
            self._busy = False
        return drawn

    def stop(self):
        """Makes `play` return at the next token; to be called from another thread, or beforehand."""
        loop_stop(&self._loop)

    cdef int _enter(self) except -1:
        if self._busy:
            raise RuntimeError("this loop is playing in another thread")
        self._busy = True
        return 0

    cdef _error(self, int code):
        cdef const sampler_options *sampling = &self._loop.sampling
        if code == LOOP_NO_STEP:
            return _model_error(self._loop.problem.text)
        return _sampler_error(code, sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p)
