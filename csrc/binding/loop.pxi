# The loop that plays, one piece or many: what csrc/loop.h promises, and saving where it is.
from feature_layout cimport FEATURE_WIDTH
from loop cimport (
    loop, LOOP_NO_STEP, LOOP_FULL, LOOP_EOS, LOOP_TIME, LOOP_NO_TICK, LOOP_NO_DEADLINE, loop_append,
    loop_step, loop_play, loop_follow, loop_stop, loop_clock,
)
from ort cimport ort_array
from piece cimport piece
from rng cimport rng_state
from sampler cimport sampler_options, sampler_scratch_size
from snapshot cimport SNAPSHOT_MOST, snapshot_write, snapshot_read
from tracker cimport tracker, tracker_give
from vocabulary cimport VOCABULARY_SIZE


cdef enum:
    _CHUNK = 2048  # tokens that C may sample before Python collects them, and most pieces of a loop
    # Only the main thread hears Ctrl-C, and only between two calls of C. Other threads are left alone: taking the
    # GIL back beside a busy main thread can take 5 ms.
    _SIGNAL_NANOSECONDS = 20_000_000
    _SAVED = 4 * 8  # bytes: seed, stream and position of the random numbers, the bar that was planned last


@cython.no_gc_clear  # the bindings go before the session they belong to
cdef class Loop:
    """Plays a piece, or many pieces together, each as if it were alone.

    states: (name of the input, name of the output, array at the start, batch 1) for each state. guidance: how much wishes
    weigh, see csrc/loop.h. latent: size of the latent, see `Piece.set_latent`; a piece without one has zeros. width: columns
    of the features that the network reads. heads: those of the network. While the loop plays in one thread, its pieces belong to it.
    """

    cdef loop _loop
    cdef readonly list pieces
    cdef Network _session
    cdef list _specs  # _State
    cdef char *_states  # of each state the rows of all pieces, one state after the other; all of it twice
    cdef size_t _side  # bytes of one of the two
    cdef size_t _room  # rows that the memory is for
    cdef int _share  # rows of each piece
    cdef bint _busy

    def __cinit__(self, Network session not None, states, pieces, *, double guidance=1.0, size_t latent=0,
                  int width=FEATURE_WIDTH, Heads heads=None):
        cdef Piece one
        cdef _State state
        cdef size_t i, k, count
        self.pieces, self._session, self._specs = list(pieces), session, []
        for source, target, start in states:
            state = _State(start, False)
            state._tensor()
            state.source, state.target = source.encode(), target.encode()
            self._specs.append(state)
        count = len(self.pieces)
        if not count:
            raise ValueError("a loop plays at least one piece")
        self._loop.guidance, self._loop.latent = guidance, latent
        self._loop.width = _within(width, 1, FEATURE_WIDTH, b"width")
        heads = heads or Heads()
        if heads.width > self._loop.width:
            raise ValueError("the heads read columns that the network does not")
        self._loop.head_count, self._loop.outputs = heads.count, heads.outputs
        memcpy(self._loop.heads, heads._heads, sizeof(heads._heads))
        self._share = 1 + (self._loop.guidance != 1)
        self._room = count * self._share
        self._loop.pieces = <piece **>_memory(count * sizeof(piece *))
        self._loop.features = <int64_t *>_memory(self._room * self._loop.width * sizeof(int64_t))
        self._loop.logits = <float *>_memory(self._room * self._loop.outputs * sizeof(float))
        self._loop.latents = <float *>_memory(self._room * latent * sizeof(float))
        self._loop.workspace.scratch = _memory(sampler_scratch_size(VOCABULARY_SIZE))
        for k in range(<size_t>len(self._specs)):
            self._side += _padded(self._room * self._start(k).bytes)
        self._states = <char *>_memory(2 * self._side + _ALIGNMENT)
        for i in range(count):
            one = self.pieces[i]
            if latent and one._latent_size and one._latent_size != latent:
                raise ValueError(f"latent must have {latent} numbers, got {one._latent_size}")
            self._loop.pieces[i] = &one._piece
        for k in range(<size_t>len(self._specs)):
            for i in range(self._room):
                memcpy(self._row(0, k, i), self._start(k).data, self._start(k).bytes)
        self._bind()

    cdef ort_array *_start(self, size_t state) noexcept:
        """How a row of one of the states begins."""
        return &(<_State>self._specs[state])._array

    cdef char *_row(self, int side, size_t state, size_t row) noexcept:
        """Where a row of one of the states is."""
        cdef char *at = self._states + (_ALIGNMENT - <size_t>self._states % _ALIGNMENT) + side * self._side
        cdef size_t k
        for k in range(state):
            at += _padded(self._room * self._start(k).bytes)
        return at + row * self._start(state).bytes

    cdef int _bind(self) except -1:
        """Tells the network where the rows of each tensor are."""
        self._loop.count = len(self.pieces)
        return self._session._connect(self)

    def __dealloc__(self):
        if self._session is not None:
            self._session._disconnect(&self._loop)
        PyMem_Free(self._loop.pieces)
        PyMem_Free(self._loop.features)
        PyMem_Free(self._loop.logits)
        PyMem_Free(self._loop.latents)
        PyMem_Free(self._loop.workspace.scratch)
        PyMem_Free(self._states)

    @property
    def tracker(self):
        """The first piece's."""
        return self.pieces[0].tracker

    @property
    def tokens(self):
        """The first piece's."""
        return self.pieces[0].tokens

    def append(self, token):
        """Appends a given token to the only piece."""
        cdef int code
        cdef int given = _token(token)
        self._only()
        self._enter()
        with nogil:
            code = loop_append(&self._loop, given)
        self._leave(code)
        self.tokens.append(given)

    def step(self):
        """Appends to the only piece what its script says next, or a token sampled from the network's logits under the rules;
        returns it."""
        cdef uint16_t token
        cdef int code
        self._only()
        self._enter()
        with nogil:
            code = loop_step(&self._loop, &token)
        self._leave(code)
        self.tokens.append(token)
        return token

    def play(self, count=None, *, until=None, seconds=None, bint brief=False):
        """Plays until all pieces are over, or each has `count` more tokens, or the first one is at the tick `until`, or so many
        seconds have passed, or `stop` is called; returns how many tokens were added. A piece that is over leaves `pieces`,
        unless it is the only one.

        Python's other threads run meanwhile, except with `brief`: a thread that lets go of the GIL beside a busy one may
        wait 5 ms to get it back.
        """
        cdef uint16_t tokens[_CHUNK]
        cdef size_t room, rows = 0, i, p
        cdef int64_t pause, until_tick = LOOP_NO_TICK, deadline = LOOP_NO_DEADLINE, slice = LOOP_NO_DEADLINE
        cdef int64_t most = INT64_MAX, played = 0, added = 0
        cdef double duration
        cdef int end
        cdef list more
        if count is not None:
            most = _at_least_0(count, b"count")
        if until is not None:
            until_tick = _at_least_0(until, b"until")
        if seconds is not None:
            duration = seconds
            if not 0 <= duration < 1e9:
                PyErr_Format(ValueError, b"seconds must be between 0 and 1e9, got %S", <void *>seconds)
            deadline = loop_clock() + <int64_t>(1e9 * duration)
        if threading.get_ident() == threading.main_thread().ident:
            slice = _SIGNAL_NANOSECONDS
        if self._loop.count > _CHUNK:
            PyErr_Format(ValueError, b"a loop plays at most %d pieces", <int>_CHUNK)
        self._enter()
        try:
            while played < most:
                room = min(<int64_t>(_CHUNK // self._loop.count), most - played)
                pause = deadline
                if slice != LOOP_NO_DEADLINE:
                    pause = loop_clock() + slice
                    if deadline != LOOP_NO_DEADLINE:
                        pause = min(pause, deadline)
                if brief:
                    end = loop_play(&self._loop, until_tick, pause, tokens, room, &rows)
                else:
                    with nogil:
                        end = loop_play(&self._loop, until_tick, pause, tokens, room, &rows)
                for p in range(<size_t>self._loop.count):
                    more = (<Piece>self.pieces[p]).tokens
                    for i in range(rows):
                        more.append(tokens[i * self._loop.count + p])
                played += rows
                added += rows * self._loop.count
                PyErr_CheckSignals()
                if end < 0:
                    self._fail(end)
                if end == LOOP_EOS and self._loop.count > 1:
                    self._drop_finished()
                    if self._loop.pieces[0].tracker.finished:
                        break
                elif end == LOOP_TIME and pause == deadline or end != LOOP_TIME and end != LOOP_FULL:
                    break
        finally:
            self._busy = False
        return added

    cdef int _drop_finished(self) except -1:
        """Moves up the pieces that are not over, each with its states. One stays in any case."""
        cdef Piece one
        cdef size_t row = 0, i, k, share, count = len(self.pieces)
        cdef list left = [i for i in range(count) if not self._loop.pieces[i].tracker.finished] or [count - 1]
        for share in range(<size_t>self._share):
            for i in left:
                for k in range(<size_t>len(self._specs)):
                    memmove(self._row(self._loop.side, k, row), self._row(self._loop.side, k, share * count + i),
                            self._start(k).bytes)
                row += 1
        self.pieces = [self.pieces[i] for i in left]
        for i in range(<size_t>len(left)):
            one = self.pieces[i]
            self._loop.pieces[i] = &one._piece
        self._bind()
        return 0

    def stop(self):
        """Makes `play` return before its next step. May be called from another thread; if nothing plays, the next `play`
        returns at once."""
        loop_stop(&self._loop)

    # ---- where it is

    def mark(self):
        """Where the only piece is, to come back to. Its script must have been read, and it must have a token."""
        cdef Mark mark = Mark.__new__(Mark)
        cdef Piece one = self._only()
        self._must_rest()
        mark._tracker = <tracker *>_memory(sizeof(tracker))
        memcpy(mark._tracker, one._piece.tracker, sizeof(tracker))
        mark._rng, mark._planned = one._piece.rng, one._piece.planned
        mark._states = self._row(self._loop.side, 0, 0)[:self._side] if self._specs else b""
        return mark

    def rewind(self, Mark mark not None):
        """Goes back to a mark of this loop, or of another one with the same model and guidance on or off as here. The tokens
        played since then stay in `tokens`, for the caller to remove."""
        cdef Piece one = self._only()
        self._must_rest()
        if <size_t>len(mark._states) != (self._side if self._specs else 0):
            raise ValueError("the mark is of another model")
        mark._tracker.known = one._piece.tracker.known  # which is lent, and not saved
        mark._tracker.given = one._piece.tracker.given  # likewise; what lies ahead in it may not be what lay ahead then
        memcpy(one._piece.tracker, mark._tracker, sizeof(tracker))
        if mark._tracker.given != NULL:
            tracker_give(one._piece.tracker, mark._tracker.given)
        one._piece.rng, one._piece.planned = mark._rng, mark._planned
        one._piece.read = one._piece.scripted
        memcpy(self._row(self._loop.side, 0, 0), <char *>mark._states, len(mark._states))
        self._loop.due = True

    def follow(self, tokens, *, until=None, seconds=None, bint brief=False):
        """Appends tokens that were sampled here before, with the random numbers as after them, until time has moved on to the
        tick `until`, and else as `play`; returns how many."""
        cdef Piece one = self._only()
        cdef list more = [_token(token) for token in tokens]
        cdef size_t i, count = len(more)
        cdef uint16_t *given = <uint16_t *>_memory(count * sizeof(uint16_t))
        cdef int64_t until_tick, deadline = LOOP_NO_DEADLINE, end
        try:
            for i in range(count): given[i] = more[i]
            until_tick = LOOP_NO_TICK if until is None else _at_least_0(until, b"until")
            if seconds is not None: deadline = loop_clock() + <int64_t>(1e9 * <double>seconds)
            self._enter()
            if brief:
                end = loop_follow(&self._loop, until_tick, deadline, given, &count)
            else:
                with nogil:
                    end = loop_follow(&self._loop, until_tick, deadline, given, &count)
            one.tokens.extend(more[:count])
            one._piece.rng.position += count
            self._leave(end)
        finally:
            PyMem_Free(given)
        return count

    def save(self):
        """The only piece as bytes, the same on every machine: random numbers, states of the network, tracker. Its script must
        have been read; script, plan and sampling are not saved."""
        cdef Piece one = self._only()
        cdef size_t k, size = _SAVED + SNAPSHOT_MOST
        cdef uint8_t *data
        cdef uint8_t *at
        self._must_rest()
        if not self._loop.due or one._piece.read < one._piece.scripted:
            raise ValueError("a piece can be saved when it has begun")
        for k in range(<size_t>len(self._specs)):
            size += self._start(k).bytes * self._share
        data = at = <uint8_t *>_memory(size)
        at = _put(_put(_put(at, one._piece.rng.seed), one._piece.rng.stream), one._piece.rng.position)
        at = _put(at, one._piece.planned)
        for k in range(<size_t>len(self._specs)):
            memcpy(at, self._row(self._loop.side, k, 0), self._start(k).bytes * self._share)
            at += self._start(k).bytes * self._share
        at += snapshot_write(one._piece.tracker, at)
        try:
            return PyBytes_FromStringAndSize(<char *>data, at - data)
        finally:
            PyMem_Free(data)

    def load(self, bytes data not None):
        """Puts the only piece where one was saved with the same model, and guidance on or off as here. ValueError if the data
        are damaged; nothing changes then."""
        cdef Piece one = self._only()
        cdef Mark mark = Mark.__new__(Mark)
        cdef const uint8_t *at = <const uint8_t *>PyBytes_AsString(data)
        cdef size_t k, states = 0, size = len(data)
        self._must_rest()
        for k in range(<size_t>len(self._specs)):
            states += self._start(k).bytes * self._share
        mark._tracker = <tracker *>_memory(sizeof(tracker))
        if size < _SAVED + states or snapshot_read(mark._tracker, at + _SAVED + states, size - _SAVED - states):
            raise ValueError("the saved piece is damaged")
        one._piece.rng = rng_state(seed=_get(at), stream=_get(at + 8), position=_get(at + 16))
        one._piece.planned = <int64_t>_get(at + 24)
        at += _SAVED
        mark._tracker.known = one._piece.tracker.known  # which is lent, and not saved
        memcpy(one._piece.tracker, mark._tracker, sizeof(tracker))
        for k in range(<size_t>len(self._specs)):
            memcpy(self._row(self._loop.side, k, 0), at, self._start(k).bytes * self._share)
            at += self._start(k).bytes * self._share
        one._piece.read = one._piece.scripted
        self._loop.due = True

    cdef Piece _only(self):
        if len(self.pieces) != 1:
            PyErr_Format(ValueError, b"only for a loop of one piece, this one has %zd", <Py_ssize_t>len(self.pieces))
        return self.pieces[0]

    cdef int _must_rest(self) except -1:
        if self._busy:
            raise RuntimeError("this loop is playing in another thread")
        return 0

    cdef int _enter(self) except -1:
        self._must_rest()
        self._busy = True
        return 0

    cdef int _leave(self, int code) except -1:
        self._busy = False
        if code < 0:
            self._fail(code)
        return 0

    cdef int _fail(self, int code) except -1:
        cdef const sampler_options *sampling = &self._loop.pieces[0].sampling
        if code == LOOP_NO_STEP:
            raise _model_error(self._loop.problem.text)
        raise _sampler_error(code, sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p)
