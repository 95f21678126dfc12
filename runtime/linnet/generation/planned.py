"""Gives a piece or a stream a plan that is composed, by the plan model of its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linnet._core import Rng
from linnet.controls import sections
from linnet.controls.form import Bar, Composing, Plan, section_bars
from linnet.controls.limits import limits_of
from linnet.controls.model_info import ModelInfo
from linnet.controls.options import cadences_of
from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_draft import Given
from linnet.controls.plan_layout import PLAYERS, SHAPE, Conditions
from linnet.controls.plan_model import Band
from linnet.controls.plan_rows import chord_cell
from linnet.controls.players import on_instruments, players_of_roles
from linnet.controls.progression import Progression
from linnet.controls.request import Request
from linnet.controls.wishes import INDEX, LIKENESS_BARS
from linnet.engine.engine import Engine
from linnet.generation.planner import Planner
from linnet.music.chord import Chord
from linnet.music.key import home_shift
from linnet.tokens import features
from linnet.tools.chance import Streams
from linnet.tools.dataclass import dataclass, replace

__all__ = ["AHEAD", "anew", "with_plan", "with_saved_plan"]

AHEAD = 8
"""Bars of an endless plan that are known beyond the one that begins: more than any feature sees."""

_PLANS, _PLAIN = 6, 0.3
"""A mood of this valence or more, glad or not, takes the plan of so many whose chords are most plainly of its
mode: minor music of people goes through the chords of the relative major, and is hardly sad while it does."""

_MAJOR_CHORDS, _MINOR_CHORDS = (
    frozenset(chord_cell(Chord(root, quality)) for root, quality in chords)
    for chords in (
        ((0, "major"), (5, "major"), (7, "major"), (7, "dominant seventh")),
        ((9, "minor"), (2, "minor"), (4, "major"), (4, "dominant seventh"), (4, "minor")),
    )
)
"""Of the home keys C major and A minor."""

_LEFT_MOST = dict(features.WISHES)["phrase_left"] - 1
_WHOLE = 15
_CLOSED = 3
_METRE = "4/4"
"""Where neither the player nor people's forms say one."""


def with_plan(engine: Engine, request: Request) -> Request:
    """The request of a beginning with a composed plan, where its model composes plans and it has a form.

    What is given stays: the form that the player asks for, in letters or as the number of one of people's,
    says what comes back, and wishes for the whole piece how its bars are filled; the rest is composed around
    it. Music that goes on from a primer has a plan of its own.
    """
    info, network = engine.info, engine.plan
    if network is None or request.options.form == "" or request.primer is not None:
        return request
    rng = Rng(request.seed, stream=Streams.PLAN)
    metre = request.time_signature or _usual_metre(info, rng)
    request, kit = _with_band(info, request, _band(info, request, rng), rng)
    key = request.wishes[INDEX["key"]]
    upbeat = request.plan is not None and request.plan.upbeat
    conditions = Conditions(
        metre,
        minor=key > 12 if key else None,
        style=request.wishes[INDEX["style"]],
        bars=request.length,
        upbeat=upbeat,
        roles=request.roles[: PLAYERS - 1],
        kit=kit,
    )
    given = _given(request, conditions.beats, int(upbeat))
    if request.closes and key and request.length:
        given = _closing(given, request.length + upbeat - 1)
    anywhere = _looks_anywhere(info)
    planner = Planner(network, conditions, rng=rng, given=given, **_habits(info))
    if request.length:
        composed = planner.compose(request.length + upbeat)
        for _ in range(_PLANS - 1 if request.mood and key and abs(request.mood[0]) >= _PLAIN else 0):
            dice = Rng(int(rng.uniform() * 2**53), stream=Streams.PLAN)
            other = Planner(network, conditions, rng=dice, given=given, **_habits(info))
            bars_of_other = other.compose(request.length + upbeat)
            if _plainness(bars_of_other, minor=key > 12) > _plainness(composed, minor=key > 12):
                composed = bars_of_other
        plan = Plan([bar_of(bar, anywhere=anywhere) for bar in composed], int(upbeat), upbeat)
    else:
        bars, on = _Place(planner, anywhere).on(AHEAD + 1)
        plan = Plan(bars, len(bars) - 1, upbeat=False, composing=on)
    return replace(request, plan=plan, time_signature=metre)


