# Several ways on from one place, composed together: what csrc/candidates.h promises; and what a judge hears in them.
from candidates cimport candidates_end, candidates_rest, candidates_copy, candidates_play
from feature_layout cimport WISH_KEY
from judge cimport (
    section, SECTION_BARS, section_read, JUDGE_FEATURE_COUNT, JUDGE_SILENT, JUDGE_ENDS_NOTHING, JUDGE_ENDS_EIGHT,
    JUDGE_FEATURES, judge_hear,
)
from loop cimport loop, LOOP_EOS, LOOP_FULL, LOOP_TIME, LOOP_NO_TICK, LOOP_NO_DEADLINE, loop_clock
from piece cimport piece
from tracker cimport tracker

HEARD = tuple([JUDGE_FEATURES[i].decode() for i in range(JUDGE_FEATURE_COUNT)])
"""What `hear` tells of, in order; see csrc/judge.h."""

SILENT = JUDGE_SILENT
"""What stands where it has nothing to say."""


def hear(Tracker tracker not None, ends=JUDGE_ENDS_NOTHING, context=SECTION_BARS):
    """What a judge hears in the last four bars beside those before them: an integer for each of `HEARD`. The key is the one that
    is wished for. ends: 0, or 1 where four bars are over, 2 where eight are; context: bars that are read at most. The bar that
    has just begun is none of them."""
    cdef int32_t out[256]
    cdef int i, place = _within(ends, JUDGE_ENDS_NOTHING, JUDGE_ENDS_EIGHT, b"ends")
    cdef int most = _within(context, 1, SECTION_BARS, b"context"), key = tracker._tracker.wishes[WISH_KEY]
    cdef section *bars = <section *>_memory(sizeof(section))
    section_read(tracker._tracker, most, bars)
    judge_hear(bars, key, place, out)
    PyMem_Free(bars)
    return [out[i] for i in range(JUDGE_FEATURE_COUNT)]


