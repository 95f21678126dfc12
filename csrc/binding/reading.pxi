# From MIDI files to tokens: what csrc/midi.h, csrc/codec.h and csrc/similarity.h promise.
from codec cimport codec_piece, codec_write, similarity_common
from midi cimport midi_messages, midi_pair, midi_place

cdef enum:
    _MESSAGES = 512


def channel_messages(bytes body not None, at, running, tick, ticks, codes):
    """Walks channel messages from byte `at` on, appends to ticks and codes, each array("q"); at, running and tick after them."""
    cdef int64_t when[_MESSAGES]
    cdef int64_t what[_MESSAGES]
    cdef midi_place place
    cdef const uint8_t *bytes_of = <const uint8_t *>PyBytes_AsString(body)
    cdef size_t size = len(body), found = _MESSAGES
    place.at, place.status, place.tick = _at_least_0(at, b"at"), _within(running, 0, 255, b"running"), _integer(tick)
    while found == _MESSAGES:
        found = midi_messages(bytes_of, size, &place, when, what, _MESSAGES)
        ticks.frombytes(PyBytes_FromStringAndSize(<char *>when, 8 * found))
        codes.frombytes(PyBytes_FromStringAndSize(<char *>what, 8 * found))
    return place.at, place.status, place.tick


def pair_notes(key, strikes, ended_by, unbalanced):
    """Of key int64[n] and strikes uint8[n]: into ended_by, int64[n], and unbalanced, int64[keys]."""
    cdef _Array into = _plain(ended_by, True, _INT64, 0, b"ended_by"), left = _plain(unbalanced, True, _INT64, 0, b"unbalanced")
    cdef Py_ssize_t count = into._view.len // 8, keys = left._view.len // 8
    cdef _Array read = _plain(key, False, _INT64, count, b"key"), on = _plain(strikes, False, b"B", count, b"strikes")
    cdef const int64_t *each = <const int64_t *>read._view.buf
    cdef Py_ssize_t i
    for i in range(count):
        if not 0 <= each[i] < keys:
            raise ValueError("key must be below the length of unbalanced")
    cdef int64_t *scratch = <int64_t *>_memory((2 * keys + count) * 8)
    midi_pair(each, <const uint8_t *>on._view.buf, count, keys, <int64_t *>into._view.buf, <int64_t *>left._view.buf, scratch)
    PyMem_Free(scratch)


def write_tokens(notes, bars, tempos, *, end, tokens):
    """Into tokens, uint16[room]; how many there are. Each int64: notes[5, n], bars[2, n], tempos[2, n], as csrc/codec.h has them."""
    cdef codec_piece piece
    cdef _Array rows = _plain(notes, False, _INT64, 0, b"notes"), lines = _plain(bars, False, _INT64, 0, b"bars")
    cdef _Array changes = _plain(tempos, False, _INT64, 0, b"tempos"), into = _plain(tokens, True, b"H", 0, b"tokens")
    cdef const int64_t *at = <const int64_t *>rows._view.buf
    cdef Py_ssize_t count = rows._view.len // 40, room = into._view.len // 2, found
    piece.notes, piece.bars, piece.tempos = count, lines._view.len // 16, changes._view.len // 16
    piece.tick, piece.slot, piece.pitch = at, at + count, at + 2 * count
    piece.velocity, piece.duration = at + 3 * count, at + 4 * count
    piece.start, piece.changes = <const int64_t *>lines._view.buf, <const int64_t *>changes._view.buf
    piece.signature, piece.tempo, piece.end = piece.start + piece.bars, piece.changes + piece.tempos, _integer(end)
    found = codec_write(&piece, <uint16_t *>into._view.buf, room)
    if found < 0:
        raise ValueError("a note, a bar or a tempo has no token: quantise the score first")
    if found > room:
        PyErr_Format(ValueError, b"tokens must have room for %zd, got %zd", found, room)
    return found


def in_common(values, first, *, distance, common):
    """Into common, int64[bars], how many values each bar shares with the one so far before; first: int64[bars + 1]."""
    cdef _Array into = _plain(common, True, _INT64, 0, b"common"), read = _plain(values, False, _INT64, 0, b"values")
    cdef Py_ssize_t bars = into._view.len // 8, size = read._view.len // 8, i
    cdef _Array edges = _plain(first, False, _INT64, bars + 1, b"first")
    cdef const int64_t *edge = <const int64_t *>edges._view.buf
    for i in range(bars + 1):
        if not (edge[i - 1] if i else 0) <= edge[i] <= size:
            raise ValueError("first must ascend within values")
    similarity_common(<const int64_t *>read._view.buf, edge, bars, _within(distance, 1, 1 << 20, b"distance"),
                      <int64_t *>into._view.buf)
