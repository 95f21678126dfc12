from libc.stdint cimport int16_t, int32_t, int64_t, uint16_t, uint32_t, uint8_t
from libc.string cimport memcpy
from cpython.exc cimport PyErr_Format
from cpython.mem cimport PyMem_Free


cdef extern from "Python.h":
    object Py_BuildValue(const char *format, ...)


cdef extern from "vocabulary.h" nogil:
    ctypedef struct token_family:
        const char *name
        int first, count, value, step

    ctypedef struct time_signature:
        int numerator, denominator, ticks, beat_ticks

    const token_family TOKEN_FAMILIES[]
    const time_signature TIME_SIGNATURES[]
    const int TEMPO_BPM[]
    int TOKEN_FAMILY_COUNT, SIGNATURE_COUNT, TEMPO_COUNT, VOCABULARY_SIZE, SLOT_COUNT, PITCH_COUNT, TICKS_PER_BEAT, DRUM_COUNT
    int DRUM_LOWEST, LONGEST_DURATION, TOKEN_NOTE, TOKEN_SLOT


cdef extern from "tracker.h" nogil:
    ctypedef struct feature_family:
        const char *name
        int columns, count, tables

    ctypedef struct tracker_rules:
        uint16_t scale
        uint8_t lowest[16]
        uint8_t highest[16]
        uint8_t polyphony[16]
        uint64_t programs[2]
        uint64_t drums
        int32_t slots, bars, ticks, longest, stuck_after
        uint8_t fixed_meter, fixed_tempo, downbeat, endless

    ctypedef struct watchdog:
        uint32_t interventions

    ctypedef struct tracker:
        watchdog watch
        tracker_rules rules
        uint8_t wishes[1]
        uint8_t finished
        uint8_t time_base, header
        int64_t now, bar_start, bars
        int32_t bar_length, signature, tempo, last, last_big, declared, slot
        int16_t program[16]
        int16_t velocity[17]
        int16_t pending_velocity

    const feature_family FEATURE_FAMILIES[]
    int FEATURE_FAMILY_COUNT, FEATURE_FIRST_WISH, FEATURE_WIDTH, WISH_COUNT
    int TIME_BASE_GRID, TIME_BASE_PERFORMANCE, SOURCE_ANYWHERE, SOURCE_NOWHERE, SOURCE_MOST

    int tracker_feature_count()
    void tracker_rules_free(tracker_rules *rules)
    void tracker_init(tracker *self, int time_base)
    void tracker_reset(tracker *self)
    void tracker_set_source(tracker *self, int where)
    int tracker_recovers(const tracker *self)
    void tracker_advance(tracker *self, int token)
    int tracker_mask(const tracker *self, uint8_t *mask)
    void tracker_features(const tracker *self, int32_t *row)
    Py_ssize_t tracker_features_of(tracker *self, const uint16_t *tokens, size_t count, const uint8_t *wishes, size_t rows,
                                   const uint8_t *sources, size_t source_rows, int32_t *out)
    Py_ssize_t tracker_masks_of(tracker *self, const uint16_t *tokens, size_t count, uint8_t *bits)


def token_families():
    """(name, first id, count, value of the first, step between values) of each token family, in order of ids."""
    return [Py_BuildValue(b"siiii", TOKEN_FAMILIES[i].name, TOKEN_FAMILIES[i].first, TOKEN_FAMILIES[i].count,
                          TOKEN_FAMILIES[i].value, TOKEN_FAMILIES[i].step) for i in range(TOKEN_FAMILY_COUNT)]


def time_signatures():
    """(numerator, denominator, ticks of a bar) of each time-signature token; 24 ticks a quarter."""
    return [Py_BuildValue(b"iii", TIME_SIGNATURES[i].numerator, TIME_SIGNATURES[i].denominator, TIME_SIGNATURES[i].ticks)
            for i in range(SIGNATURE_COUNT)]


def tempos_bpm():
    """Beats per minute of each tempo token."""
    return [TEMPO_BPM[i] for i in range(TEMPO_COUNT)]


def feature_families():
    """(name, columns, ids in a table, tables) of each feature family, in order of columns and of ids."""
    return [Py_BuildValue(b"siii", FEATURE_FAMILIES[i].name, FEATURE_FAMILIES[i].columns, FEATURE_FAMILIES[i].count,
                          FEATURE_FAMILIES[i].tables) for i in range(FEATURE_FAMILY_COUNT)]


