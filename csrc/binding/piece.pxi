# A piece in the making: what csrc/piece.h promises.
from feature_layout cimport CHORD_CELLS, CHORD_COUNT, ROW_WIDTH, WISH_COUNT, WISH_KEY
from piece cimport (
    bar_chords, plan_bar, piece_chords, piece_plan, piece_cadence, piece_turn, piece, piece_workspace,
    SCRIPT_SAMPLE, SCRIPT_SAMPLE_TO_BAR, PLAN_LEAVES, piece_begin, piece_next, piece_tell_chords,
)
from sampler cimport sampler_options, sampler_scratch_size
from tracker cimport tracker, tracker_home_token
from vocabulary cimport VOCABULARY_SIZE

# What a script may say instead of a token: sample one; sample until a bar begins.
SAMPLE, SAMPLE_TO_BAR = SCRIPT_SAMPLE, SCRIPT_SAMPLE_TO_BAR


cdef float _weight(double weight) except -1:
    if not 0 <= weight <= 100:
        raise ValueError(f"what lowers logits must be between 0 and 100, got {weight:g}")
    return weight


cdef class Piece:
    """One piece in the making: its tokens, the tracker, random numbers, and what was planned. See csrc/piece.h.

    script: tokens to begin with, and SAMPLE or SAMPLE_TO_BAR where tokens are to be sampled. The tracker belongs to the piece;
    the generator is copied.
    """

    cdef piece _piece
    cdef readonly Tracker tracker
    cdef readonly list tokens
    cdef int16_t *_script
    cdef plan_bar *_bars
    cdef bar_chords *_chords
    cdef float *_latent
    cdef size_t _latent_size  # numbers in the latent

    def __cinit__(self, Tracker tracker not None, Rng rng not None, *, script=(), double temperature=1.0, top_k=0,
                  double top_p=1.0, double min_p=0.0):
        cdef list words = list(script)  # as many as were counted
        self.tracker, self.tokens = tracker, []
        self._piece.tracker, self._piece.rng = tracker._tracker, rng._rng
        piece_begin(&self._piece)
        self._script = <int16_t *>_memory(len(words) * sizeof(int16_t))
        for i, word in enumerate(words):
            self._script[i] = _integer(word) if word == SCRIPT_SAMPLE or word == SCRIPT_SAMPLE_TO_BAR else _token(word)
        self._piece.script, self._piece.scripted = self._script, len(words)
        self._piece.sampling = sampler_options(temperature=temperature, top_p=top_p, min_p=min_p, top_k=_top_k(top_k))

    def __dealloc__(self):
        PyMem_Free(self._script)
        PyMem_Free(self._bars)
        PyMem_Free(self._chords)
        PyMem_Free(self._latent)

    def set_latent(self, latent):
        """Sets the latent of a variational model from here on; it has the same size every time."""
        numbers = [float(number) for number in latent]
        if not self._latent_size:
            self._latent, self._latent_size = <float *>_memory(len(numbers) * sizeof(float)), len(numbers)
            self._piece.latent = self._latent
        if <size_t>len(numbers) != self._latent_size:
            raise ValueError(f"latent must have {self._latent_size} numbers, got {len(numbers)}")
        for i, number in enumerate(numbers):
            self._latent[i] = number

    def set_sampling(self, *, double temperature, top_k, double top_p, double min_p):
        """Sets how tokens are sampled from here on; values out of range are refused at the next token."""
        self._piece.sampling = sampler_options(temperature=temperature, top_p=top_p, min_p=min_p, top_k=_top_k(top_k))

    def plan(self, bars, *, again, first, double returns=0.0, double beat=0.0, double in_register=0.0):
        """Sets what is to come, bar by bar from bar `first` on: (source, in which quarters of the bar, {column: value}) for each,
        and perhaps (how many bars ago what comes back was, in which quarters), which is else the source if that is a bar.

        The source is as for `Tracker.set_source`, quarters are bits, and the columns are those of a row of the plan: wishes, then
        the cells of the chords (csrc/feature_layout.h). Wishes that are not named stay as they are, chords that are not named
        are not told. After the last bar the plan goes on with bars[again]. `returns` and `beat` say by how much logits are lowered
        that lead away from what comes back, and from the beat of the kit (csrc/returns.h), `in_register` by how much for each semitone
        out of the register of a line (csrc/register.h).
        """
        cdef list given = list(bars)  # as many as were counted
        cdef int count = len(given), i, column
        cdef int64_t from_bar = _bar_number(first)
        cdef plan_bar *planned
        _within(again, 0, count - 1, b"again")
        planned = <plan_bar *>_memory(count * sizeof(plan_bar))
        try:
            for i in range(count):
                where, quarters, wishes = given[i][:3]
                planned[i].source, planned[i].quarters = _source(where), _within(quarters, 0, 15, b"quarters")
                back = given[i][3] if len(given[i]) > 3 else None
                ago, of = (max(planned[i].source, 0), quarters) if back is None else back
                planned[i].returns = _within(ago, 0, SOURCE_MOST, b"how many bars ago")
                planned[i].return_quarters = _within(of, 0, 15, b"quarters")
                memset(planned[i].row, PLAN_LEAVES, WISH_COUNT)
                for wish, value in (<dict?>wishes).items():
                    column = _within(wish, 0, ROW_WIDTH - 1, b"a column of the plan")
                    planned[i].row[column] = _planned(column, value)
        except BaseException:
            PyMem_Free(planned)
            raise
        PyMem_Free(self._bars)
        self._bars = planned
        self._piece.plan = piece_plan(bars=planned, count=count, again=again, first=from_bar, returns=_weight(returns), beat=_weight(beat), in_register=_weight(in_register))

    def plan_from(self, first):
        """The plan begins in bar `first`, and is otherwise as it was."""
        self._piece.plan.first = _bar_number(first)

    def plan_chords(self, bars, *, first):
        """Sets a progression from bar `first` on, in place of the chords of the plan: for each bar its chords, one to eight cells
        of a row of the plan (csrc/feature_layout.h), which are dealt to its beats. After the last bar it begins again; none: the
        plan's chords, if it has some. Known at once where the script is over."""
        cdef list given = [list(bar) for bar in bars]
        cdef int64_t from_bar = _bar_number(first)
        cdef Py_ssize_t count = len(given)
        cdef int i, k
        cdef bar_chords *chords = NULL
        if count:
            chords = <bar_chords *>_memory(count * sizeof(bar_chords))
        try:
            for i in range(count):
                chords[i].count = _within(len(given[i]), 1, CHORD_CELLS, b"chords of a bar")
                for k in range(chords[i].count):
                    chords[i].cells[k] = _within(given[i][k], 0, CHORD_COUNT, b"a chord")
        except BaseException:
            PyMem_Free(chords)
            raise
        PyMem_Free(self._chords)
        self._chords = chords
        self._piece.chords = piece_chords(bars=chords, count=count, first=from_bar)
        if self.opened and self._piece.tracker.bars:
            piece_tell_chords(&self._piece)

    def cadence(self, bar, *, line, chord, notes=0, given=0):
        """Sets a cadence in a bar, on the pitch classes `line`, or `chord` where the bar before had chords, with so many `notes`
        in a piece of one bar (0: any number), after so many `given` bars; see csrc/piece.h."""
        self._piece.cadence = piece_cadence(bar=_bar_number(bar), line=<uint16_t>_bits(line, 0, 12, b"a pitch class of line"),
                                        chord=<uint16_t>_bits(chord, 0, 12, b"a pitch class of chord"),
                                        notes=_within(notes, 0, 1 << 16, b"notes"), given=_within(given, 0, 1 << 30, b"given"))

    def turn(self, key, shift):
        """As soon as the script is over the key that is wished for is `key`, and the home key sounds `shift` semitones away, as
        `Tracker.set_shift` takes it."""
        self._piece.turn = piece_turn(is_set=1, key=_wish(WISH_KEY, key), shift=_shift(shift))

    def sample(self, logits, allowed=None):
        """Goes on as the script says or, where it says nothing, with a token sampled from logits float32[672] under the rules;
        returns the token. For networks that are run elsewhere. `allowed`, uint8[672], receives 1 for each token that could
        have been sampled. Logits and `allowed` are by home tokens (csrc/tracker.h)."""
        cdef _Array may
        cdef int i
        cdef _Array scores = _plain(logits, False, b"f", VOCABULARY_SIZE, b"logits")
        cdef double scratch[4096]
        cdef piece_workspace workspace
        cdef const sampler_options *sampling = &self._piece.sampling
        if sampler_scratch_size(VOCABULARY_SIZE) > sizeof(scratch):
            raise MemoryError
        workspace.scratch = scratch
        memset(workspace.mask, 0, VOCABULARY_SIZE)
        token = piece_next(&self._piece, <const float *>scores._view.buf, &workspace)
        if token < 0:
            raise _sampler_error(token, sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p)
        if allowed is not None:
            may = _plain(allowed, True, b"B", VOCABULARY_SIZE, b"allowed")
            memset(may._view.buf, 0, VOCABULARY_SIZE)
            for i in range(VOCABULARY_SIZE):
                (<uint8_t *>may._view.buf)[tracker_home_token(self._piece.tracker, i)] |= workspace.mask[i]
        self.tokens.append(token)
        return token

    @property
    def opened(self):
        """Whether the script has been read to its end."""
        return self._piece.read == self._piece.scripted

    @property
    def rng(self):
        """State of the random numbers, as `Rng.state`; may be set."""
        cdef Rng copy = Rng(0)
        copy._rng = self._piece.rng
        return copy.state

    @rng.setter
    def rng(self, state):
        cdef Rng copy = Rng(0)
        copy.state = state
        self._piece.rng = copy._rng
