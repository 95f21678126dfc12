# Memory: what Python's arrays lend, and what linnet asks for itself.
from ort cimport ort_array, ORT_RANK_MOST, ORT_FLOAT, ORT_UINT8, ORT_INT64

# int64 is 'l' where a C long has eight bytes and 'q' elsewhere; numpy names it so.
cdef const char *_INT64 = b"l" if sizeof(long) == 8 else b"q"
cdef const char *_UINT64 = b"L" if sizeof(long) == 8 else b"Q"
cdef const char *_INT32 = b"i" if sizeof(int) == 4 and sizeof(long) == 8 else b"l"


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


cdef _Array _plain(array, bint writable, const char *format, Py_ssize_t least, const char *name):
    """A contiguous array of the given element format with at least so many elements."""
    cdef _Array lent = _Array(array, writable)
    if strcmp(lent._view.format, format) or lent._view.len < least * lent._view.itemsize:
        PyErr_Format(ValueError, b"%s must be a contiguous array of '%s' with at least %zd elements, got %zd of '%s'", name,
                     format, least, lent._view.len // lent._view.itemsize, lent._view.format)
    return lent


cdef void *_memory(size_t bytes) except NULL:
    """Zeros; to be given to PyMem_Free."""
    cdef void *memory = PyMem_Calloc(bytes + 1, 1)
    if memory == NULL:
        raise MemoryError
    return memory


cdef ort_array _rows(void *data, int type, size_t columns, size_t size) noexcept:
    """One row of a tensor."""
    cdef ort_array row
    memset(&row, 0, sizeof(row))
    row.data, row.bytes, row.type, row.rank = data, columns * size, type, 2
    row.shape[0], row.shape[1] = 1, columns
    return row


cdef enum:
    _ALIGNMENT = 64


cdef size_t _padded(size_t bytes) noexcept:
    return (bytes + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT


cdef uint8_t *_put(uint8_t *at, uint64_t word) noexcept:
    """Writes eight bytes, the lowest first; returns the place after them."""
    cdef int i
    for i in range(8):
        at[i] = word >> 8 * i & 0xFF
    return at + 8


cdef uint64_t _get(const uint8_t *at) noexcept:
    cdef uint64_t word = 0
    cdef int i
    for i in range(8):
        word |= <uint64_t>at[i] << 8 * i
    return word
