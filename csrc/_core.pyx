# cython: language_level=3, auto_pickle=False, binding=False
# Without the last two the module is a fifth larger: pickling that only raises, and a Python object for each method.
"""The C core of linnet: chooses tokens, keeps track of the music so far, and runs the network."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer

include "_sampler.pxi"
include "_tracker.pxi"
include "_ort.pxi"
include "_loop.pxi"
