"""Gives a piece or a stream a plan that is composed, by the plan model of its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from linnet._core import Rng
from linnet.controls import going_on
from linnet.controls.form import Bar, Composing, Plan
from linnet.controls.limits import limits_of
from linnet.controls.model_info import ModelInfo
from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_draft import Given
from linnet.controls.plan_layout import PLAYERS, QUESTIONS, SHAPE, Conditions
from linnet.controls.plan_model import Band
from linnet.controls.plan_reading import plan_bars
from linnet.controls.plan_rows import chord_cell
from linnet.controls.players import on_instruments, players_of_roles
from linnet.controls.request import Request
from linnet.controls.wishes import INDEX, LIKENESS_BARS, measure
from linnet.engine.engine import Engine
from linnet.generation import continuing
from linnet.generation.planner import Planner
from linnet.generation.told import (
    After,
    beside_chords,
    closing_at,
    given_beside_chords,
    in_shape,
    told,
    with_chords,
)
from linnet.music.chord import Chord
from linnet.music.key import home_key
from linnet.tokens import features
from linnet.tools.chance import Streams
from linnet.tools.dataclass import dataclass, replace

__all__ = ["AHEAD", "anew", "with_plan", "with_saved_plan"]

AHEAD = 8
"""Bars of an endless plan that are known beyond the one that begins: more than any feature sees."""

_PLANS_OF_A_PRIMER = 16
"""Of so many plans after a primer that one is taken in which most of it comes back, up to half of the bars,
in a tune three quarters; people keep two and three times as many motifs as a single plan does
(benchmarks.music.going_on)."""

_PLANS_OF_A_TUNE, _TWO_PARTS = 3, 16
"""Of a tune of so many bars or more, that which rises most from its first half to its second: those of the
plan model rise half as far as people's, and a tune half as far as its plan."""

_PLANS_OF_A_MODE = 6
"""Of so many in minor that whose chords are most plainly of their mode: who asks for E minor wants to hear
it, and people's minor music goes through the chords of the relative major. In a mood in major, too."""

_PLAIN = 0.3
"""Of valence, glad or not, from which on a mood does so."""

_PLAIN_BEFORE_RISING = 3.0
"""How much more that counts, where a tune is to do both."""

_Worth = Callable[[Sequence[PlanBar]], float]

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
_REGISTER = SHAPE.index("register")
_METRE = "4/4"
"""Where neither the player nor people's forms say one."""


def with_plan(engine: Engine, request: Request) -> Request:
    """The request of a beginning with a composed plan, where its model composes plans and it has a form.

    What is given stays: the form that the player asks for, in letters or as the number of one of people's,
    says what comes back, and wishes for the whole piece how its bars are filled; the rest is composed around
    it. The plan of music that goes on from a primer goes on from the primer's.
    """
    info, network = engine.info, engine.plan
    if network is None or request.options.form == "":
        return request
    rng = Rng(request.seed, stream=Streams.PLAN)
    if request.primer is not None:
        return _gone_on(engine, request, rng)
    metre = request.time_signature or _usual_metre(info, request.wishes[INDEX["style"]], rng)
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
    given = told(request, conditions.beats, int(upbeat))
    if request.closes and key and request.length:
        given = closing_at(given, request.length + upbeat - 1)
    request = replace(request, time_signature=metre)
    return _composed(engine, request, conditions, given, rng)


def _gone_on(engine: Engine, request: Request, rng: Rng) -> Request:
    """The request with a plan that goes on from the primer's, so that what was played comes back and goes on
    as people's music does; as it is where a form is asked for, and in a key in which nothing can come back.
    """
    info, primer, players = engine.info, request.primer, request.players
    assert primer is not None
    key = home_key(primer) if info.home else going_on.key_of(primer)
    wished = request.wishes[INDEX["key"]]
    moves = key is not None and wished not in (0, key + 1)
    if request.options.form is not None or (moves and request.primer_key is None):
        return request
    score = continuing.quantised(primer, "grid", info.meters)
    score = score if players is None else players.in_order(score)
    meters = {f"{each.numerator}/{each.denominator}" for each in score.time_signatures}
    last = score.time_signatures[-1]
    metre = request.time_signature or f"{last.numerator}/{last.denominator}"
    is_known = meters == {metre}
    upbeat = is_known and bool(score.notes) and int(score.notes.onset.min()) > 0
    before = score.bars if is_known else 0
    # Who rests is planned where everybody has a role, as in people's pieces; who is silent has none.
    all_known = bool(request.roles) and all(request.roles)
    conditions = Conditions(
        metre,
        minor=wished > 12 if wished else key >= 12 if key is not None else None,
        style=request.wishes[INDEX["style"]],
        bars=request.length and request.length + before - upbeat,
        upbeat=upbeat,
        roles=request.roles[: PLAYERS - 1] if all_known else (),
        kit=all_known and any(track.is_drum for track in score.tracks),
    )
    played = plan_bars(score, measure(score, key=key)[1:], conditions.beats) if is_known else []
    given = told(request, conditions.beats, 0)
    if not all_known:  # the plan model knows no such music, and how full it is goes on from the primer
        given = in_shape(given, [request.wishes[INDEX[name]] for name in SHAPE])
    if request.closes and wished and request.length:
        given = closing_at(given, request.length - 1)
    return _composed(engine, request, conditions, After(played, given), rng)


