"""Pieces some of whose sections are given: they stand where the form has them, and the rest is composed
around them, from the left, each stretch in one go.
"""

from __future__ import annotations

from collections.abc import Mapping

from linnet.controls import sections
from linnet.controls.form import Bar, Plan, section_bars
from linnet.controls.model_info import ModelInfo
from linnet.controls.options import Options
from linnet.controls.request import Request
from linnet.controls.resolve import resolve
from linnet.controls.section_plan import section_plan
from linnet.controls.sections import Section
from linnet.controls.wishes import INDEX
from linnet.engine.engine import Engine
from linnet.generation import continuing, parts
from linnet.music.joining import chain, say_what_is_lost
from linnet.music.score import Score
from linnet.tools.dataclass import replace
from linnet.tools.say import say

__all__ = ["compose"]


def compose(
    engine: Engine, options: Options, progress: parts.Progress | None = None
) -> tuple[Score, Request, parts.Counts]:
    """A piece with given sections, the request of the whole of it, and what was counted in what is new.

    ValueError, in one line, for sections that the form does not have, or that are not as long as there.
    """
    info = engine.info
    form = str(options.form or "")
    given = _given(info, options)
    written = _with_bars(sections.read(form, whole=False), given)
    first = next(iter(given.values()))
    meter = options.time_signature or _meter(first)
    settled = replace(
        options,
        form=sections.written(written),
        sections=None,
        time_signature=meter,
        bpm=options.bpm or first.tempos[0].bpm,
        key=options.key or first.key,
    )
    whole = resolve(info, settled)
    usual = section_bars(whole.length)
    plan, starts = section_plan(written, usual), sections.starts(written, usual)
    done: Score | None = None
    counts = parts.Counts(0, 0, 0)
    number = 0
    while number < len(written):
        if (score := _kept(written[number], given)) is not None:
            done = score if done is None else chain([_matched(done, score), score])
            number += 1
            continue
        stop = number + 1
        while stop < len(written) and _kept(written[stop], given) is None:
            stop += 1
        begin, end = starts[number], starts[stop]
        request = _stretch(
            info,
            settled,
            done,
            plan[begin:end],
            is_last=end == starts[-1],
            number=begin,
            cadences=whole.limits.cadences,
        )
        (score,), (counted,) = parts.compose(engine, [request], progress=progress)
        done = score
        counts = parts.Counts(*(a + b for a, b in zip(_numbers(counts), _numbers(counted), strict=True)))
        number = stop
    assert done is not None
    return replace(done, texts=()), whole, counts


def _numbers(counts: parts.Counts) -> tuple[int, int, int]:
    return counts.interventions, counts.parallel_moves, counts.crossed_notes


def _stretch(
    info: ModelInfo,
    options: Options,
    done: Score | None,
    bars: list[Bar],
    *,
    is_last: bool,
    number: int,
    cadences: int,
) -> Request:
    """The request of a stretch that is new, after what there is."""
    assert options.seed is not None
    wanted = replace(
        options,
        form="",
        cadence=None,
        bars=len(bars),
        primer=done,
        with_primer=done is not None,
        seed=(options.seed + number) % 2**64,
    )
    request = continuing.with_players(info, resolve(info, wanted))
    limits = replace(request.limits, cadences=cadences)
    closes = is_last or bars[-1].wishes.get(INDEX["cadence"]) == sections.CADENCES["closed"]
    return replace(request, plan=Plan(bars, 0, upbeat=False), closes=closes, limits=limits)


def _given(info: ModelInfo, options: Options) -> Mapping[str, Score]:
    given: Mapping[str, Score] = options.sections or {}
    form = str(options.form or "")
    if not sections.is_written_out(form):
        raise ValueError(f"sections need a form that names them, such as 'A:8 B:8 A:8', got {form!r}")
    if options.primer is not None:
        raise ValueError("sections are for new pieces: there may be no primer")
    names = {section.name for section in sections.read(form, whole=False)}
    found = {}
    for name, score in given.items():
        if name not in names:
            raise ValueError(
                f"sections must be of the form, which has {', '.join(sorted(names))}, got {name}"
            )
        if not score.notes:
            raise ValueError(f"section {name} has no notes")
        if score.upbeat:
            say(f"section {name}: its upbeat is left out")
            score = score.slice("1-")
        say_what_is_lost(f"section {name}", score.source)
        found[name] = replace(score, source=None, texts=(), end=_whole_bars(score))
    return found


def _whole_bars(score: Score) -> int:
    """The bar line after its last bar."""
    return int(chain([score, Score(score.ticks_per_beat, end=0)]).end) if score.end else 0


def _meter(score: Score) -> str:
    sign = score.time_signatures[0]
    return f"{sign.numerator}/{sign.denominator}"


def _with_bars(written: list[Section], given: Mapping[str, Score]) -> list[Section]:
    """The form, in which given sections are as long as they are."""
    found = []
    for section in written:
        score = given.get(section.name)
        if score is not None and not section.primes and section.bars not in (0, score.bars):
            raise ValueError(
                f"section {section.name} has {section.bars} bars in the form, and {score.bars} as it is given"
            )
        bars = section.bars or (score.bars if score is not None else 0)
        found.append(replace(section, bars=bars))
    for section in found:
        if not section.bars:
            raise ValueError(f"form must say the bars of sections that are not given, and {section} has none")
    return found


def _kept(section: Section, given: Mapping[str, Score]) -> Score | None:
    return None if section.primes else given.get(section.name)


def _matched(done: Score, score: Score) -> Score:
    """What there is, played by those who play the given section, so that its tracks go on with theirs."""
    players = [track.program for track in score.tracks if not track.is_drum]
    if not players or any(track.place for track in done.tracks):
        return done
    melodic = iter([*players, *[players[-1]] * len(done.tracks)])
    names = {track.program: track.name for track in score.tracks if not track.is_drum}
    return replace(
        done,
        tracks=tuple(
            track
            if track.is_drum
            else replace(track, program=(program := next(melodic)), name=names.get(program, track.name))
            for track in done.tracks
        ),
    )