cdef class Candidates:
    """Several ways on from where a loop of one piece is, played together; one of them becomes the loop's own.

    loop: where they set out from. together: a loop of as many new pieces, of the same model, with guidance on or off as there;
    it is theirs. stream: how far apart the streams of their random numbers are; the first draws from that of the loop's piece.
    """

    cdef Loop _of, _together
    cdef readonly list pieces
    """All of them; those that are on their way are the first ones of the batch."""
    cdef dict _kept  # by number, of those that rest: the states of the network
    cdef list _rows  # numbers of those on their way
    cdef uint64_t _stream

    def __cinit__(self, Loop loop not None, Loop together not None, *, stream):
        cdef size_t k
        loop._only()
        self._of, self._together, self.pieces, self._stream = loop, together, together.pieces, _word(stream, b"stream")
        self._kept, self._rows = {}, []
        if loop._share != together._share or len(loop._specs) != len(together._specs):
            raise ValueError("the loops are of different kinds")
        for k in range(<size_t>len(loop._specs)):
            if loop._start(k).bytes != together._start(k).bytes:
                raise ValueError("the loops are of different models")

    def begin(self):
        """All of them are where the loop is, whose script must have been read."""
        cdef Piece here = self._of._only(), one
        cdef Loop to = self._together
        cdef size_t i, k, share, count = len(self.pieces)
        self._of._must_rest()
        to._must_rest()
        to.pieces = self.pieces
        self._kept, self._rows = {}, list(range(count))
        for i in range(count):
            one = self.pieces[i]
            one._piece.plan, one._piece.chords, one._piece.latent = here._piece.plan, here._piece.chords, here._piece.latent
            candidates_copy(&one._piece, &here._piece)
            one._piece.rng = here._piece.rng
            one._piece.rng.stream += i * self._stream
            one.tokens.clear()
            to._loop.pieces[i] = &one._piece
        to._bind()
        for share in range(<size_t>to._share):
            for k in range(<size_t>len(to._specs)):
                for i in range(count):
                    memcpy(to._row(to._loop.side, k, share * count + i), self._of._row(self._of._loop.side, k, share),
                           to._start(k).bytes)
        to._loop.due = True

    def play(self, *, bars=0, until=None, seconds=None, bint brief=False):
        """Goes on until all rest: those that are over, that have `bars` full bars, or that are at the tick `until`; or until so
        many seconds have passed, or the loop they set out from is stopped. Returns whether all rest. Otherwise as `Loop.play`."""
        cdef uint16_t tokens[_CHUNK]
        cdef size_t room, rows = 0, i, p
        cdef int64_t pause, deadline = LOOP_NO_DEADLINE, slice = LOOP_NO_DEADLINE
        cdef candidates_end goal
        cdef loop *to = &self._together._loop
        cdef int end
        cdef list more
        goal.bars, goal.until = _at_least_0(bars, b"bars"), LOOP_NO_TICK if until is None else _at_least_0(until, b"until")
        if not goal.bars and goal.until == LOOP_NO_TICK:
            raise ValueError("candidates need an end")
        if seconds is not None:
            deadline = loop_clock() + <int64_t>(1e9 * <double>seconds)
        if threading.get_ident() == threading.main_thread().ident:
            slice = _SIGNAL_NANOSECONDS
        self._together._enter()
        try:
            while self._park(&goal):
                room = _CHUNK // to.count
                pause = deadline
                if slice != LOOP_NO_DEADLINE:
                    pause = loop_clock() + slice
                    if deadline != LOOP_NO_DEADLINE:
                        pause = min(pause, deadline)
                if brief:
                    end = candidates_play(to, &self._of._loop, &goal, pause, tokens, room, &rows)
                else:
                    with nogil:
                        end = candidates_play(to, &self._of._loop, &goal, pause, tokens, room, &rows)
                for p in range(<size_t>to.count):
                    more = (<Piece>self._together.pieces[p]).tokens
                    for i in range(rows):
                        more.append(tokens[i * to.count + p])
                PyErr_CheckSignals()
                if end < 0:
                    self._together._fail(end)
                if end == LOOP_TIME and pause == deadline or end not in (LOOP_TIME, LOOP_FULL, LOOP_EOS):
                    return not self._park(&goal)
        finally:
            self._together._busy = False
        return True

    def choose(self, number):
        """The loop's piece goes on as the candidate of this number did. Random numbers that any of them drew are not drawn again."""
        cdef Piece here = self._of._only(), one
        cdef int chosen = _within(number, 0, len(self.pieces) - 1, b"number")
        cdef size_t k, share
        cdef const char *kept = self._kept[chosen]
        self._of._must_rest()
        one = self.pieces[chosen]
        candidates_copy(&here._piece, &one._piece)
        for other in self.pieces:
            here._piece.rng.position = max(here._piece.rng.position, (<Piece>other)._piece.rng.position)
        for share in range(<size_t>self._of._share):
            for k in range(<size_t>len(self._of._specs)):
                memcpy(self._of._row(self._of._loop.side, k, share), kept, self._of._start(k).bytes)
                kept += self._of._start(k).bytes
        self._of._loop.due = True
        here.tokens.extend(one.tokens)

    cdef int _park(self, const candidates_end *goal) except -1:
        """Takes those that rest out of the batch, with their states; returns how many are on their way."""
        cdef Loop to = self._together
        cdef size_t i, k, share, row = 0, count = len(self._rows)
        cdef list left = [], rest = []
        if not count:
            return 0
        for i in range(count):
            (rest if candidates_rest(to._loop.pieces[i], goal) else left).append(i)
        if not rest:
            return count
        for i in rest:
            self._kept[self._rows[i]] = b"".join([
                to._row(to._loop.side, k, share * count + i)[:to._start(k).bytes]
                for share in range(<size_t>to._share) for k in range(<size_t>len(to._specs))])
        if left:
            for share in range(<size_t>to._share):
                for i in left:
                    for k in range(<size_t>len(to._specs)):
                        memmove(to._row(to._loop.side, k, row), to._row(to._loop.side, k, share * count + i),
                                to._start(k).bytes)
                    row += 1
            to.pieces = [to.pieces[i] for i in left]
            for i in range(<size_t>len(left)):
                to._loop.pieces[i] = &(<Piece>to.pieces[i])._piece
            to._bind()
        self._rows = [self._rows[i] for i in left]
        return len(left)
