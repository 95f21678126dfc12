from libc.stdint cimport int64_t
from libc.string cimport strlen, strstr
from cpython.unicode cimport PyUnicode_DecodeUTF8
from cpython.exc cimport PyErr_Format
from cpython.mem cimport PyMem_Free


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
        OrtStatus *(*ModelMetadataLookupCustomMetadataMap)(const OrtModelMetadata *, OrtAllocator *, const char *,
                                                           char **) noexcept nogil
        OrtStatus *(*ModelMetadataGetCustomMetadataMapKeys)(const OrtModelMetadata *, OrtAllocator *, char ***,
                                                            int64_t *) noexcept nogil
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
    int ort_describe(const ort_library *self, const OrtSession *session, int is_output, size_t index,
                     ort_tensor_info *info, ort_problem *problem)
    int ort_bind(const ort_library *self, OrtIoBinding *binding, int is_output, const char *name,
                 const ort_array *array, ort_problem *problem)


# ---- onnxruntime's library ----------------------------------------------------------------------------------

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


cdef _text(const char *text):
    return " ".join(PyUnicode_DecodeUTF8(text, strlen(text), b"replace").split())


cdef int _check(OrtStatus *status) except -1:
    cdef ort_problem problem
    if ort_failed(&_library, status, &problem):
        raise _model_error(problem.text)
    return 0


cdef _model_error(const char *problem):
    if strstr(problem, b"bad_alloc") or strstr(problem, b"bad allocation"):  # what C++ says when memory runs out
        return MemoryError("onnxruntime ran out of memory")
    return _error_of_model(_text(problem))


cdef _string(char *text):
    """Takes a string over from onnxruntime."""
    cdef object copy = PyUnicode_DecodeUTF8(text, strlen(text), b"replace")
    ort_failed(&_library, _library.AllocatorFree(_library.allocator, text), NULL)
    return copy


# ---- sessions -----------------------------------------------------------------------------------------------

_TYPES = {ORT_FLOAT: "float32", ORT_UINT8: "uint8", ORT_INT64: "int64"}


cdef class _Array:
    """The memory of an array, lent for as long as this lives."""

    cdef Py_buffer _view
    cdef ort_array _array

    def __cinit__(self, array, bint writable):
        PyObject_GetBuffer(array, &self._view, PyBUF_FORMAT | PyBUF_ND | (PyBUF_WRITABLE if writable else 0))

    cdef int _tensor(self) except -1:
        """Says what it is to onnxruntime."""
        cdef const char *format = self._view.format
        self._array.type = (ORT_FLOAT if strcmp(format, b"f") == 0 else ORT_UINT8 if strcmp(format, b"B") == 0 else
                            ORT_INT64 if strcmp(format, _INT64) == 0 else -1)
        if self._array.type < 0 or self._view.ndim > ORT_RANK_MOST:
            PyErr_Format(ValueError, b"a tensor is float32, uint8 or int64 with at most %d dimensions, got '%s' with %d",
                         ORT_RANK_MOST, format, self._view.ndim)
        self._array.data, self._array.bytes, self._array.rank = self._view.buf, self._view.len, self._view.ndim
        for i in range(self._view.ndim):
            self._array.shape[i] = self._view.shape[i]
        return 0

    def __dealloc__(self):
        PyBuffer_Release(&self._view)


cdef enum:
    _THREADS_MOST = 1024  # onnxruntime starts as many as it is told, and does not come back from 2**31


cdef class Session:
    """An open network. Any number of threads may run it at the same time.

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
