"""Loops: pieces whose last bar leads to their first.

The network is asked for some bars more than the loop has, which come back as its first ones: so it has
composed the way from the last bar to the first. The bars that came back then stand at the beginning, where
they lead on to the next ones as the first ones did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from linnet._core import Rng
from linnet.controls.form import Bar, Plan
from linnet.controls.model_info import ModelInfo
from linnet.controls.plan_types import FARTHEST, like
from linnet.controls.request import Request
from linnet.generation.parts import Counts
from linnet.music.notes import Notes
from linnet.music.phrases import top_line
from linnet.music.score import Score
from linnet.tools.chance import Streams
from linnet.tools.dataclass import replace
from linnet.tools.lazy import later
from linnet.tools.say import say

if TYPE_CHECKING:
    from linnet.music import joining
else:
    joining = later("linnet.music.joining")

__all__ = ["extended", "marked", "rounded", "smooth"]

_AGAIN = 2
"""Bars that come back; one in loops of fewer than four."""

_OCTAVE, _TRIES = 12, 4


def extended(info: ModelInfo, request: Request) -> Request:
    """The request of a loop, with the bars that come back after it. ValueError for what cannot go round."""
    if not request.options.loop:
        return request
    if info.time_base != "grid":
        raise ValueError(f"{info.name} keeps human timing and has no bars: it makes no loops")
    if request.options.with_primer:
        raise ValueError("a loop is new music: with a primer ask for the new part alone")
    length, chords = request.length, request.progression
    if chords is not None and length % len(chords.bars):
        raise ValueError(f"chords of {len(chords.bars)} bars do not go round in a loop of {length}")
    again = _again(request)
    if not again or not info.has_learnt("likeness"):
        say(f"a loop of {length} bars is closed as it falls: {info.name} brings bars back within {FARTHEST}")
        return replace(request, options=replace(request.options, loop=None))
    plan = request.plan or Plan([Bar("anywhere", 15, {})], 0, upbeat=False)
    bars = [plan.bar(number) for number in range(length)] + [like(length)] * again
    return replace(request, length=length + again, plan=Plan(bars, 0, upbeat=False))


def smooth(
    compose: Callable[[Sequence[Request]], tuple[list[Score], list[Counts]]],
    requests: Sequence[Request],
    scores: list[Score],
    counts: list[Counts],
) -> None:
    """Composes loops anew whose tune leaps by more than an octave over the seam, a few times at most, and
    keeps the one that leaps least. By the same plan, and by a seed that follows from theirs.
    """
    for i, request in enumerate(requests):
        if not request.options.loop:
            continue
        dice = Rng(request.seed, stream=Streams.SEAM)
        for _ in range(_TRIES):
            leap = _over_the_seam(scores[i], request)
            if leap <= _OCTAVE:
                break
            others, counted = compose([replace(request, seed=int(dice.uniform() * 2**53))])
            if _over_the_seam(others[0], request) < leap:
                scores[i], counts[i] = others[0], counted[0]


def _over_the_seam(score: Score, request: Request) -> int:
    """Semitones between the last note of the tune in the loop and the first after it."""
    line, seam = top_line(score), score.bar_tick(request.length - _again_of(request))
    before, after = line.pitch[line.onset < seam], line.pitch[line.onset >= seam]
    return abs(int(after[0]) - int(before[-1])) if len(before) and len(after) else 0


def _again_of(request: Request) -> int:
    """Bars that come back, of a request that is extended by them."""
    return 1 if request.length - 1 < 4 else _AGAIN


def _again(request: Request) -> int:
    length = request.length
    return 0 if length > FARTHEST else 1 if length < 4 else _AGAIN


def rounded(score: Score, request: Request) -> tuple[Score, Request]:
    """The loop of the bars that were composed, and the request of it."""
    if not request.options.loop:
        return score, request
    again = _again_of(request)
    length = request.length - again
    loop = (
        joining.chain([score.slice_bars(length, length + again), score.slice_bars(again, length)])
        if (length > again)
        else score.slice_bars(length, length + again)
    )
    tracks = tuple(replace(track, notes=_within(track.notes, loop.end)) for track in loop.tracks)
    plan = request.plan and Plan(request.plan.bars[:length], 0, upbeat=False)
    loop = replace(loop, tracks=tracks, texts=score.texts)
    return loop, replace(request, length=length, plan=plan)


def marked(score: Score) -> Score:
    """With markers where it loops, as game engines and DAWs read them."""
    return score.with_markers([(0, joining.LOOP_START), (score.end, joining.LOOP_END)])


def _within(notes: Notes, end: int) -> Notes:
    """Released at the end at the latest; their sound rings on at the beginning."""
    return Notes.of_rows(
        (onset, min(duration, end - onset), pitch, velocity)
        for onset, duration, pitch, velocity in notes.rows()
    )
