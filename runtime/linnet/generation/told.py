"""What is told of the bars of a plan before it is composed: by a primer, by the player, by his form."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.controls import sections
from linnet.controls.form import Bar, section_bars
from linnet.controls.options import cadences_of
from linnet.controls.plan_bar import NOTHING_GIVEN, PlanBar
from linnet.controls.plan_draft import Given
from linnet.controls.plan_layout import PLAYERS, SHAPE
from linnet.controls.progression import Progression
from linnet.controls.request import Request
from linnet.controls.wishes import INDEX
from linnet.music.key import home_shift
from linnet.tokens import features
from linnet.tools.dataclass import dataclass, replace

__all__ = ["After", "beside_chords", "closing_at", "given_beside_chords", "in_shape", "told", "with_chords"]

_WHOLE = 15
_CLOSED = 3


@dataclass(frozen=True, slots=True)
class After:
    """What is told of the bars of a primer, and of those after it."""

    played: Sequence[PlanBar]
    new: Given | None
    """Of the bars after it, the first of which is 0 for it."""

    def __call__(self, number: int) -> PlanBar:
        if number < len(self.played):
            return self.played[number]
        return NOTHING_GIVEN if self.new is None else self.new(number - len(self.played))


def told(request: Request, beats: int, chords_first: int) -> Given | None:
    """What is told of each bar: by wishes for the whole piece, by the form that the player asks for, and by
    the chords that he asks for, of which the first are in the bar of that number.
    """
    return with_chords(given_beside_chords(request, beats), request, beats, chords_first)


@dataclass(frozen=True, slots=True)
class _Chords:
    """What is told of each bar, with the chords that are asked for."""

    beside: Given | None
    """The rest."""

    progression: Progression
    first: int
    """The bar of the plan in which they begin."""

    beats: int
    shift: int

    def __call__(self, number: int) -> PlanBar:
        told = NOTHING_GIVEN if self.beside is None else self.beside(number)
        return replace(told, cells=self.progression.dealt(number - self.first, self.beats, self.shift))


def with_chords(given: Given | None, request: Request, beats: int, first: int) -> Given | None:
    if request.progression is None:
        return given
    return _Chords(given, request.progression, first, beats, home_shift(request.key))


def beside_chords(given: Given | None) -> Given | None:
    return given.beside if isinstance(given, _Chords) else given


def given_beside_chords(request: Request, beats: int) -> Given | None:
    fixed = PlanBar()
    for place, name in enumerate(SHAPE):
        if INDEX[name] in request.held:
            fixed.shape[place] = request.wishes[INDEX[name]]
    asked = request.options.form is not None or request.options.cadence is not None
    if not asked or request.plan is None:
        return (lambda number: fixed) if any(fixed.shape) else None
    told = [_told_by_form(bar, fixed, beats) for bar in request.plan.bars]
    if request.options.form is None:  # cadences alone: the form that was drawn has other phrases
        told = [replace(fixed) for _ in told]
        for number, kind in cadences_of(request.options):
            told[number - 1 + request.plan.upbeat] = replace(fixed, cadence=sections.CADENCES[kind], left=1)
    elif request.form.isalpha():
        section = section_bars(request.length)
        for bar in told[section - 1 :: section]:
            bar.left = 1
    elif sections.is_written_out(request.form):
        written = sections.read(request.form)
        ends = sections.starts([*written, *written], section_bars(request.length))[1:]
        for end in ends:
            if end <= len(told):
                told[end - 1].left = 1
    count, again = len(told), request.plan.again

    def given(number: int) -> PlanBar:
        return told[number if number < count else again + (number - count) % (count - again)]

    return given


def in_shape(given: Given | None, shape: Sequence[int]) -> Given:
    """The same, but that its bars are filled so."""

    def shaped(number: int) -> PlanBar:
        return replace(NOTHING_GIVEN if given is None else given(number), shape=list(shape))

    return shaped


def closing_at(given: Given | None, last: int) -> Given:
    """The same, and that the last bar closes, as the piece is made to."""

    def closing(number: int) -> PlanBar:
        bar = NOTHING_GIVEN if given is None else given(number)
        return replace(bar, cadence=_CLOSED, left=1) if number == last else bar

    return closing


def _told_by_form(bar: Bar, fixed: PlanBar, beats: int) -> PlanBar:
    """What a form says of a bar."""

    def value(name: str) -> int:
        return bar.wishes.get(INDEX[name], 0)

    source = bar.source if isinstance(bar.source, int) else 0
    cells = [bar.wishes.get(features.CHORDS.start + beat, 0) for beat in range(beats)]
    return PlanBar(
        source=source,
        how=bar.quarters + _WHOLE * (value("likeness") > 1) if source and bar.quarters else 0,
        cadence=value("cadence"),
        left=value("phrase_left"),
        cells=cells if any(cells) else [],
        players=[value(f"plays_{slot}") for slot in range(PLAYERS - 1)] + [value("plays_kit")],
        shape=[mine or value(name) for mine, name in zip(fixed.shape, SHAPE, strict=True)],
    )
