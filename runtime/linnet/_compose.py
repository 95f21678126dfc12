"""From what was asked to a finished score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from linnet import codec, form
from linnet._core import DRAW, DRAW_TO_BAR, Piece, Rng, Tracker
from linnet._engine import Engine
from linnet._quantise import TICKS_PER_BEAT, tempo_bin
from linnet.score import Notes, Score, TempoChange, Track
from linnet.settings import Sampling, nearest_tempo, time_signature_index
from linnet.vocabulary import FAMILIES
from linnet.wishes import INDEX

Progress = Callable[[int, int], None]
"""Called with (done, asked): bars on the grid, hundredths of a second in the performance base."""

_BAR, _BOS = FAMILIES["bar"].first, FAMILIES["bos"].first


@dataclass(frozen=True, slots=True)
class Request:
    """A piece to be made, everything checked."""

    seed: int
    sampling: Sampling
    rules: dict[str, Any]  # arguments of Tracker.restrict
    wishes: list[int]
    length: int
    """Bars on the grid, hundredths of a second in the performance base; a primer comes on top."""

    form: str = ""
    bpm: float | None = None
    time_signature: str | None = None
    primer: Score | None = None
    with_primer: bool = False


def compose(
    engine: Engine, requests: Sequence[Request], *, together: int = 64, progress: Progress | None = None
) -> list[Score]:
    """The pieces, so many at a time in one loop; each the same as if it were alone."""
    grid = engine.info.time_base == "grid"
    asked = sum(request.length for request in requests)
    scores: list[Score] = []
    for first in range(0, len(requests), together):
        parts = [
            (_GridPart if grid else _TimePart)(request) for request in requests[first : first + together]
        ]
        loop = engine.loop(*[part.piece for part in parts])
        before = sum(request.length for request in requests[:first])
        while not all(piece.tracker.finished for piece in loop.pieces):
            loop.play(seconds=None if progress is None else 0.05)
            if progress is not None:
                progress(before + sum(part.done() for part in parts), asked)
        scores += [part.score() for part in parts]
    return scores


class _GridPart:
    """Exactly so many bars, each whole, every note closed inside them."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.primer = None if request.primer is None else codec.quantise(request.primer, "grid")
        self.played = 0 if self.primer is None else self.primer.bars
        self.piece = begin(request, "grid", self._script())
        self.piece.tracker.restrict(bars=self.played + request.length)
        plan(self.piece, request, first=self.played + 1, close=self.played + request.length)

    def _script(self) -> list[int]:
        if self.primer is None:
            return opening(self.request)
        tokens = codec.encode(self.primer, "grid")[:-1].tolist()
        return [*tokens, _BAR, *_changed_meter_and_tempo(self.request, self.primer)]

    def done(self) -> int:
        return min(max(self.piece.tracker.bars - self.played, 0), self.request.length)

    def score(self) -> Score:
        request, played = self.request, self.played
        score = codec.decode(self.piece.tokens, "grid")
        assert score.bars == played + request.length
        if request.primer is not None:
            score = _with_tempo_of(request.primer, score, played)
        if not request.with_primer and played:
            score = score.slice_bars(played)
        return score if request.bpm is None else _at(request.bpm, score, played if request.with_primer else 0)


class _TimePart:
    """Exactly so many hundredths of a second, every note closed inside them."""

    def __init__(self, request: Request) -> None:
        self.request = request
        primer = None if request.primer is None else codec.quantise(request.primer, "performance")
        self.start = 0 if primer is None else primer.end
        script = [_BOS] if primer is None else codec.encode(primer, "performance")[:-1].tolist()
        reader = Tracker("performance")
        for token in script:
            reader.advance(token)
        self.piece = begin(request, "performance", [*script, *_shift(self.start - reader.now)])
        self.piece.tracker.restrict(ticks=self.start + request.length)  # the end of time ends the piece

    def done(self) -> int:
        return min(max(self.piece.tracker.now - self.start, 0), self.request.length)

    def score(self) -> Score:
        score = codec.decode(self.piece.tokens, "performance")
        start, end = self.start, self.start + self.request.length
        begin = 0 if self.request.with_primer else start
        tracks = tuple(replace(track, notes=_between(track.notes, begin, end)) for track in score.tracks)
        return Score(score.ticks_per_beat, tracks, end=end - begin)