def _plainness(bars: Sequence[PlanBar], *, minor: bool) -> float:
    """How plainly the chords of a plan, in its home key, are of its mode: the share of beats on its tonic,
    fourth and fifth less that on the chords of the other mode.
    """
    own, others = (_MINOR_CHORDS, _MAJOR_CHORDS) if minor else (_MAJOR_CHORDS, _MINOR_CHORDS)
    cells = [cell for bar in bars for cell in bar.cells if cell]
    return sum((cell in own) - (cell in others) for cell in cells) / max(len(cells), 1)


def with_saved_plan(engine: Engine, request: Request, saved: Mapping[str, Any]) -> Request:
    """The request of a stream that was saved, whose plan was composed. ValueError and its kin for damage."""
    network, count = engine.plan, saved["bars"]
    if network is None:
        raise ValueError("the model composes no plans")
    planner = Planner.restored(network, saved, **_habits(engine.info))
    if type(count) is not int or not 0 < count <= len(planner.draft.bars):
        raise ValueError("the plan is damaged")
    begun = request.first + count - planner.draft.number  # the bar of the piece in which the plan began
    planner.draft.given = _given(request, planner.draft.conditions.beats, request.chords_first - begun)
    anywhere = _looks_anywhere(engine.info)
    bars = [bar_of(bar, anywhere=anywhere) for bar in planner.draft.bars[-count:]]
    plan = Plan(bars, len(bars) - 1, upbeat=False, composing=_Place(planner, anywhere))
    return replace(request, plan=plan)


def anew(request: Request) -> Request:
    """The request with another composed plan, which begins with its `first` bar: for the key, the style and
    the chords that it has now, and with nothing that comes back from before. As it is where its plan is not
    composed.
    """
    place = _place_of(request)
    if place is None or request.plan is None:
        return request
    draft, key = place.planner.draft, request.wishes[INDEX["key"]]
    conditions = replace(
        draft.conditions, minor=key > 12 if key else None, style=request.wishes[INDEX["style"]]
    )
    given = _beside_chords(draft.given)
    if request.options.form is None:
        given = _given_beside_chords(request, conditions.beats)
    first = request.chords_first - request.first
    bars, on = place.anew(conditions, _with_chords(given, request, conditions.beats, first))
    return replace(request, plan=Plan(bars, len(bars) - 1, upbeat=False, composing=on))


def _place_of(request: Request) -> _Place | None:
    composing = request.plan.composing if request.plan is not None else None
    return composing if isinstance(composing, _Place) else None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the composition of a plan is; the planner never moves."""

    planner: Planner
    anywhere: bool

    @property
    def composed(self) -> int:
        return self.planner.draft.number

    def on(self, bars: int) -> tuple[list[Bar], Composing]:
        planner = self.planner.copy()
        bars_on = [bar_of(bar, anywhere=self.anywhere) for bar in planner.compose(bars)]
        return bars_on, _Place(planner, self.anywhere)

    def anew(self, conditions: Conditions, given: Given | None) -> tuple[list[Bar], Composing]:
        return _Place(self.planner.anew(conditions, given), self.anywhere).on(AHEAD + 1)

    def save(self) -> dict[str, Any]:  # Any: JSON
        return self.planner.save()


def bar_of(bar: PlanBar, *, anywhere: bool = False) -> Bar:
    """A bar of a plan as a piece takes it: it looks up the bar that it comes from, or all that was played."""
    source = bar.source or 0
    quarters = (bar.how - 1) % _WHOLE + 1 if bar.how else _WHOLE
    likeness = 1
    if source and (bar.how > _WHOLE or not bar.how):
        likeness = LIKENESS_BARS.index(source if source in LIKENESS_BARS else LIKENESS_BARS[-1]) + 2
    values = {
        "likeness": likeness,
        "cadence": bar.cadence,
        "phrase_left": min(bar.left, _LEFT_MOST),
        **dict(zip(SHAPE, bar.shape, strict=True)),
        **{f"plays_{slot}": plays for slot, plays in enumerate(bar.players[:-1])},
        "plays_kit": bar.players[-1],
    }
    row = {INDEX[name]: value for name, value in values.items() if value}
    row |= {features.CHORDS.start + beat: cell for beat, cell in enumerate(bar.cells) if cell}
    if anywhere:
        return Bar("anywhere", _WHOLE, row, (source, quarters if source else 0))
    return Bar(source or "nowhere", quarters if source else 0, row)


def _looks_anywhere(info: ModelInfo) -> bool:
    """Whether bars of composed plans look up all that was played, as in music whose drums and chords go on
    under a tune that is new.
    """
    return info.defaults.get("look_up") == "anywhere"


def _habits(info: ModelInfo) -> dict[str, Any]:  # Any: arguments of a planner
    """What a planner does as its model says."""
    assert info.plan is not None
    return {"asked": info.plan.asked, "temperature": info.plan.temperature}


def _usual_metre(info: ModelInfo, rng: Rng) -> str:
    """That of one of people's forms."""
    metres = [form.time_signature for form in info.forms]
    return metres[int(rng.uniform() * len(metres))] if metres else _METRE


