# Music that is given: what csrc/given.h promises.
from tracker cimport GIVEN_SAME, given_change, given_music, given_note, given_place, given_read, given_span, tracker, tracker_init
from vocabulary cimport DRUM_COUNT, DRUM_LOWEST, PITCH_COUNT, SLOT_COUNT, TOKEN_DRUM, TOKEN_NOTE, VELOCITY_COUNT


cdef class Given:
    """Notes that are given, and where nothing but these may be. See csrc/given.h.

    notes: int32[n * 5], rows of (onset, duration, slot, pitch, velocity) in the order of tokens, slot 16 for the kit; a pitch may
    be -1 where it is not given, -2, -3 or -4 where it is above, below or the last one, and velocity -1; slots: numbers of those
    that are given all through; spans: (from, to) ticks, ascending, outside of which everything is given; onsets: slots in which
    things begin only where they are given, until onsets_to; changes: (tick, token) of meters and tempos. ValueError for what is
    out of range or of order.
    """

    cdef given_music _music
    cdef given_note *_notes
    cdef given_span *_spans
    cdef given_change *_changes

    def __cinit__(self, notes, *, slots=(), spans=(), onsets=(), onsets_to=INT32_MAX, changes=()):
        cdef _Array rows = _plain(notes, False, _INT32, 0, b"notes")
        cdef list gaps = list(spans), turns = list(changes)  # as many as were counted
        cdef Py_ssize_t count = rows._view.len // sizeof(given_note), i
        cdef const given_note *note
        cdef int64_t before = 0
        cdef int kit, known
        self._notes = <given_note *>_memory(count * sizeof(given_note))
        self._spans = <given_span *>_memory(len(gaps) * sizeof(given_span))
        self._changes = <given_change *>_memory(len(turns) * sizeof(given_change))
        memcpy(self._notes, rows._view.buf, count * sizeof(given_note))
        for i in range(count):
            note = &self._notes[i]
            kit, known = note.slot == SLOT_COUNT, note.pitch >= 0
            if (note.onset < before or note.duration < 0 or not 0 <= note.slot <= SLOT_COUNT or note.pitch < GIVEN_SAME or
                    note.pitch >= PITCH_COUNT or
                    (kit and known and not DRUM_LOWEST <= note.pitch < DRUM_LOWEST + DRUM_COUNT) or
                    not -1 <= note.velocity < VELOCITY_COUNT):
                PyErr_Format(ValueError, b"note %zd is out of range, or of order", i)
            before = note.onset
        before = 0
        for i in range(len(gaps)):
            begin, to = gaps[i]
            self._spans[i].begin, self._spans[i].to = _within(begin, 0, 1 << 30, b"a span"), _within(to, 0, INT32_MAX, b"a span")
            if self._spans[i].begin < before or self._spans[i].to < self._spans[i].begin:
                raise ValueError("spans must be ascending, and apart")
            before = self._spans[i].to
        before = 0
        for i in range(len(turns)):
            tick, token = turns[i]
            self._changes[i] = given_change(tick=_within(tick, 0, 1 << 30, b"a change"), token=_token(token))
            if self._changes[i].tick < before:
                raise ValueError("changes must be ascending")
            before = self._changes[i].tick
        self._music.notes, self._music.count = self._notes, count
        self._music.spans, self._music.span_count = self._spans, len(gaps)
        self._music.slots = <uint32_t>_bits(slots, 0, SLOT_COUNT + 1, b"a given slot")
        self._music.onsets = <uint32_t>_bits(onsets, 0, SLOT_COUNT + 1, b"a slot of given onsets")
        self._music.onsets_to = _within(onsets_to, 0, INT32_MAX, b"onsets_to")
        self._music.changes, self._music.change_count = self._changes, len(turns)

    def __dealloc__(self):
        PyMem_Free(self._notes)
        PyMem_Free(self._spans)
        PyMem_Free(self._changes)


def read_notes(tokens, notes, places, ticks, time_base="grid"):
    """The notes of tokens uint16[n] as rows of `Given`, int32[m * 5], and for each where its tokens begin and end, int32[m * 2],
    m being the number of note and drum tokens; and the tick after each token, int32[n]. Returns how many notes there are."""
    cdef int base = _time_base(time_base), token
    cdef _Array read = _plain(tokens, False, b"H", 0, b"tokens")
    cdef Py_ssize_t count = read._view.len // 2, struck = 0, found, i
    for i in range(count):
        token = (<const uint16_t *>read._view.buf)[i]
        struck += TOKEN_NOTE <= token < TOKEN_NOTE + PITCH_COUNT or TOKEN_DRUM <= token < TOKEN_DRUM + DRUM_COUNT
    cdef _Array rows = _plain(notes, True, _INT32, struck * 5, b"notes")
    cdef _Array begins = _plain(places, True, _INT32, struck * 2, b"places")
    cdef _Array times = _plain(ticks, True, _INT32, count, b"ticks")
    cdef tracker *scratch = <tracker *>_memory(sizeof(tracker))
    tracker_init(scratch, base)
    with nogil:
        found = given_read(scratch, <const uint16_t *>read._view.buf, count, <given_note *>rows._view.buf,
                           <given_place *>begins._view.buf, <int32_t *>times._view.buf)
    PyMem_Free(scratch)
    return _in_vocabulary(found) if found < 0 else found
