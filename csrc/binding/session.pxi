# onnxruntime: its library, and an open network.
from loop cimport loop
from ort cimport (
    OrtStatus, OrtSession, OrtModelMetadata, OrtIoBinding, ort_library, ort_problem, ort_settings,
    ort_tensor_info, ORT_CANNOT_OPEN, ORT_NOT_ITSELF, ORT_TOO_OLD, ORT_API_OLDEST, ORT_FLOAT, ORT_UINT8,
    ORT_INT64, ort_open, ort_failed, ort_session, ort_describe, ort_bind,
)

# ---- the library --------------------------------------------------------------------------------------------

cdef ort_library _library
cdef bint _library_is_open = False


def open_library(path):
    """Opens onnxruntime's library, for the life of the process. OSError says what is wrong with it; MemoryError."""
    global _library_is_open
    cdef ort_problem problem
    cdef bytes name = path.encode()
    cdef const char *chars = name
    cdef int code
    if _library_is_open:
        return
    with nogil:
        code = ort_open(&_library, chars, &problem)
    if not code:
        _library_is_open = True
        return
    said = _text(problem.text)
    if code == ORT_CANNOT_OPEN:
        raise OSError(said)
    if code == ORT_NOT_ITSELF:
        raise OSError("it is another library")
    if code == ORT_TOO_OLD:
        PyErr_Format(OSError, b"its version is %S, and linnet needs 1.%d or newer", <void *>said, ORT_API_OLDEST)
    reason = _model_error(problem.text)
    if isinstance(reason, MemoryError):
        raise reason
    raise OSError("it fails at a small graph: " + said)


def library_version():
    """Version of the open library; None while there is none."""
    return _library.version.decode() if _library_is_open else None


cdef int _check(OrtStatus *status) except -1:
    cdef ort_problem problem
    if ort_failed(&_library, status, &problem):
        raise _model_error(problem.text)
    return 0


cdef _string(char *text):
    """A string that onnxruntime allocated, as Python's; it is given back to onnxruntime."""
    cdef object copy = PyUnicode_DecodeUTF8(text, strlen(text), b"replace")
    ort_failed(&_library, _library.AllocatorFree(_library.allocator, text), NULL)
    return copy


# ---- sessions -----------------------------------------------------------------------------------------------

_TYPES = {ORT_FLOAT: "float32", ORT_UINT8: "uint8", ORT_INT64: "int64"}


cdef enum:
    _THREADS_MOST = 1024  # onnxruntime starts as many as it is told, and does not come back from 2**31


cdef class Network:
    """An open network, of onnxruntime or of linnet's own engine. Any number of threads may run it at the same time."""

    cdef int _connect(self, Loop of) except -1:
        """Tells the loop where the rows of its tensors are, as many as it has pieces. May be called again with fewer."""
        raise NotImplementedError

    cdef void _disconnect(self, loop *of) noexcept:
        """Gives back what `_connect` took."""


cdef class Session(Network):
    """A network that onnxruntime runs. Any number of threads may run it at the same time.

    threads: that share the work of one step; settings: onnxruntime's own session settings, by key. ModelError when
    the bytes are no model, MemoryError when they are too much.
    """

    cdef OrtSession *_session

    def __cinit__(self, data, *, int threads=1, settings=None):
        cdef ort_settings chosen = ort_settings(threads=threads, count=0, pairs=NULL)
        cdef ort_problem problem
        cdef Py_buffer view
        if not _library_is_open:
            raise RuntimeError("onnxruntime's library is not open")
        _within(threads, 1, _THREADS_MOST, b"threads")
        cdef list texts = [text.encode() for pair in (settings or {}).items() for text in pair]
        cdef const char **pairs = <const char **>_memory(len(texts) * sizeof(char *))
        for i, text in enumerate(texts):
            pairs[i] = <bytes>text
        chosen.pairs, chosen.count = pairs, len(texts) // 2
        try:
            PyObject_GetBuffer(data, &view, 0)
            with nogil:
                self._session = ort_session(&_library, view.buf, view.len, &chosen, &problem)
            PyBuffer_Release(&view)
        finally:
            PyMem_Free(pairs)
        if self._session == NULL:
            raise _model_error(problem.text)

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
                    array._tensor()
                    lent.append(array)
                    if ort_bind(&_library, binding, is_output, name.encode(), &array._array, &problem):
                        raise _model_error(problem.text)
            with nogil:
                status = _library.RunWithBinding(self._session, NULL, binding)
            _check(status)
        finally:
            _library.ReleaseIoBinding(binding)

    cdef int _connect(self, Loop of) except -1:
        cdef loop *to = &of._loop
        cdef ort_array features = _rows(to.features, ORT_INT64, to.width, sizeof(int64_t))
        cdef ort_array logits = _rows(to.logits, ORT_FLOAT, to.outputs, sizeof(float))
        cdef ort_array latents = _rows(to.latents, ORT_FLOAT, to.latent, sizeof(float))
        cdef ort_array row
        cdef _State state
        cdef int side
        cdef int64_t rows = to.count * of._share
        cdef size_t k
        self._disconnect(to)
        to.ort, to.session = &_library, self._session
        for side in range(2):
            _check(_library.CreateIoBinding(self._session, &to.step[side]))
            self._bind(to, side, False, b"features", features, rows)
            self._bind(to, side, True, b"logits", logits, rows)
            if to.latent:
                self._bind(to, side, False, b"latent", latents, rows)
            for k in range(<size_t>len(of._specs)):
                state = of._specs[k]
                row = state._array
                row.data = of._row(side, k, 0)
                self._bind(to, side, False, state.source, row, rows)
                row.data = of._row(1 - side, k, 0)
                self._bind(to, side, True, state.target, row, rows)
        return 0

    cdef int _bind(self, loop *to, int side, bint is_output, const char *name, ort_array row, int64_t rows) except -1:
        """So many rows, from one."""
        row.shape[0] = rows
        row.bytes *= rows
        if ort_bind(&_library, to.step[side], is_output, name, &row, &to.problem):
            raise _model_error(to.problem.text)
        return 0

    cdef void _disconnect(self, loop *of) noexcept:
        for side in range(2):
            if of.step[side] != NULL:
                _library.ReleaseIoBinding(of.step[side])
                of.step[side] = NULL
