"""From what was asked to a finished score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from linnet import codec, form
from linnet._core import Loop, Rng, Tracker
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
    progress: Progress | None = None


def on_grid(engine: Engine, request: Request) -> Score:
    """Exactly so many bars, each whole, every note closed inside them."""
    primer = None if request.primer is None else codec.quantise(request.primer, "grid")
    played = 0 if primer is None else primer.bars
    loop = _loop(engine, request, "grid")
    loop.tracker.restrict(
        bars=played + request.length,
        fixed_meter=True,
        fixed_tempo=request.bpm is not None,
        downbeat=bool(request.form),  # after an upbeat the sections would not fit the bars
    )
    if primer is None:
        loop.take(_BOS)
        while loop.draw() != _BAR:
            pass
        _first_bar(loop, request)
    else:
        for token in codec.encode(primer, "grid")[:-1].tolist():
            loop.take(token)
        loop.take(_BAR)
        _change_meter_and_tempo(loop, request, primer)
    plan = _Plan(loop, request, played)
    _play(loop, request, lambda: loop.tracker.bars - played, plan)
    score = codec.decode(loop.tokens, "grid")
    assert score.bars == played + request.length
    if request.primer is not None:
        score = _with_tempo_of(request.primer, score, played)
    if not request.with_primer and played:
        score = score.slice_bars(played)
    return score if request.bpm is None else _at(request.bpm, score, played if request.with_primer else 0)


def in_time(engine: Engine, request: Request) -> Score:
    """Exactly so many hundredths of a second, every note closed inside them."""
    primer = None if request.primer is None else codec.quantise(request.primer, "performance")
    start = 0 if primer is None else primer.end
    end = start + request.length
    loop = _loop(engine, request, "performance")
    loop.tracker.restrict(ticks=end, endless=True)  # the end of time ends the piece
    for token in [_BOS] if primer is None else codec.encode(primer, "performance")[:-1].tolist():
        loop.take(token)
    for token in _shift(start - loop.tracker.now):
        loop.take(token)
    _play(loop, request, lambda: loop.tracker.now - start)
    score = codec.decode(loop.tokens, "performance")
    begin = 0 if request.with_primer else start
    tracks = tuple(replace(track, notes=_between(track.notes, begin, end)) for track in score.tracks)
    return Score(score.ticks_per_beat, tracks, end=end - begin)


def _loop(engine: Engine, request: Request, time_base: str) -> Loop:
    tracker = Tracker(time_base)
    tracker.restrict(**request.rules)
    tracker.wish(request.wishes)
    return engine.loop(tracker, Rng(request.seed), request.sampling)


class _Plan:
    """Wishes for each bar what the form says about it, and closes the piece."""

    def __init__(self, loop: Loop, request: Request, played: int) -> None:
        self._loop, self._request, self._played = loop, request, played
        self._section = form.section_bars(request.length)
        self._bar = 0

    def __call__(self) -> None:
        """To be called when a bar has begun; within it nothing more happens."""
        tracker, request = self._loop.tracker, self._request
        if not request.form or tracker.bars == self._bar:
            return
        self._bar = tracker.bars
        bar = form.plan(request.form, self._section, self._bar - self._played - 1)
        wishes = list(request.wishes)
        wishes[INDEX["likeness"]] = bar.likeness
        tracker.wish(wishes)
        tracker.look(bar.look)
        if self._bar == self._played + request.length:
            self._close()

    def _close(self) -> None:
        """The last bar: from its last beat on there is no note but the tonic, where the key is known."""
        tracker, key = self._loop.tracker, self._request.wishes[INDEX["key"]]
        tonic = (key - 1) % 12
        if not key or tonic not in self._request.rules.get("scale", range(12)):
            return
        last_beat = tracker.bar_end - tracker.beat
        while tracker.now < last_beat and not tracker.finished:
            self._loop.draw()
        tracker.restrict(scale=[tonic])


def _play(
    loop: Loop, request: Request, done: Callable[[], int], at_bar: Callable[[], None] | None = None
) -> None:
    """To the end. Whoever asked is told of every bar, or every 20th of a second where there are none."""
    told = -1
    while True:
        if request.progress is not None and (now := min(done(), request.length)) != told:
            request.progress(now, request.length)
            told = now
        if at_bar is not None:
            at_bar()
        if loop.tracker.finished:
            return
        loop.play(to_bar=at_bar is not None, seconds=None if request.progress is None else 0.05)


def _first_bar(loop: Loop, request: Request) -> None:
    """The grammar wants a meter and a tempo here: the player's, or else the network's choice."""
    if request.time_signature is None:
        loop.draw()
    else:
        loop.take(FAMILIES["time_signature"].first + time_signature_index(request.time_signature))
    if request.bpm is None:
        loop.draw()
    else:
        loop.take(FAMILIES["tempo"].first + nearest_tempo(request.bpm))


def _change_meter_and_tempo(loop: Loop, request: Request, primer: Score) -> None:
    """What the player asks for takes over from the primer, and is said only where it differs."""
    meter = primer.time_signatures[-1]
    if request.time_signature not in (None, f"{meter.numerator}/{meter.denominator}"):
        loop.take(FAMILIES["time_signature"].first + time_signature_index(request.time_signature))
    if request.bpm is not None and nearest_tempo(request.bpm) != tempo_bin(primer.tempos[-1].tempo):
        loop.take(FAMILIES["tempo"].first + nearest_tempo(request.bpm))


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
