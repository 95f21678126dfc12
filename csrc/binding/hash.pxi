# Fingerprints of files. Python's own modules for it are slow, or load OpenSSL, 3 to 4 MB.
from sha256 cimport c_sha256, c_sha256_plain


def sha256(data, *, bint plain=False):
    """The SHA-256 of bytes in hexadecimal digits. plain: without instructions of the processor's for it, for tests."""
    cdef Py_buffer view
    cdef uint8_t found[32]
    PyObject_GetBuffer(data, &view, 0)
    with nogil:
        if plain:
            c_sha256_plain(<const uint8_t *>view.buf, <size_t>view.len, found)
        else:
            c_sha256(<const uint8_t *>view.buf, <size_t>view.len, found)
    PyBuffer_Release(&view)
    return PyBytes_FromStringAndSize(<const char *>found, 32).hex()


cdef extern from *:
    "extern const char linnet_sources[];"  # setup.py writes it
    const char linnet_sources[]


def sources():
    """The SHA-256 of all the C that this library was compiled from: another library may give other results."""
    return PyUnicode_DecodeUTF8(linnet_sources, 64, NULL)
