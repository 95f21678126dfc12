# Following a piece token by token: what csrc/tracker.h promises.
from feature_layout cimport (
    CHORD_BARS, CHORD_CELLS, CHORD_COUNT, FEATURE_WIDTH, ROLE_COUNT, ROW_WIDTH, SHIFT_COUNT, SHIFT_LOWEST, WISH_COUNT,
)
from tracker cimport (
    DURATION_WORDS, exercise_prepare,
    tracker_rules, tracker, SHIFT_UNKNOWN, TIME_BASE_GRID, tracker_init, tracker_reset, tracker_give, tracker_know, tracker_set_shift, tracker_set_source,
    tracker_recovers, tracker_advance, tracker_mask, tracker_features, tracker_features_of,
    tracker_masks_of,
)
from vocabulary cimport (
    SIGNATURE_COUNT, TIME_SIGNATURES, TEMPO_BPM, TEMPO_COUNT, VOCABULARY_SIZE, SLOT_COUNT, PITCH_COUNT, TICKS_PER_BEAT, DRUM_COUNT,
    DRUM_LOWEST, LONGEST_DURATION, TOKEN_DRUM, TOKEN_NOTE, TOKEN_SLOT,
)


cdef class Tracker:
    """Follows a piece token by token: grammar, hard rules, wishes and features. See csrc/tracker.h."""

    cdef tracker *_tracker
    cdef readonly Given given  # what is lent to it
    cdef readonly KnownRuns known  # likewise

    def __cinit__(self, time_base="grid"):
        base = _time_base(time_base)
        self._tracker = <tracker *>_memory(sizeof(tracker))
        tracker_init(self._tracker, base)

    def __dealloc__(self):
        PyMem_Free(self._tracker)

    @property
    def waits(self):
        """Whether the last token may be incomplete: a note without its duration, a declared slot without its program."""
        last = self._tracker.last
        return bool(self._tracker.last_big or TOKEN_NOTE <= last < TOKEN_NOTE + PITCH_COUNT or
                    self._tracker.header and TOKEN_SLOT <= last < TOKEN_SLOT + SLOT_COUNT)

    @property
    def voices(self):
        """(whether slots may still be declared, the slot named last, the velocity written for the next note, the program of
        each declared slot, the velocity of each slot and of the kit). Velocities as numbers of their tokens; -1 for none."""
        return (bool(self._tracker.header), self._tracker.slot, self._tracker.pending_velocity,
                [self._tracker.program[i] for i in range(self._tracker.declared)],
                [self._tracker.velocity[i] for i in range(SLOT_COUNT + 1)])

    def copy(self):
        """An independent tracker at the same place."""
        cdef Tracker other = Tracker.__new__(Tracker)
        memcpy(other._tracker, self._tracker, sizeof(tracker))
        other.given = self.given
        other.known = self.known
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
        """How many loops and silences were ended since the piece began."""
        return self._tracker.watch.interventions

    @property
    def parallels(self):
        """How many parallel fifths and octaves were struck since the piece began, under a rule about them."""
        return self._tracker.leading.parallels

    @property
    def crossings(self):
        """Likewise how many notes crossed another voice."""
        return self._tracker.leading.crossings

    @property
    def recovers(self):
        """Whether a loop was noticed within the last 16 notes."""
        return bool(tracker_recovers(self._tracker))

    def restrict(self, *, scale=None, ranges=None, polyphony=None, programs=None, slot_programs=None, program_ranges=None,
                 onsets=None, durations=None, drums=None, slots=None, bars=None, ticks=None, longest=None, stuck_after=None,
                 meters=None, fixed_meter=None, fixed_tempo=None, downbeat=None, upbeat=None, parallels=None, crossing=None,
                 cadences=None, rests=None, kit_beats=None, endless=None, note_values=None, leap=None, step_share=None, rest=None, hands=None, answer=None,
                 answer_from=None, onsets_most=None, onsets_more=None, register_move=None,
                 tempos=None, tempo_change=None):
        """Sets hard rules; None leaves a rule as it is.

        scale: pitch classes (0 = C) that may sound; ranges: (lowest, highest) pitch of slot 0, 1, ..., the last one also for the
        slots after it; polyphony: notes sounding together in slot 0, 1, ..., likewise (0 = any number); programs, drums: those
        allowed, by number; slot_programs: of these, those of slot 0, 1, ..., any where none of them is allowed and in the slots
        that are not given; program_ranges: {program: (lowest, highest) pitch}, the others have any; onsets: ticks of a beat of
        24 and of one of 36 ticks at which something may begin, as a pair (empty: anywhere); durations: ticks that notes may
        last (empty: any number); slots: how many may be declared; bars: exact number of bars, 0 = free; ticks: where everything
        has ended, 0 = free; longest: longest duration in ticks, 0 = 1535; stuck_after: ticks in a loop or a silence before it is
        ended, 0 = never; meters: those that bars may be of, by number; fixed_meter, fixed_tempo: as they began; downbeat: something is struck at the beginning; upbeat: 0 to 2, how one is counted; parallels,
        crossing: 0 allowed, 1 counted, 2 forbidden, see csrc/voice_leading.h; cadences: phrases that are told to close do (1), and open ones
        too (2), see csrc/phrase_end.h; rests: whether who is told to rest does; kit_beats: whether a kit that is told to play strikes on the beats, see csrc/kit.c; endless: no end; the rest are rules of exercises, see
        csrc/exercise.h: note_values: whether durations are; leap: semitones, 0 = any; step_share: percent; rest: 0 any, 1 + percent;
        hands: 0 free, 1 together, 2 apart; answer: bars, 0 = none, from bar answer_from on; onsets_most: a bar, onsets_more: 1 + how
        many more than the bar before, register_move: semitones, each 0 = any; tempos: (lowest, highest) number of a tempo token; tempo_change: bpm, 0 = any. csrc/tracker.h has the exact rules. ValueError names the argument that is out of range, and no rule changes.
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
        if slot_programs is not None:
            memset(rules.slot_programs, 0xFF, sizeof(rules.slot_programs))
            if len(slot_programs) > SLOT_COUNT:
                PyErr_Format(ValueError, b"there are %d slots, got programs of %zd", <int>SLOT_COUNT,
                             <Py_ssize_t>len(slot_programs))
            for i in range(len(slot_programs)):
                rules.slot_programs[i][1] = 0
                rules.slot_programs[i][0] = _bits(slot_programs[i], 0, 128, b"a program", &rules.slot_programs[i][1])
        if program_ranges is not None:
            memset(rules.program_lowest, 0, sizeof(rules.program_lowest))
            memset(rules.program_highest, 127, sizeof(rules.program_highest))
            for program, pair in dict(program_ranges).items():
                i = _within(program, 0, 127, b"a program")
                rules.program_lowest[i] = _within(pair[0], 0, 127, b"the lowest pitch of a program")
                rules.program_highest[i] = _within(pair[1], pair[0], 127, b"the highest pitch of a program")
        if onsets is not None:
            quarters, dotted = onsets
            rules.onsets[0] = _bits(quarters, 0, 24, b"a tick of a beat") | (1 if quarters else 0)
            rules.onsets[1] = _bits(dotted, 0, 36, b"a tick of a beat") | (1 if dotted else 0)
        if durations is not None:
            memset(rules.durations, 0, sizeof(rules.durations))
            for ticks_long in durations:
                i = _within(ticks_long, 1, LONGEST_DURATION, b"a duration")
                rules.durations[i // 64] |= <uint64_t>1 << (i % 64)
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
        if meters is not None:
            rules.meters = <uint32_t>_bits(meters, 0, SIGNATURE_COUNT, b"a meter")
            if not rules.meters:
                raise ValueError("meters must name at least one")
        if fixed_meter is not None:
            rules.fixed_meter = bool(fixed_meter)
        if fixed_tempo is not None:
            rules.fixed_tempo = bool(fixed_tempo)
        if downbeat is not None:
            rules.downbeat = bool(downbeat)
        if upbeat is not None:
            rules.upbeat = _within(upbeat, 0, 2, b"upbeat")
        if parallels is not None:
            rules.parallels = _within(parallels, 0, 2, b"parallels")
        if crossing is not None:
            rules.crossing = _within(crossing, 0, 2, b"crossing")
        if cadences is not None:
            rules.cadences = _within(int(cadences), 0, 2, b"cadences")
        if rests is not None:
            rules.rests = bool(rests)
        if kit_beats is not None:
            rules.kit_beats = bool(kit_beats)
        if endless is not None:
            rules.endless = bool(endless)
        if note_values is not None:
            rules.exercise.note_values = bool(note_values)
        if leap is not None:
            rules.exercise.leap = _within(leap, 0, 127, b"leap")
        if step_share is not None:
            rules.exercise.step_share = _within(step_share, 0, 100, b"step_share")
        if rest is not None:
            rules.exercise.rest = _within(rest, 0, 101, b"rest")
        if hands is not None:
            rules.exercise.hands = _within(hands, 0, 2, b"hands")
        if answer is not None:
            rules.exercise.answer = _within(answer, 0, 8, b"answer")
        if answer_from is not None:
            rules.exercise.answer_from = _within(answer_from, 0, 1 << 30, b"answer_from")
        if onsets_most is not None:
            rules.exercise.onsets_most = _within(onsets_most, 0, 255, b"onsets_most")
        if onsets_more is not None:
            rules.exercise.onsets_more = _within(onsets_more, 0, 255, b"onsets_more")
        if register_move is not None:
            rules.exercise.register_move = _within(register_move, 0, 127, b"register_move")
        if tempos is not None:
            rules.exercise.tempo_lowest = _within(tempos[0], 0, TEMPO_COUNT - 1, b"the slowest tempo")
            rules.exercise.tempo_highest = 1 + _within(tempos[1], tempos[0], TEMPO_COUNT - 1, b"the fastest tempo")
        if tempo_change is not None:
            rules.exercise.tempo_change = _within(tempo_change, 0, 1000, b"tempo_change")
        exercise_prepare(&rules.exercise, rules.durations, DURATION_WORDS)
        self._tracker.rules = rules

    @property
    def upbeat(self):
        """Whether an upbeat was heard that the rule `bars` does not count."""
        return bool(self._tracker.upbeat)

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

    @property
    def chords(self):
        """The cells of the plan for this bar and the three after it, 8 each; see csrc/feature_layout.h."""
        return [[self._tracker.chords[i][k] for k in range(CHORD_CELLS)] for i in range(CHORD_BARS)]

    def plan_chords(self, bars):
        """Sets those cells; bars that are not given, and cells of 0, are not told."""
        cdef uint8_t cells[4][8]
        cdef list given = [list(bar) for bar in bars]
        cdef int i, k
        memset(cells, 0, sizeof(cells))
        for i in range(min(len(given), CHORD_BARS)):
            for k in range(min(len(given[i]), CHORD_CELLS)):
                cells[i][k] = _within(given[i][k], 0, CHORD_COUNT, b"a chord")
        memcpy(self._tracker.chords, cells, sizeof(cells))

    @property
    def roles(self):
        """The role of each slot, 0 where it is not told."""
        return [self._tracker.role[i] for i in range(SLOT_COUNT)]

    def set_roles(self, roles):
        """Sets the role of slot 0, 1, ...; those that are not given are not told."""
        cdef uint8_t given[16]
        cdef list wanted = list(roles)
        cdef int i
        memset(given, 0, sizeof(given))
        if len(wanted) > SLOT_COUNT:
            PyErr_Format(ValueError, b"there are %d slots, got %zd roles", <int>SLOT_COUNT, <Py_ssize_t>len(wanted))
        for i in range(len(wanted)):
            given[i] = _within(wanted[i], 0, ROLE_COUNT - 1, b"a role")
        memcpy(self._tracker.role, given, sizeof(given))

    @property
    def shift(self):
        """Semitones from the home key to the sounding one; None where that is not known."""
        return None if self._tracker.shift == SHIFT_UNKNOWN else self._tracker.shift

    def set_shift(self, shift):
        """Sets it from here on, -6 to 5 or None; meant for a bar line. See csrc/tracker.h."""
        tracker_set_shift(self._tracker, _shift(shift))

    def know(self, KnownRuns runs):
        """Lends it runs that are not written, or none."""
        self.known = runs
        tracker_know(self._tracker, NULL if runs is None else &runs._runs)

    def give(self, Given given):
        """Lends it music that is given, or none, from here on."""
        self.given = given
        tracker_give(self._tracker, NULL if given is None else &given._music)

    def set_source(self, where):
        """Sets what the features that look back speak of, from here on: "anywhere" in the piece, as in training, "nowhere", or
        the bar 1 to 63 bars ago, as a number. See csrc/tracker.h."""
        tracker_set_source(self._tracker, _source(where))

    def advance(self, token):
        """Reads one token. One that the mask forbids is safe to read, but what it means is not promised."""
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

    def features_of(self, tokens, plan, out, sources=None):
        """The features of many tokens at once: tokens uint16[n], plan uint8[rows * 31] or None, out int32[n * width].

        Row i is what the network sees after tokens[0..i]. Row 0 of the plan is for the header, row b for bar b, the last one
        for all that follows. Likewise `sources`, uint8[rows * 2]: how many bars ago the source bar was (0: nowhere), and in which
        quarters of the bar it serves (bits). Without `sources` it is anywhere.
        """
        cdef _Array read = _plain(tokens, False, b"H", 0, b"tokens")
        cdef Py_ssize_t count = read._view.len // 2, rows = 0, failed
        cdef _Array ids = _plain(out, True, _INT32, count * FEATURE_WIDTH, b"out")
        cdef const uint8_t *planned = NULL
        cdef const uint8_t *source_values = NULL
        cdef Py_ssize_t source_rows = 0
        cdef _Array wished, places
        if plan is not None:
            wished = _plain(plan, False, b"B", ROW_WIDTH, b"plan")
            planned, rows = <const uint8_t *>wished._view.buf, wished._view.len // ROW_WIDTH
            if wished._view.len % ROW_WIDTH:
                PyErr_Format(ValueError, b"a plan must come in rows of %d, got %zd values", <int>ROW_WIDTH, wished._view.len)
        if sources is not None:
            places = _plain(sources, False, b"B", 2, b"sources")
            source_values, source_rows = <const uint8_t *>places._view.buf, places._view.len // 2
        with nogil:
            failed = tracker_features_of(self._tracker, <const uint16_t *>read._view.buf, count, planned, rows,
                                         source_values, source_rows, <int32_t *>ids._view.buf)
        _in_vocabulary(failed)

    def masks_of(self, tokens, out):
        """What may come after each of many tokens: tokens uint16[n], out uint8[n * 84], home tokens packed as by
        `numpy.packbits`."""
        cdef _Array read = _plain(tokens, False, b"H", 0, b"tokens")
        cdef Py_ssize_t count = read._view.len // 2, failed
        cdef _Array bits = _plain(out, True, b"B", count * (VOCABULARY_SIZE // 8), b"out")
        with nogil:
            failed = tracker_masks_of(self._tracker, <const uint16_t *>read._view.buf, count, <uint8_t *>bits._view.buf)
        _in_vocabulary(failed)