def begin(request: Request, time_base: codec.TimeBase, script: Sequence[int]) -> Piece:
    """A new piece that begins as the script says, and obeys the request."""
    tracker = Tracker(time_base)
    tracker.restrict(**request.rules)
    if time_base == "grid":
        tracker.restrict(
            fixed_meter=True,
            fixed_tempo=request.bpm is not None,
            downbeat=bool(request.form),  # after an upbeat the sections would not fit the bars
        )
    else:
        tracker.restrict(endless=True)
    tracker.wish(request.wishes)
    return Piece(tracker, Rng(request.seed), script=script, **asdict(request.sampling))


def opening(request: Request) -> list[int]:
    """Up to the first note. The grammar wants a meter and a tempo: the player's, or the network's choice."""
    meter = tempo = DRAW
    if request.time_signature is not None:
        meter = FAMILIES["time_signature"].first + time_signature_index(request.time_signature)
    if request.bpm is not None:
        tempo = FAMILIES["tempo"].first + nearest_tempo(request.bpm)
    return [_BOS, DRAW_TO_BAR, meter, tempo]


def plan(piece: Piece, request: Request, *, first: int, close: int = 0) -> None:
    """Tells the piece what the form says about its bars from bar `first` on, and to close in bar `close`.

    From the last beat of that bar on there is no note but the tonic, where the key is known.
    """
    if not request.form:
        return
    section = form.section_bars(request.length)
    bars, again = form.cycle(request.form, section)
    key = request.wishes[INDEX["key"]]
    closing = [(key - 1) % 12] if key and (key - 1) % 12 in request.rules.get("scale", range(12)) else []
    piece.plan(
        [(bar.look, bar.likeness) for bar in bars], again=again, first=first, close=close, closing=closing
    )


def _changed_meter_and_tempo(request: Request, primer: Score) -> list[int]:
    """What the player asks for takes over from the primer, and is said only where it differs."""
    tokens = []
    meter = primer.time_signatures[-1]
    if request.time_signature not in (None, f"{meter.numerator}/{meter.denominator}"):
        tokens.append(FAMILIES["time_signature"].first + time_signature_index(request.time_signature))
    if request.bpm is not None and nearest_tempo(request.bpm) != tempo_bin(primer.tempos[-1].tempo):
        tokens.append(FAMILIES["tempo"].first + nearest_tempo(request.bpm))
    return tokens


def _with_tempo_of(primer: Score, score: Score, bars: int) -> Score:
    """The primer's own tempos in place of the nearest tokens, for as long as they rule."""
    exact = primer.resample(TICKS_PER_BEAT["grid"]).tempos
    join = int(score.bar_ticks()[bars])
    later = tuple(change for change in score.tempos if change.tick >= join)
    return replace(score, tempos=tuple(change for change in exact if change.tick < join) + later)


def _at(bpm: float, score: Score, bar: int) -> Score:
    """The player's tempo to the microsecond, from this bar on."""
    tick = int(score.bar_ticks()[bar])
    before = tuple(change for change in score.tempos if change.tick < tick)
    return replace(score, tempos=(*before, TempoChange(tick, round(60e6 / bpm))))


def _shift(ticks: int) -> list[int]:
    fine, big = FAMILIES["shift_fine"], FAMILIES["shift_big"]
    longest = big.count * big.step
    whole, rest = divmod(ticks, longest)
    tokens = [big.token(longest)] * whole
    if rest >= big.step:
        tokens.append(big.token(rest // big.step * big.step))
    return [*tokens, fine.token(rest % big.step)] if rest % big.step else tokens


def _between(notes: Notes, begin: int, end: int) -> Notes:
    inside = notes.select(notes.onset >= begin)
    duration = np.minimum(inside.duration, end - inside.onset)
    return Notes(inside.onset - begin, duration, inside.pitch, inside.velocity)


def with_programs(score: Score, programs: tuple[int, ...]) -> Score:
    """The tracks played by these instruments, in order; the last one plays the rest. Drums stay."""
    tracks: list[Track] = []
    slot = 0
    for track in score.tracks:
        if not track.is_drum:
            track = replace(track, program=programs[min(slot, len(programs) - 1)])
            slot += 1
        tracks.append(track)
    return replace(score, tracks=tuple(tracks))
