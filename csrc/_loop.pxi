from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t
from libc.string cimport memcpy, memset
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc

import threading


cdef extern from "ort.h" nogil:
    ctypedef struct OrtStatus
    ctypedef struct OrtSession
    ctypedef struct OrtAllocator
    ctypedef struct OrtModelMetadata
    ctypedef struct OrtIoBinding

    ctypedef struct ort_library:
        OrtStatus *(*SessionGetInputCount)(const OrtSession *, size_t *) noexcept nogil
        OrtStatus *(*SessionGetOutputCount)(const OrtSession *, size_t *) noexcept nogil
        OrtStatus *(*AllocatorFree)(OrtAllocator *, void *) noexcept nogil
        OrtStatus *(*SessionGetModelMetadata)(const OrtSession *, OrtModelMetadata **) noexcept nogil
        OrtStatus *(*ModelMetadataLookupCustomMetadataMap)(const OrtModelMetadata *, OrtAllocator *, const char *, char **) noexcept nogil
        OrtStatus *(*ModelMetadataGetCustomMetadataMapKeys)(const OrtModelMetadata *, OrtAllocator *, char ***, int64_t *) noexcept nogil
        OrtStatus *(*RunWithBinding)(OrtSession *, const void *, const OrtIoBinding *) noexcept nogil
        OrtStatus *(*CreateIoBinding)(OrtSession *, OrtIoBinding **) noexcept nogil
        void (*ReleaseSession)(OrtSession *) noexcept nogil
        void (*ReleaseModelMetadata)(OrtModelMetadata *) noexcept nogil
        void (*ReleaseIoBinding)(OrtIoBinding *) noexcept nogil
        const char *version
        OrtAllocator *allocator

    ctypedef struct ort_problem:
        char text[512]

    ctypedef struct ort_settings:
        int threads
        size_t count
        const char *const *pairs

    ctypedef struct ort_tensor_info:
        char name[128]
        int type
        size_t rank
        int64_t shape[8]

    ctypedef struct ort_array:
        void *data
        size_t bytes
        int type
        size_t rank
        int64_t shape[8]

    int ORT_CANNOT_OPEN, ORT_NOT_ITSELF, ORT_TOO_OLD, ORT_API_OLDEST, ORT_RANK_MOST
    int ORT_FLOAT, ORT_UINT8, ORT_INT64

    int ort_open(ort_library *self, const char *path, ort_problem *problem)
    int ort_failed(const ort_library *self, OrtStatus *status, ort_problem *problem)
    OrtSession *ort_session(const ort_library *self, const void *data, size_t size, const ort_settings *settings,
                            ort_problem *problem)
    int ort_describe(const ort_library *self, const OrtSession *session, int is_output, size_t index, ort_tensor_info *info,
                     ort_problem *problem)
    int ort_bind(const ort_library *self, OrtIoBinding *binding, int is_output, const char *name, const ort_array *array,
                 ort_problem *problem)


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


# ---- onnxruntime's library -------------------------------------------------------------------------------------

cdef ort_library _library
cdef bint _library_is_open = False


def open_library(path):
    """Opens onnxruntime's library, for the life of the process. OSError says what is wrong with it."""
    global _library_is_open
    cdef ort_problem problem
    cdef bytes name = path.encode()
    cdef const char *chars = name
    cdef int code
    if _library_is_open:
        return
    with nogil:
        code = ort_open(&_library, chars, &problem)
    if code == ORT_CANNOT_OPEN:
        raise OSError(_text(problem.text))
    if code == ORT_NOT_ITSELF:
        raise OSError("it is another library")
    if code == ORT_TOO_OLD:
        raise OSError(f"its version is {_text(problem.text)}, and linnet needs 1.{ORT_API_OLDEST} or newer")
    if code:
        raise OSError(f"it fails at a small graph: {_text(problem.text)}")
    _library_is_open = True


def library_version():
    """Version of the open library; None while there is none."""
    return _library.version.decode() if _library_is_open else None


cdef _text(const char *text):
    return " ".join(text.decode(errors="replace").split())


cdef int _check(OrtStatus *status) except -1:
    cdef ort_problem problem
    if ort_failed(&_library, status, &problem):
        raise _model_error(problem.text)
    return 0


cdef _model_error(const char *problem):
    from linnet.errors import ModelError
    return ModelError(_text(problem))


cdef _string(char *text):
    """Takes a string over from onnxruntime."""
    try:
        return text.decode(errors="replace")
    finally:
        ort_failed(&_library, _library.AllocatorFree(_library.allocator, text), NULL)


# ---- sessions --------------------------------------------------------------------------------------------------

_TYPES = {ORT_FLOAT: "float32", ORT_UINT8: "uint8", ORT_INT64: "int64"}