def feature_count():
    """Rows of the embedding table: every feature id and the pad."""
    return tracker_feature_count()


def feature_width():
    """Columns of a row of features."""
    return FEATURE_WIDTH


cdef int _time_base(name) except -1:
    if name == "grid":
        return TIME_BASE_GRID
    if name == "performance":
        return TIME_BASE_PERFORMANCE
    raise ValueError(f"time_base must be 'grid' or 'performance', got {name!r}")


cdef _Array _plain(array, bint writable, const char *format, Py_ssize_t least, const char *name):
    """A contiguous array of the given element format with at least so many elements."""
    cdef _Array lent = _Array(array, writable)
    if strcmp(lent._view.format, format) or lent._view.len < least * lent._view.itemsize:
        PyErr_Format(ValueError, b"%s must be a contiguous array of '%s' with at least %zd elements, got %zd of '%s'", name,
                     format, least, lent._view.len // lent._view.itemsize, lent._view.format)
    return lent


# int64 is 'l' where a C long has eight bytes and 'q' elsewhere; numpy names it so.
cdef const char *_INT64 = b"l" if sizeof(long) == 8 else b"q"
cdef const char *_INT32 = b"i" if sizeof(int) == 4 and sizeof(long) == 8 else b"l"


cdef uint64_t _bits(members, int first, int count, const char *name, uint64_t *upper=NULL) except? 0:
    """The set as bits, bit 0 for `first`; those from bit 64 on go to `upper`."""
    cdef uint64_t lower = 0
    cdef int bit
    for member in members:
        bit = _within(member, first, first + count - 1, name) - first
        if bit < 64:
            lower |= <uint64_t>1 << bit
        else:
            upper[0] |= <uint64_t>1 << (bit - 64)
    return lower


_PLACES = {"anywhere": SOURCE_ANYWHERE, "nowhere": SOURCE_NOWHERE, **{bars: bars for bars in range(1, SOURCE_MOST + 1)}}


cdef int _source(where) except? -2:
    place = _PLACES.get(where)
    if place is None:
        PyErr_Format(ValueError, b"where must be 'anywhere', 'nowhere' or 1 to %d, got %R", SOURCE_MOST, <void *>where)
    return place


cdef int _wish(int wish, value) except -1:
    return _within(value, 0, FEATURE_FAMILIES[FEATURE_FIRST_WISH + wish].count - 1,
                   FEATURE_FAMILIES[FEATURE_FIRST_WISH + wish].name)


cdef int _token(token) except -1:
    return _within(token, 0, VOCABULARY_SIZE - 1, b"token")


cdef int _in_vocabulary(Py_ssize_t failed) except -1:
    """ValueError for the token at -1 - `failed`, if it is negative."""
    if failed < 0:
        PyErr_Format(ValueError, b"tokens[%zd] is outside the vocabulary of %d", -1 - failed, VOCABULARY_SIZE)
    return 0


cdef class Tracker:
    """Follows a piece token by token: grammar, hard rules, wishes and features. See csrc/tracker.h."""

    cdef tracker *_tracker

    def __cinit__(self, time_base="grid"):
        base = _time_base(time_base)
        self._tracker = <tracker *>_memory(sizeof(tracker))
        tracker_init(self._tracker, base)

    def __dealloc__(self):
        PyMem_Free(self._tracker)

    @property
    def waits(self):
        """Whether the last token may need another: a note its duration, a slot that is declared its program."""
        last = self._tracker.last
        return bool(self._tracker.last_big or TOKEN_NOTE <= last < TOKEN_NOTE + PITCH_COUNT or
                    self._tracker.header and TOKEN_SLOT <= last < TOKEN_SLOT + SLOT_COUNT)

    @property
    def voices(self):
        """(whether slots may still be declared, the slot named last, the velocity to come, the program of each declared slot,
        the velocity of each slot and of the kit). Velocities count their tokens; -1 for none."""
        return (bool(self._tracker.header), self._tracker.slot, self._tracker.pending_velocity,
                [self._tracker.program[i] for i in range(self._tracker.declared)],
                [self._tracker.velocity[i] for i in range(SLOT_COUNT + 1)])

    def copy(self):
        """An independent tracker at the same place."""
        cdef Tracker other = Tracker.__new__(Tracker)
        memcpy(other._tracker, self._tracker, sizeof(tracker))
        return other

    def reset(self):
        """Starts a new piece; rules and wishes stay."""
        tracker_reset(self._tracker)

    @property
    def time_base(self):
        """"grid" or "performance"."""
        return "grid" if self._tracker.time_base == TIME_BASE_GRID else "performance"

    @property
    def now(self):
        """Ticks since the piece began."""
        return self._tracker.now

    @property
    def bars(self):
        """Bars begun."""
        return self._tracker.bars

    @property
    def bar_start(self):
        """Tick of the last bar line."""
        return self._tracker.bar_start

    @property
    def bar_end(self):
        """Tick of the next bar line."""
        return self._tracker.bar_start + self._tracker.bar_length

    @property
    def beat(self):
        """Ticks of a beat: a dotted quarter where eighths come in threes, a quarter otherwise."""
        return TIME_SIGNATURES[self._tracker.signature].beat_ticks if self._tracker.signature >= 0 else TICKS_PER_BEAT

    @property
    def bpm(self):
        """Quarter notes a minute, as the last tempo token says; None before there is one."""
        return TEMPO_BPM[self._tracker.tempo] if self._tracker.tempo >= 0 else None

    @property
    def finished(self):
        """Whether eos was read."""
        return bool(self._tracker.finished)

    @property
    def interventions(self):
        """How often the watchdog stepped in since the piece began."""
        return self._tracker.watch.interventions

    @property
    def recovers(self):
        """Whether a loop was noticed not long ago."""
        return bool(tracker_recovers(self._tracker))

    def restrict(self, *, scale=None, ranges=None, polyphony=None, programs=None, drums=None, slots=None, bars=None,
                 ticks=None, longest=None, stuck_after=None, fixed_meter=None, fixed_tempo=None, downbeat=None,
                 endless=None):
        """Sets hard rules; None leaves a rule as it is.

        scale: pitch classes (0 = C) that may sound; ranges: (lowest, highest) pitch for slot 0, 1, ... (the last one serves the
        rest); polyphony: notes sounding together for slot 0, 1, ... (0 = any number); programs, drums: those allowed, by
        number; slots: how many may be declared; bars: exact number of bars, 0 = free; ticks: where everything has ended, 0 =
        free; longest: longest duration in ticks, 0 = 1535; stuck_after: ticks without anything new, 0 = any number; downbeat: something is struck at the beginning. ValueError names the argument that is out of range; no
        rule changes then.
        """
        cdef tracker_rules rules = self._tracker.rules
        cdef int i
        if scale is not None:
            rules.scale = <uint16_t>_bits(scale, 0, 12, b"a pitch class of the scale")
        if ranges is not None:
            if not ranges:
                raise ValueError("ranges must name at least one slot's range")
            for i in range(SLOT_COUNT):
                lowest, highest = ranges[min(i, len(ranges) - 1)]
                rules.lowest[i] = _within(lowest, 0, 127, b"the lowest pitch of a range")
                rules.highest[i] = _within(highest, lowest, 127, b"the highest pitch of a range")
        if polyphony is not None:
            if not polyphony:
                raise ValueError("polyphony must name at least one slot's limit")
            for i in range(SLOT_COUNT):
                rules.polyphony[i] = _within(polyphony[min(i, len(polyphony) - 1)], 0, 255, b"polyphony")
        if programs is not None:
            rules.programs[1] = 0
            rules.programs[0] = _bits(programs, 0, 128, b"a program", &rules.programs[1])
        if drums is not None:
            rules.drums = _bits(drums, DRUM_LOWEST, DRUM_COUNT, b"a drum")
        if slots is not None:
            rules.slots = _within(slots, 0, SLOT_COUNT, b"slots")
        if bars is not None:
            rules.bars = _within(bars, 0, 1 << 20, b"bars")
        if ticks is not None:
            rules.ticks = _within(ticks, 0, 1 << 30, b"ticks")
        if longest is not None:
            rules.longest = _within(longest, 0, LONGEST_DURATION, b"longest")
        if stuck_after is not None:
            rules.stuck_after = _within(stuck_after, 0, 1 << 30, b"stuck_after")
        if fixed_meter is not None:
            rules.fixed_meter = bool(fixed_meter)
        if fixed_tempo is not None:
            rules.fixed_tempo = bool(fixed_tempo)
        if downbeat is not None:
            rules.downbeat = bool(downbeat)
        if endless is not None:
            rules.endless = bool(endless)
        self._tracker.rules = rules

    @property
    def wishes(self):
        """One value for each family of wishes, 0 = no wish."""
        return [self._tracker.wishes[i] for i in range(WISH_COUNT)]

    def wish(self, values):
        """Sets all wishes: one value for each family, 0 = no wish."""
        cdef uint8_t wishes[64]
        cdef list given = list(values)
        cdef int i
        if len(given) != WISH_COUNT:
            PyErr_Format(ValueError, b"there are %d wishes, got %zd values", WISH_COUNT, <Py_ssize_t>len(given))
        for i in range(WISH_COUNT):
            wishes[i] = _wish(i, given[i])
        memcpy(self._tracker.wishes, wishes, WISH_COUNT)

    def set_source(self, where):
        """Says where the features that look back may look, from this bar on: "anywhere" as in training, "nowhere", or at the
        bar 1 to 15 ago. See csrc/tracker.h."""
        tracker_set_source(self._tracker, _source(where))

    def advance(self, token):
        """Takes one token. One that the mask forbids is read as well as it can be; nothing is promised about it."""
        tracker_advance(self._tracker, _token(token))

    def mask(self, out):
        """Writes 1 for each token that may come next into uint8[672]; returns how many there are."""
        return tracker_mask(self._tracker, <uint8_t *>_plain(out, True, b"B", VOCABULARY_SIZE, b"out")._view.buf)

    def features(self, out):
        """Writes the features into int64[width]."""
        cdef _Array lent = _plain(out, True, _INT64, FEATURE_WIDTH, b"out")
        cdef int32_t row[256]
        cdef int i
        tracker_features(self._tracker, row)
        for i in range(FEATURE_WIDTH):
            (<int64_t *>lent._view.buf)[i] = row[i]

    def features_of(self, tokens, wishes, out, sources=None):
        """The features of many tokens at once: tokens uint16[n], wishes uint8[rows * 11] or None, out int32[n * width].

        Row i is what the network sees after tokens[0..i]. Row 0 of the wishes serves the header, row b bar b, and the last one
        whatever follows. So with `sources`, uint8[rows * 2]: how many bars ago the bar was that is looked at, 0 for nowhere, and
        in which quarters of the bar (bits). Without, features look anywhere.
        """
        cdef _Array read = _plain(tokens, False, b"H", 0, b"tokens")
        cdef Py_ssize_t count = read._view.len // 2, rows = 0, failed
        cdef _Array ids = _plain(out, True, _INT32, count * FEATURE_WIDTH, b"out")
        cdef const uint8_t *wish_values = NULL
        cdef const uint8_t *source_values = NULL
        cdef Py_ssize_t source_rows = 0
        cdef _Array wished, places
        if wishes is not None:
            wished = _plain(wishes, False, b"B", WISH_COUNT, b"wishes")
            wish_values, rows = <const uint8_t *>wished._view.buf, wished._view.len // WISH_COUNT
            if wished._view.len % WISH_COUNT:
                PyErr_Format(ValueError, b"wishes must come in rows of %d, got %zd values", WISH_COUNT, wished._view.len)
        if sources is not None:
            places = _plain(sources, False, b"B", 2, b"sources")
            source_values, source_rows = <const uint8_t *>places._view.buf, places._view.len // 2
        with nogil:
            failed = tracker_features_of(self._tracker, <const uint16_t *>read._view.buf, count, wish_values, rows,
                                         source_values, source_rows, <int32_t *>ids._view.buf)
        _in_vocabulary(failed)

    def masks_of(self, tokens, out):
        """What may come after each of many tokens: tokens uint16[n], out uint8[n * 84], packed as `numpy.packbits` does."""
        cdef _Array read = _plain(tokens, False, b"H", 0, b"tokens")
        cdef Py_ssize_t count = read._view.len // 2, failed
        cdef _Array bits = _plain(out, True, b"B", count * (VOCABULARY_SIZE // 8), b"out")
        with nogil:
            failed = tracker_masks_of(self._tracker, <const uint16_t *>read._view.buf, count, <uint8_t *>bits._view.buf)
        _in_vocabulary(failed)
