# The likeliest chords and keys: what csrc/harmony.h promises.
from harmony cimport HARMONY_KINDS_MOST, HARMONY_ROOTS, harmony_chords, harmony_keys, harmony_moves


def chord_path(fit, entry, path, *, motion, bytes kinds not None, nothing):
    """The state of each beat into path, int64[beats]; fit and entry, int64[beats, states], are written over.

    motion: int64[kinds, 12, 12]; kinds: the kind of each quality, a byte each.
    """
    cdef harmony_moves moves
    cdef _Array into = _plain(path, True, _INT64, 0, b"path")
    cdef Py_ssize_t beats = into._view.len // 8, cells = beats * (12 * len(kinds) + 1)
    cdef _Array best = _plain(fit, True, _INT64, cells, b"fit"), changed = _plain(entry, True, _INT64, cells, b"entry")
    moves.qualities, moves.kind = _within(len(kinds), 1, 255, b"qualities"), <const uint8_t *>PyBytes_AsString(kinds)
    moves.kinds, moves.nothing = _within(max(kinds) + 1, 1, HARMONY_KINDS_MOST, b"kinds"), _integer(nothing)
    cdef _Array moving = _plain(motion, False, _INT64, moves.kinds * HARMONY_ROOTS * HARMONY_ROOTS, b"motion")
    moves.motion = <const int64_t *>moving._view.buf
    harmony_chords(&moves, <int64_t *>best._view.buf, <int64_t *>changed._view.buf, beats, <int64_t *>into._view.buf)


def key_path(fit, path, *, keys, change):
    """The key of each bar into path, int64[bars]; fit, int64[bars, keys], is written over."""
    cdef _Array into = _plain(path, True, _INT64, 0, b"path")
    cdef Py_ssize_t bars = into._view.len // 8
    cdef int count = _within(keys, 1, 1024, b"keys")
    cdef _Array best = _plain(fit, True, _INT64, bars * count, b"fit")
    harmony_keys(<int64_t *>best._view.buf, bars, count, _integer(change), <int64_t *>into._view.buf)