cdef class _Array:
    """The memory of an array, lent for as long as this lives."""

    cdef Py_buffer _view
    cdef ort_array _array

    def __cinit__(self, array, bint writable):
        PyObject_GetBuffer(array, &self._view, PyBUF_FORMAT | PyBUF_ND | (PyBUF_WRITABLE if writable else 0))
        types = {b"f": ORT_FLOAT, b"B": ORT_UINT8, _INT64: ORT_INT64}
        if self._view.format not in types or self._view.ndim > ORT_RANK_MOST:
            raise ValueError(f"a tensor is float32, uint8 or int64 with at most {ORT_RANK_MOST} dimensions, "
                             f"got {self._view.format.decode()!r} with {self._view.ndim}")
        self._array.data, self._array.bytes = self._view.buf, self._view.len
        self._array.type, self._array.rank = types[self._view.format], self._view.ndim
        for i in range(self._view.ndim):
            self._array.shape[i] = self._view.shape[i]

    def __dealloc__(self):
        PyBuffer_Release(&self._view)


cdef class Session:
    """An open network. Any number of threads may run it at the same time.

    threads: that share the work of one step; settings: onnxruntime's own session settings, by key. ModelError when
    the bytes are no model.
    """

    cdef OrtSession *_session

    def __init__(self, data, *, int threads=1, settings=None):
        cdef ort_settings chosen = ort_settings(threads=threads, count=0, pairs=NULL)
        cdef ort_problem problem
        cdef Py_buffer view
        cdef OrtSession *session
        if not _library_is_open:
            raise RuntimeError("onnxruntime's library is not open")
        texts = [text.encode() for pair in (settings or {}).items() for text in pair]
        cdef const char **pairs = <const char **>PyMem_Calloc(len(texts) + 1, sizeof(char *))
        if pairs == NULL:
            raise MemoryError
        for i, text in enumerate(texts):
            pairs[i] = text
        chosen.pairs, chosen.count = pairs, len(texts) // 2
        try:
            PyObject_GetBuffer(data, &view, 0)
            with nogil:
                session = ort_session(&_library, view.buf, view.len, &chosen, &problem)
            PyBuffer_Release(&view)
        finally:
            PyMem_Free(pairs)
        if session == NULL:
            raise _model_error(problem.text)
        if self._session != NULL:
            _library.ReleaseSession(self._session)
        self._session = session

    def __dealloc__(self):
        if self._session != NULL:
            _library.ReleaseSession(self._session)

    def metadata(self):
        """The custom metadata of the model file: a text for each key."""
        cdef OrtModelMetadata *metadata = NULL
        cdef char **keys = NULL
        cdef char *value
        cdef int64_t count = 0, i
        texts = {}
        _check(_library.SessionGetModelMetadata(self._session, &metadata))
        try:
            _check(_library.ModelMetadataGetCustomMetadataMapKeys(metadata, _library.allocator, &keys, &count))
            for i in range(count):
                value = NULL
                _check(_library.ModelMetadataLookupCustomMetadataMap(metadata, _library.allocator, keys[i], &value))
                key = _string(keys[i])
                texts[key] = _string(value) if value != NULL else ""
            if keys != NULL:
                _check(_library.AllocatorFree(_library.allocator, keys))
        finally:
            _library.ReleaseModelMetadata(metadata)
        return texts

    def inputs(self):
        """(type, shape) of each input by name; -1 where any size will do, type None for what linnet does not know."""
        cdef size_t count = 0
        _check(_library.SessionGetInputCount(self._session, &count))
        return self._describe(False, count)

    def outputs(self):
        """(type, shape) of each output by name."""
        cdef size_t count = 0
        _check(_library.SessionGetOutputCount(self._session, &count))
        return self._describe(True, count)

    cdef _describe(self, bint is_output, size_t count):
        cdef ort_tensor_info info
        cdef ort_problem problem
        cdef size_t i
        tensors = {}
        for i in range(count):
            if ort_describe(&_library, self._session, is_output, i, &info, &problem):
                raise _model_error(problem.text)
            shape = tuple([info.shape[k] for k in range(info.rank)])
            tensors[info.name.decode(errors="replace")] = _TYPES.get(info.type), shape
        return tensors

    def run(self, inputs, outputs):
        """One run of the network, from arrays and into arrays, both by name."""
        cdef OrtIoBinding *binding = NULL
        cdef OrtStatus *status
        cdef _Array array
        cdef ort_problem problem
        cdef bint is_output
        lent = []
        _check(_library.CreateIoBinding(self._session, &binding))
        try:
            for is_output, arrays in enumerate((inputs, outputs)):
                for name, values in arrays.items():
                    array = _Array(values, is_output)
                    lent.append(array)
                    if ort_bind(&_library, binding, is_output, name.encode(), &array._array, &problem):
                        raise _model_error(problem.text)
            with nogil:
                status = _library.RunWithBinding(self._session, NULL, binding)
            _check(status)
        finally:
            _library.ReleaseIoBinding(binding)


# ---- the loop --------------------------------------------------------------------------------------------------

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

    def __init__(self, Session session not None, states, Tracker tracker not None, Rng rng not None, *,
                 double temperature=1.0, top_k=0, double top_p=1.0, double min_p=0.0):
        if self._session is not None:
            raise RuntimeError("a loop is made once")
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