def _band(info: ModelInfo, request: Request, rng: Rng) -> Band | None:
    """Who plays, as often as people have it, of the style that is asked for where there is one; None where
    two hands are asked for and nobody's band is two players.
    """
    assert info.plan is not None
    style = request.wishes[INDEX["style"]]
    known = [
        band
        for band in info.plan.bands
        if request.options.hands is None or (len(band.roles) == 2 and not band.kit)
    ]
    bands = [band for band in known if band.style == style] or known
    reach = rng.uniform() * sum(band.pieces for band in bands)
    for band in bands:
        reach -= band.pieces
        if reach < 0:
            return band
    return None


def _with_band(info: ModelInfo, request: Request, band: Band | None, rng: Rng) -> tuple[Request, bool]:
    """The request with people's band for those who play, on instruments that one of them had, unless roles
    are asked for or a form that has some; and whether drums do.
    """
    known = request.options.roles is not None or request.options.form is not None
    if request.players is not None and (known or band is None):
        return request, request.players.kit
    if request.options.rhythm_only:  # a track, or drums
        return request, request.options.drums is not None
    if band is None:
        return request, False
    kit = band.kit or request.options.drums is not None
    found = players_of_roles(info, band.roles, kit=kit)
    if found is not None and band.ensembles and request.options.programs is None:
        programs = band.ensembles[int(rng.uniform() * len(band.ensembles))]
        found = on_instruments(found, programs)
    limits = limits_of(request.options, info, request.scale, found, key=request.key)
    return replace(request, players=found, roles=band.roles, limits=limits), kit


def _given(request: Request, beats: int, chords_first: int) -> Given | None:
    """What is told of each bar: by wishes for the whole piece, by the form that the player asks for, and by
    the chords that he asks for, of which the first are in the bar of that number.
    """
    return _with_chords(_given_beside_chords(request, beats), request, beats, chords_first)


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
        told = PlanBar() if self.beside is None else self.beside(number)
        return replace(told, cells=self.progression.dealt(number - self.first, self.beats, self.shift))


def _with_chords(given: Given | None, request: Request, beats: int, first: int) -> Given | None:
    if request.progression is None:
        return given
    return _Chords(given, request.progression, first, beats, home_shift(request.key))


def _beside_chords(given: Given | None) -> Given | None:
    return given.beside if isinstance(given, _Chords) else given


def _given_beside_chords(request: Request, beats: int) -> Given | None:
    fixed = PlanBar()
    for place, name in enumerate(SHAPE):
        if INDEX[name] in request.held:
            fixed.shape[place] = request.wishes[INDEX[name]]
    asked = request.options.form is not None or request.options.cadence is not None
    if not asked or request.plan is None:
        return (lambda number: fixed) if any(fixed.shape) else None
    told = [_told(bar, fixed, beats) for bar in request.plan.bars]
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


def _closing(given: Given | None, last: int) -> Given:
    """The same, and that the last bar closes, as the piece is made to."""

    def closing(number: int) -> PlanBar:
        bar = PlanBar() if given is None else given(number)
        return replace(bar, cadence=_CLOSED, left=1) if number == last else bar

    return closing


def _told(bar: Bar, fixed: PlanBar, beats: int) -> PlanBar:
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
