"""What is certain of a stream: what was composed, what is heard of it, and what is wanted of the rest.

A timeline does not change. Whatever happens to a stream is a new timeline, which takes the place of the old
one in a single step: who is interrupted, by Ctrl-C say, leaves one or the other, and nothing between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from linnet.controls.request import Request
from linnet.stream import clock
from linnet.stream.segment import Change, Place, Segment
from linnet.stream.stage import Stage
from linnet.tools.dataclass import dataclass, field, replace
from linnet.tools.named import NamedTuple

At = Literal["bar", "beat", "now"]
"""Where a change is heard first."""

Changes = tuple[Change, ...]

_NOTICE = clock.SECOND // 10
"""A bar line that is nearer is too near to change what follows it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Changes that were asked for and wait to be composed."""

    changes: Changes
    number: int
    """Of the segment that begins with them, or of the one whose rest is to be composed anew."""

    at: At = "bar"
    moment: int = 0
    """From here on, for a change inside a bar; units, as the timeline's clock."""

    ends_glides: bool = False
    """Whether the latents that were to come are given up."""


class Work(NamedTuple):
    """What is to be composed next."""

    number: int
    """Of the segment. What was composed from there on gives way to it."""

    place: Place
    changes: Changes
    later: tuple[Changes, ...]
    """The changes of the segments after it."""

    entries: tuple[Wanted, ...]
    """What is wanted and made by it."""

    cut: int | None = None
    """Where the segment that plays is followed up to the first onset at this tick or after it, and goes on
    with these changes: its `rest`."""

    rest: Changes = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stream at a moment."""

    place: Place
    """Where composing goes on: the end of the last segment."""

    latest: Request
    """Those of `place` after all that is wanted."""

    behind: Request | None = None
    """Those of the place that was left, to go back to."""

    segments: tuple[Segment, ...] = ()
    """Composed and not over; the first one plays, if the music has begun."""

    begun: bool = False
    number: int = 0
    """Of the first segment, or of the next one where there is none."""

    schedule: tuple[Changes, ...] = ()
    """For the segment that begins at `place`, for the one after it, and so on."""

    wanted: tuple[Wanted, ...] = ()
    """In the order in which it was asked for."""

    start: int = 0
    """Where the playing segment began, in units since the music began."""

    given: int = 0
    """Notes of the playing segment that were handed out."""

    again: bool = False
    """Whether the playing segment is heard once more."""

    clock: int = 0
    """Units of music that were heard, or skipped."""

    repeated: int = 0
    """How often a segment was heard once more."""

    entered: bool = False
    """Whether it was told that the playing segment began."""

    bars: int = 0
    """Bars that began to be heard."""

    done: bool = False
    """Whether the music came to its end."""

    stage: Stage = field(default_factory=Stage)
    """What stands between the music and who plays it."""

    line: int = -1
    """Tick at which the next segment begins, for who reads tokens."""

    def but(self, **changes: Any) -> Timeline:  # Any: of its fields
        """Another one, as `dataclasses.replace` makes it, but quickly: every frame has one."""
        other = object.__new__(Timeline)
        put = object.__setattr__
        for name in _FIELDS:
            put(other, name, changes[name] if name in changes else getattr(self, name))
        return other

    @property
    def playing(self) -> Segment | None:
        """The segment that is heard."""
        return self.segments[0] if self.begun else None

    @property
    def ready(self) -> tuple[Segment, ...]:
        """Composed, and not begun to be heard."""
        return self.segments[self.begun :]

    @property
    def first_place(self) -> Place:
        """Where the first segment begins, or is going to."""
        return self.segments[0].place if self.segments else self.place

    @property
    def end(self) -> int:
        """Number of the segment after the last one that is composed."""
        return self.number + len(self.segments)

    @property
    def left(self) -> int:
        """Units of music that are composed and were not heard."""
        return self.start + sum(segment.length for segment in self.segments) - self.clock

    @property
    def bar(self) -> tuple[Segment, ...]:
        """The segments of the bar that plays, from the one that plays on."""
        count = 1
        while count < len(self.segments) and self.segments[count].goes_on:
            count += 1
        return self.segments[:count]

    @property
    def left_of_bar(self) -> int:
        """Units until the bar that plays is over."""
        return self.start + sum(segment.length for segment in self.bar) - self.clock

    @property
    def bars_ahead(self) -> bool:
        """Whether more is composed than the bar that plays."""
        return len(self.bar) < len(self.segments)

    @property
    def ends(self) -> bool:
        """Whether all is composed, up to the end of the piece."""
        return bool(self.segments) and self.segments[-1].last

    # ---- what is wanted

    def next_line(self, *, notice: bool) -> int:
        """Number of the segment at the next bar line that is not too near, if `notice` is to be given."""
        if not self.begun:
            return self.number
        return self.number + len(self.bar) + (notice and self.left_of_bar < _NOTICE)

    def asking(self, changes: Changes, at: At, latest: Request, *, making: Sequence[Wanted]) -> Timeline:
        """With changes that are wanted from the next bar line, the next beat or this moment on.

        What is being made already is not touched.
        """
        if at != "bar" and self.begun and not self.again:
            entry, names = Wanted(changes, self.number, at, self.clock), names_of(changes)
            waiting = (overtaken(each, names) for each in self.wanted)
            return replace(self, wanted=tuple(waiting), latest=latest).adding(entry, making=making)
        entry = Wanted(changes, self.next_line(notice=at == "bar"))
        return replace(self.adding(entry, making=making), latest=latest)

    def adding(self, entry: Wanted, *, making: Sequence[Wanted]) -> Timeline:
        """With one thing more that is wanted; the words for one place are one entry, in their order."""
        wanted = list(self.wanted)
        for i in range(len(wanted) - 1, -1, -1):
            if wanted[i].at != entry.at and entry.at == "bar":
                break  # it may come to the bar line yet
            if wanted[i].at not in (entry.at, "bar"):
                break
            if (both := self._joined(wanted[i], entry, making)) is not None:
                wanted[i] = both
                return replace(self, wanted=tuple(wanted))
        return replace(self, wanted=(*wanted, entry))

    def leaving(self, entry: Wanted, number: int, *, making: Sequence[Wanted]) -> Timeline:
        """With a change inside the bar put off to the segment of a number."""
        wanted: list[Wanted] = []
        for each in self.wanted:
            later = replace(entry, at="bar", number=number) if each is entry else each
            both = self._joined(wanted[-1], later, making) if wanted else None
            wanted = [*wanted, later] if both is None else [*wanted[:-1], both]
        return replace(self, wanted=tuple(wanted))

    def _joined(self, before: Wanted, later: Wanted, making: Sequence[Wanted]) -> Wanted | None:
        """Two entries as one, where they are for one place and the first is not being made."""
        here = before.at == later.at and (later.at != "bar" or self.line_of(before) == self.line_of(later))
        glide = any(change.glides for change in (*before.changes, *later.changes))
        if not here or glide or any(each is before or each is later for each in making):
            return None
        return replace(later, changes=merged(before.changes, later.changes))

    def gliding(self, glide: Iterable[Change], latest: Request) -> Timeline:
        """With a latent that changes from bar line to bar line, in place of what was to come of others."""
        first = self.next_line(notice=True)
        entries = (Wanted((each,), first + i, ends_glides=not i) for i, each in enumerate(glide))
        wanted = (
            replace(entry, changes=without_glides(entry.changes)) if entry.number >= first else entry
            for entry in self.wanted
        )
        return replace(self, wanted=(*wanted, *entries), latest=latest)

    def line_of(self, entry: Wanted) -> int:
        """Number of the segment that an entry can still change."""
        return max(entry.number, self.number + self.begun)

    @property
    def inside(self) -> Wanted | None:
        """The first that is wanted inside the bar that plays."""
        return next((entry for entry in self.wanted if entry.at != "bar"), None)

    @property
    def stale(self) -> int:
        """Number of the first segment that is wanted to be another one; `end` where there is none."""
        return min([self.end, *(self.line_of(entry) for entry in self.wanted if entry.at == "bar")])

    @property
    def settled(self) -> bool:
        """Whether all that is composed is as it is wanted."""
        return self.inside is None and self.stale == self.end

    def changes_from(self, number: int) -> list[Changes]:
        """The changes of the segments from a number on, with all that is wanted at bar lines."""
        k = number - self.number
        lists = [
            *(segment.changes for segment in self.segments[k:]),
            *self.schedule[max(k - len(self.segments), 0) :],
        ]
        entries = [(self.line_of(entry) - number, entry) for entry in self.wanted if entry.at == "bar"]
        for place, entry in entries:  # a later word overtakes what was to come after it
            names = names_of(entry.changes) - {"latent"}
            lists[place + 1 :] = [without(names, each) for each in lists[place + 1 :]]
        for place, entry in entries:
            lists += [()] * (place + 1 - len(lists))
            if entry.ends_glides:
                lists[place:] = [without_glides(each) for each in lists[place:]]
            lists[place] = merged(lists[place], entry.changes)
        while lists and not lists[-1]:
            lists.pop()
        return lists

    def instead(self, entry: Wanted, other: Wanted) -> Timeline:
        """With something else in place of what is wanted."""
        return replace(self, wanted=tuple(other if each is entry else each for each in self.wanted))

    def without(self, entries: Iterable[Wanted]) -> tuple[Wanted, ...]:
        """What is wanted beside these entries."""
        made = {id(entry) for entry in entries}
        return tuple(entry for entry in self.wanted if id(entry) not in made)


_FIELDS = tuple(Timeline.__slots__)


def merged(before: Changes, later: Changes) -> Changes:
    """Changes at one place: of two words about the same thing the later one counts."""
    glides = tuple(change for change in (*before, *later) if change.glides)
    acts = tuple(Change({}, act=change.act) for change in (*before, *later) if change.act is not None)
    options = {
        name: value for each in (*before, *later) if not each.glides for name, value in each.options.items()
    }
    first = [each for each in acts if each.act is not None and each.act.name in ("leave", "back")]
    then = [each for each in acts if each not in first]
    return (*first, *([Change(options)] if options else []), *then, *glides)


def names_of(changes: Changes) -> frozenset[str]:
    """What they are about."""
    return frozenset(name for change in changes for name in change.options)


def without(names: frozenset[str], changes: Changes) -> Changes:
    """Changes that have nothing to say about some options, because of a later word."""
    left = (
        replace(change, options={name: value for name, value in change.options.items() if name not in names})
        for change in changes
    )
    return tuple(change for change in left if change.options or change.act is not None)


def overtaken(entry: Wanted, names: frozenset[str]) -> Wanted:
    """What waits for a bar line, but for what is asked for before it by a later word."""
    if entry.at != "bar" or names.isdisjoint(names_of(entry.changes)):
        return entry
    return replace(entry, changes=without(names, entry.changes))


def without_glides(changes: Changes) -> Changes:
    """Without the steps on the way to another latent."""
    return tuple(change for change in changes if not change.glides)
