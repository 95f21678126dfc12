# cython: language_level=3, auto_pickle=False, binding=False
# Without the last two the module is a fifth larger: pickling that only raises, and a Python object for each method.
# One module in parts: what C declares stands in a .pxd for each header, the parts below are compiled as one text.
"""The C core of linnet: chooses tokens, keeps track of the music so far, and runs the network."""

cimport cython
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AsString, PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_CheckSignals, PyErr_Format
from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport (
    INT32_MAX, INT64_MAX, INT64_MIN, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)
from libc.string cimport memcpy, memmove, memset, strcmp, strlen, strstr

import _thread
import sys
import threading

include "errors.pxi"
include "arrays.pxi"
include "arguments.pxi"
include "random.pxi"
include "hash.pxi"
include "vocabulary.pxi"
include "given.pxi"
include "original.pxi"
include "harmony.pxi"
include "reading.pxi"
include "tracker.pxi"
include "session.pxi"
include "native.pxi"
include "piece.pxi"
include "heads.pxi"
include "marks.pxi"
include "loop.pxi"
include "candidates.pxi"
include "turns.pxi"
include "ring.pxi"