def _composed(
    engine: Engine, request: Request, conditions: Conditions, given: Given | None, rng: Rng
) -> Request:
    """The request with a plan that is composed so, from the end of its primer on if it has one."""
    network, info = engine.plan, engine.info
    assert network is not None
    before = len(given.played) if isinstance(given, After) else 0
    upbeat = conditions.upbeat and not before
    bars = request.length + upbeat
    anywhere = _looks_anywhere(info)

    def planner(dice: Rng) -> Planner:
        new = Planner(network, conditions, rng=dice, given=given, **_habits(info))
        new.compose(before)
        return new

    if not request.length:
        found, on = _Place(planner(rng), anywhere).on(AHEAD + 1)
        plan = Plan(found, len(found) - 1, upbeat=False, composing=on)
        return replace(request, plan=plan)
    composed = planner(rng).compose(bars)
    many, worth = _choice(request, conditions, before)
    for _ in range(many - 1):
        other = planner(Rng(int(rng.uniform() * 2**53), stream=Streams.PLAN)).compose(bars)
        composed = max(composed, other, key=worth)  # of equals the first
    plan = Plan([bar_of(bar, anywhere=anywhere) for bar in composed], int(upbeat), upbeat)
    return replace(request, plan=plan)


def _choice(request: Request, conditions: Conditions, before: int) -> tuple[int, _Worth]:
    """Of how many plans the best one is taken, and what makes it that."""
    is_line = len(conditions.roles) == 1 and not conditions.kit
    if before:
        return _PLANS_OF_A_PRIMER, partial(_taken_up, most=request.length * (3 if is_line else 2) // 4)
    key = request.wishes[INDEX["key"]]
    if request.mood and key and abs(request.mood[0]) >= _PLAIN:
        return _PLANS_OF_A_MODE, partial(_plainness, minor=key > 12)
    is_tune = is_line and request.length >= _TWO_PARTS
    if key > 12:
        return _PLANS_OF_A_MODE, partial(_plain_and_rising if is_tune else _plainness, minor=True)
    return (_PLANS_OF_A_TUNE, _rise) if is_tune else (1, len)


def _plain_and_rising(bars: Sequence[PlanBar], *, minor: bool) -> float:
    return _PLAIN_BEFORE_RISING * _plainness(bars, minor=minor) + _rise(bars)


def _taken_up(bars: Sequence[PlanBar], *, most: int) -> int:
    """How many bars of a plan a primer's come back in as they were, up to so many; less what comes back
    beyond that, from wherever it is.
    """
    again = [(bar.source or 0, place) for place, bar in enumerate(bars) if bar.how > _WHOLE]
    return min(most, sum(back > place for back, place in again)) - max(0, len(again) - most)


def _rise(bars: Sequence[PlanBar]) -> float:
    """How much higher the second half of a plan is than its first, in classes of the wish."""
    told = [bar.shape[_REGISTER] for bar in bars]
    halves = [list(filter(None, part)) for part in (told[: len(told) // 2], told[len(told) // 2 :])]
    low, high = (sum(half) / max(len(half), 1) for half in halves)
    return high - low if all(halves) else 0.0


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
    given = told(request, planner.draft.conditions.beats, request.chords_first - begun)
    if (
        request.options.form is None
    ):  # how bars are filled was told as the plan began, whatever is wished since
        given = in_shape(given, _shape(saved["shape"]))
    planner.draft.given = given
    anywhere = _looks_anywhere(engine.info)
    bars = [bar_of(bar, anywhere=anywhere) for bar in planner.draft.bars[-count:]]
    plan = Plan(bars, len(bars) - 1, upbeat=False, composing=_Place(planner, anywhere))
    return replace(request, plan=plan)


def _shape(saved: Sequence[int]) -> Sequence[int]:
    """How bars are filled, as it was saved; ValueError for damage."""
    most = [QUESTIONS[name].size for name in SHAPE]
    if len(saved) != len(most) or any(
        type(value) is not int or not 0 <= value <= top for value, top in zip(saved, most, strict=True)
    ):
        raise ValueError("the plan is damaged")
    return saved


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
    given = beside_chords(draft.given)
    if request.options.form is None:
        given = given_beside_chords(request, conditions.beats)
    first = request.chords_first - request.first
    bars, on = place.anew(conditions, with_chords(given, request, conditions.beats, first))
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
        told = next(self.planner.draft.given_from_here())
        return {**self.planner.save(), "shape": list(told.shape)}


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


def _usual_metre(info: ModelInfo, style: int, rng: Rng) -> str:
    """That of one of people's forms, of the style if there is one."""
    forms = [form for form in info.forms if form.wishes["style"] == style] or info.forms
    return forms[int(rng.uniform() * len(forms))].time_signature if forms else _METRE


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
    styles = {style} if style else info.usual_styles
    bands = [band for band in known if band.style in styles] or known
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
