"""A stretch of a stream's music, where it began, and what changed there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Literal

from linnet._core import Mark
from linnet.controls.loudness import Dynamics
from linnet.controls.request import Request
from linnet.generation.parts import Counts
from linnet.stream.sections import SectionBar
from linnet.stream.theme import Lent
from linnet.stream.told import Told
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tools.dataclass import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to the music at a bar line, beside changes of what it is asked for."""

    name: Literal["finish", "theme", "leave", "back"]
    value: Mapping[str, Any] = field(default_factory=dict)  # as JSON has it
    """What it takes to do it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different from the beginning of a segment on."""

    options: Mapping[str, Any]  # as `Options` keeps them
    """Plain values by name; None for what is taken back."""

    bars: int = 1
    """Of a latent: in how many bars, from here on, the music gets there."""

    act: Act | None = None
    """What is done beside."""

    @property
    def glides(self) -> bool:
        """Whether it is a step on the way to another latent."""
        return "latent" in self.options

    @property
    def about(self) -> dict[str, Any]:  # Any: values of options
        """What it is about, for who wants to know."""
        if self.act is None or self.act.name == "theme":
            return dict(self.options) if self.act is None else {"theme": self.act.value["name"]}
        if self.act.name == "back":
            return {"back": {}}
        return {self.act.name: dict(self.act.value), **self.options}

    def where_it_differs(self, request: Request) -> Change:
        """The change without what is so already."""
        options = {
            name: value for name, value in self.options.items() if getattr(request.options, name) != value
        }
        return replace(self, options=options)

    @property
    def kind(self) -> Literal["wish", "theme", "transition"]:
        """The kind of event that it is when it takes effect."""
        name = None if self.act is None else self.act.name
        return "theme" if name == "theme" else "transition" if name in ("leave", "back") else "wish"


def after_back(changes: Iterable[Change]) -> Iterator[tuple[Change, bool]]:
    """Changes at one bar line, and of each whether the music has gone back there by then: what was asked for
    where it goes on is so already, and asked for anew it would begin a new section or have another scale.
    """
    back = False
    for change in changes:
        back = back or (change.act is not None and change.act.name == "back")
        yield change, back


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment begins, and all it takes to compose it again."""

    mark: Mark
    reader: Reader
    request: Request
    tempo: int
    """Units a tick."""

    tick: int
    counts: Counts
    dynamics: Dynamics
    """What was heard before it."""

    last: int = 0
    """The bar with which the piece ends; 0: it has no end."""

    told: Told = ()
    """Bars that are to be something else than the form says."""

    theme: Lent | None = None
    """A theme that stands in the music."""

    kept: Place | None = None
    """Where to go back to."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A note in a segment. Times are counted in units, see `clock`."""

    onset: int
    duration: int
    pitch: int
    velocity: int
    program: int
    track: int
    """-1 for drums."""

    tick: int
    """Where it stands on the grid, which drums may be a little before or after."""

    role: str = ""
    """What its player is there for."""


@dataclass(slots=True)
class Segment:
    """Some music and where it came from."""

    place: Place
    changes: tuple[Change, ...]
    begin: int
    """Ticks; so are `end` and the lines. It is inside its bar where the bar was changed in its midst."""

    bar_start: int
    bar_end: int
    beat: int
    given: int
    """Tokens at its beginning that the changes gave."""

    tokens: list[int] = field(default_factory=list)
    end: int = 0
    tempos: list[tuple[int, int]] = field(default_factory=list)
    """(tick, units a tick from there on), the first at `begin`."""

    sounds: list[Sound] = field(default_factory=list)
    length: int = 0
    """In units."""

    after: Place | None = None
    """Where the music goes on, once the segment is finished."""

    section: SectionBar | None = None
    """Where it stands in the form; None where there are no bars."""

    chords: tuple[int, ...] = ()
    """Cells of the chords that are asked for or planned in its bar, in the home key; 0: nothing is said."""

    loudness: int = 0
    """How loud it is to be, as the wish for loudness counts it; 0: nothing is said."""

    last: bool = False
    """Whether the piece ends with it."""

    _beats: list[tuple[int, int]] | None = None
    """What `beats` found."""

    @property
    def goes_on(self) -> bool:
        """Whether it is the rest of a bar, after what was heard of it."""
        return self.bar_start < self.begin < self.bar_end

    @property
    def signature(self) -> tuple[int, int]:
        """The time signature of its bar."""
        length, quarter = self.bar_end - self.bar_start, TICKS_PER_BEAT["grid"]
        if self.beat == quarter and length % quarter == 0:
            return length // quarter, 4
        eighth = quarter // 2
        return (length // eighth, 8) if length % eighth == 0 else (max(2 * length // eighth, 1), 16)

    def beats(self) -> list[tuple[int, int]]:
        """Its beats, as (units from its beginning, number in the bar from 1), once it is finished."""
        if self._beats is None:
            last = min(self.end, self.bar_end)
            ticks = range(self.next_beat(self.begin), last, self.beat)
            self._beats = [(self.units(tick), (tick - self.bar_start) // self.beat + 1) for tick in ticks]
        return self._beats

    def next_beat(self, tick: int) -> int:
        """The first beat at this tick or after it."""
        return self.bar_end - (self.bar_end - tick) // self.beat * self.beat

    def units(self, tick: int) -> int:
        """From the segment's beginning to a tick."""
        ends = [later for later, _ in self.tempos[1:]] + [tick]
        return sum(
            (min(end, tick) - begin) * tempo
            for (begin, tempo), end in zip(self.tempos, ends, strict=True)
            if begin < tick
        )

    def tick(self, units: int) -> int:
        """The first tick at so many units from the beginning, or after them."""
        begin, tempo = list(takewhile(lambda change: self.units(change[0]) <= units, self.tempos))[-1]
        return begin - (self.units(begin) - units) // tempo
