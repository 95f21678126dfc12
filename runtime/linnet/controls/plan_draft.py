"""A plan in the making: what is asked next about a bar, what answers mean, and what the plan model sees."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from linnet.controls.plan_answers import ANY, answer_in, but, ends, first_ones
from linnet.controls.plan_bar import NOTHING_GIVEN, PlanBar
from linnet.controls.plan_layout import (
    AHEAD,
    CADENCES,
    CELLS,
    CHORDS,
    COLUMNS,
    COPIES,
    EARLIER,
    FARTHEST,
    LONGEST_PHRASE,
    NUMBERS,
    PLAYERS,
    QUESTIONS,
    SHAPE,
    WIDTH,
    Conditions,
)
from linnet.tokens.vocabulary import SOURCE_MOST, common_meter, time_signature_index
from linnet.tools.dataclass import asdict
from linnet.tools.named import NamedTuple

__all__ = ["Ask", "Draft", "Given"]

_KEPT, _KIT = 2 * (SOURCE_MOST + 1), PLAYERS - 1


class Ask(NamedTuple):
    """A question that is asked now."""

    name: str
    possible: bytes
    """1 for each answer that there can be."""

    reference: Sequence[int] = ()
    """For `changed` the values that the bar's are compared with; for `until` the chord that lasts; for
    `cadence` the bars of the phrase; for `plays` what is settled of the others."""

    options: tuple[Sequence[int], ...] = ()
    """For `copy` and `together`: what each answer but the last one takes over."""

    place: int = 0
    """The beat, for `chord` and `until`; the player, for `plays`."""


Asks = Generator[Ask, int | None, None]

Given = Callable[[int], PlanBar]
"""What is told of each bar, by its number."""


class Draft:
    """The bars of a plan so far, and the questions about the next one."""

    def __init__(self, conditions: Conditions, given: Given | None = None) -> None:
        """`given`: what is told, by the number of the bar from 0 on, an upbeat included; None: nothing is."""
        self.conditions = conditions
        self.given = given
        self.bars: list[PlanBar] = []
        """The last ones, at least as many as can come back."""
        self.number = 0
        """Of bars that are finished."""

        self.place, self.length, self.cadence = 0, 0, 0
        """In the running phrase, its bars, and how it ends."""

        self.begun = PlanBar()  # that questions are asked about
        self._ids = [0] * WIDTH
        self._beats = conditions.beats
        self._last_chord, self._run = 0, 0
        self._set("time_signature", common_meter(time_signature_index(conditions.time_signature)))
        if conditions.minor is not None:
            self._set("mode", int(conditions.minor))
        if conditions.style:
            self._set("style", conditions.style - 1)
        if conditions.roles or conditions.kit:
            self._set("kit", int(conditions.kit))
        for slot, role in enumerate(conditions.roles):
            self._set(f"role_{slot}", role)
        self._set("bars", min(conditions.bars, FARTHEST) if conditions.bars else FARTHEST + 1)

    # The questions

    def bar(self) -> Asks:
        """The questions about the next bar, to be answered by `send`; None where nothing is told.

        Only what has more than one possible answer is asked. When all are answered the bar is finished.
        """
        bar = self.begun = PlanBar(cells=[0] * self._beats)
        self._begin()
        yield from self._likeness(bar)
        yield from self._phrase(bar)
        yield from self._chords(bar)
        yield from self._players(bar)
        yield from self._shape(bar)
        self._finish(bar)

    def _likeness(self, bar: PlanBar) -> Asks:
        source = yield from self._once(
            bar, "source", first_ones(min(self.number, SOURCE_MOST) + 1, SOURCE_MOST + 1)
        )
        bar.source = source or 0
        if not source:
            return
        self._set("source", source)
        how = yield from self._once(bar, "how", ANY["how"])
        bar.how = 0 if how is None else how + 1
        if how is not None:
            self._set("how", how)

    def _phrase(self, bar: PlanBar) -> Asks:
        if self.place == self.length:
            self.place, self.length, self.cadence = 0, 1, 0
            self._clear("close_told")
            left = self.bars_left
            longest = LONGEST_PHRASE if left is None else min(left + 1, LONGEST_PHRASE)
            length = yield from self._once(bar, "length", first_ones(longest, LONGEST_PHRASE))
            if length is not None:
                self.length = length + 1
                self._see_phrase()
                self._see_cell("close_told", self._given(length).cells, -1)
                cadence = yield from self._once(bar, "cadence", ANY["cadence"], reference=(self.length,))
                self.cadence = 0 if cadence is None else cadence + 1
                self._see_phrase()
        bar.cadence = self.cadence
        bar.left = self.length - self.place if self.cadence else 0

    def _chords(self, bar: PlanBar) -> Asks:
        options: list[Sequence[int]] = []
        for place in COPIES:
            back = (bar.source or 0) if isinstance(place, str) else place
            other = self._back(back) if back else None
            whole = other is not None and all(other.cells) and other.cells not in options
            options.append(other.cells if other is not None and whole else [])
        possible = bytes(bool(cells) for cells in options) + b"\1"
        copy = yield from self._once(bar, "copy", possible, options=tuple(options))
        if copy is None:
            return
        if copy < len(options):
            bar.cells = list(options[copy])
            self._last_chord = bar.cells[-1]
            return
        beat, before = 0, 0
        while beat < self._beats:
            chord = yield from self._ask(Ask("chord", but("chord", before - 1), place=beat), bar)
            if chord is None:
                return
            self._last_chord = before = chord + 1
            until = yield from self._ask(Ask("until", ends(beat, self._beats), (before,), place=beat), bar)
            end = until or self._beats
            bar.cells[beat:end] = [before] * (end - beat)
            beat = end

    def _players(self, bar: PlanBar) -> Asks:
        known = [*range(len(self.conditions.roles)), *([_KIT] if self.conditions.kit else [])]
        if len(known) > 1:
            options: list[Sequence[int]] = []
            for back in (bar.source or 0, 1):
                other = self._back(back) if back else None
                told = other is not None and any(other.players) and other.players not in options
                options.append(other.players if other is not None and told else [])
            possible = bytes(bool(players) for players in options) + b"\1"
            together = yield from self._once(bar, "together", possible, options=tuple(options))
            if together is None:
                return
            if together < len(options):
                bar.players = list(options[together])
            else:
                for player in known:
                    plays = yield from self._ask(Ask("plays", b"\1\1", tuple(bar.players), place=player), bar)
                    bar.players[player] = 0 if plays is None else plays + 1
        self._set("players", sum(each == 2 for each in bar.players))

    def _shape(self, bar: PlanBar) -> Asks:
        other = self._back(bar.source or 1)
        reference = [0] * len(SHAPE) if other is None else other.shape
        changed = yield from self._once(bar, "changed", ANY["changed"], reference=tuple(reference))
        bar.shape = list(reference)
        for place, name in enumerate(SHAPE):
            if (changed or 0) >> place & 1:
                value = yield from self._once(bar, name, but(name, reference[place] - 1))
                if value is not None:
                    bar.shape[place] = value + 1

    def _once(
        self,
        bar: PlanBar,
        name: str,
        possible: bytes,
        *,
        reference: Sequence[int] = (),
        options: tuple[Sequence[int], ...] = (),
    ) -> Generator[Ask, int | None, int | None]:
        """A question that is asked once a bar."""
        answer = yield from self._ask(Ask(name, possible, reference, options), bar)
        bar.answers[NUMBERS[name]] = 0 if answer is None else answer + 1
        return answer

    def _ask(self, ask: Ask, bar: PlanBar) -> Generator[Ask, int | None, int | None]:
        if ask.possible.count(1) == 1:
            return ask.possible.index(1)
        self._see(ask, bar)
        answer = yield ask
        if answer is not None:
            self._set("last_answer", QUESTIONS[ask.name].first + answer)
        return answer

    # What is seen

    @property
    def ids(self) -> list[int]:
        """What the plan model sees when it is asked. (WIDTH,)"""
        return self._ids

    def _begin(self) -> None:
        number = self.number - self.conditions.upbeat
        self._set("bar", min(max(number, 0), FARTHEST))
        self._set("bar_modulo_16", number % 16)
        left = self.bars_left
        self._set("bars_left", FARTHEST + 1 if left is None else min(left, FARTHEST))
        self._see_phrase()
        self._clear("source", "how", "players", "beat")
        for bars in AHEAD:
            self._see_cell(f"told_{bars}", self._given(bars).cells, 0)
        self._see_cell("last_beat_told", self._given(0).cells, -1)

    def _see_cell(self, name: str, cells: Sequence[int], beat: int) -> None:
        if cells and cells[beat]:
            self._set(name, cells[beat] - 1)
        else:
            self._clear(name)

    def _see_phrase(self) -> None:
        """Of the one that runs, or begins; nothing at the end of one, and where none is told."""
        self._clear("place", "phrase_left", "cadence", "ends")
        if self.place >= self.length:
            return
        left = self.length - 1 - self.place
        self._set("place", self.place)
        self._set("phrase_left", left)
        self._set("ends", int(self.bars_left == left))
        if self.cadence:
            self._set("cadence", self.cadence - 1)

    def _see_close(self, ask: Ask) -> None:
        """What the chords of the last two bars of a phrase lead to."""
        left, minor = self.length - 1 - self.place, self.conditions.minor
        self._clear("close", "close_after")
        if ask.name not in ("copy", "chord", "until") or not self.cadence or left > 1 or minor is None:
            return
        goal = (minor * 2 + left) * CADENCES + self.cadence - 1
        self._set("close", goal * (CELLS + 1) + (CELLS if ask.name == "copy" else ask.place))
        if self._last_chord:
            self._set("close_after", goal * CHORDS + self._last_chord - 1)

    def _see(self, ask: Ask, bar: PlanBar) -> None:
        number = NUMBERS[ask.name]
        # loudness and its like come after the players, each of whom has a number of its own
        number += ask.place if ask.name == "plays" else PLAYERS - 1 if number > NUMBERS["plays"] else 0
        self._set("question", number)
        if ask.name in ("chord", "until"):
            self._set("beat", ask.place)
        else:
            self._clear("beat")
        self._see_close(ask)
        if self._last_chord:
            self._set("chord", self._last_chord - 1)
        first = QUESTIONS[ask.name].first
        for name, back in _EARLIER:
            other = self._back(back or bar.source or 0) if back or bar.source else None
            answer = answer_in(other, ask.name, ask.place) if other is not None else 0
            column = COLUMNS[name]
            self._ids[column.place] = column.first + first + answer - 1 if answer else 0

    def _set(self, name: str, value: int) -> None:
        place, first, count = COLUMNS[name]
        assert 0 <= value < count, (name, value)
        self._ids[place] = first + value

    def _clear(self, *names: str) -> None:
        for name in names:
            self._ids[COLUMNS[name].place] = 0

    # Going back, and going on elsewhere

    def copy(self) -> Draft:
        """The same place, to be gone on from by itself."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.bars, new._ids = self.bars[:], self._ids[:]
        return new

    def save(self) -> dict[str, Any]:  # Any: JSON
        """All that `restored` needs."""
        return {
            "conditions": asdict(self.conditions),
            "bars": [bar.save() for bar in self.bars[-SOURCE_MOST - 1 :]],
            "ids": self._ids,
            "here": [getattr(self, name) for name in _HERE],
        }

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> Draft:
        """The draft that was saved. ValueError, TypeError or KeyError for what no draft saved."""
        conditions = dict(saved["conditions"])
        new = cls(Conditions(**conditions | {"roles": tuple(conditions["roles"])}))
        new.bars = [PlanBar.restored(bar, new._beats) for bar in saved["bars"]]
        ids, here = list(saved["ids"]), list(saved["here"])
        if len(ids) != WIDTH or any(type(each) is not int for each in (*ids, *here)):
            raise ValueError("no draft of a plan")
        for each, (_, first, count) in zip(ids, COLUMNS.values(), strict=True):
            if each and not first <= each < first + count:
                raise ValueError("no draft of a plan")
        new._ids = ids
        for name, value, most in zip(_HERE, here, _HERE.values(), strict=True):
            if not 0 <= value <= most:
                raise ValueError("no draft of a plan")
            setattr(new, name, value)
        return new

    # Bars

    @property
    def bars_left(self) -> int | None:
        """After the next one; None without end."""
        if not self.conditions.bars:
            return None
        return max(self.conditions.bars + self.conditions.upbeat - self.number - 1, 0)

    def _back(self, bars: int) -> PlanBar | None:
        """The bar so many bars before the next one."""
        return self.bars[-bars] if 0 < bars <= len(self.bars) else None

    def _given(self, ahead: int) -> PlanBar:
        return NOTHING_GIVEN if self.given is None else self.given(self.number + ahead)

    def given_from_here(self) -> Iterator[PlanBar]:
        """What is told of the next bar and those after it, of as many as a phrase may have."""
        return (self._given(ahead) for ahead in range(LONGEST_PHRASE))

    def _finish(self, bar: PlanBar) -> None:
        given = self._given(0)
        if given.cells and all(given.cells):  # else one that no answer could agree with
            bar.cells = list(given.cells)
        self._run = min(self._run + 1, 31) if bar.source and self._same_source(bar) else 0
        if self._run:
            self._set("source_run", self._run)
        else:
            self._clear("source_run")
        self.bars.append(bar)
        if len(self.bars) > _KEPT:
            del self.bars[: _KEPT // 2]
        self.number += 1
        self.place += 1
        if self.place == self.length and bar.cadence:
            phrase = LONGEST_PHRASE * (self.cadence - 1) + self.length - 1
            self._set("phrase_before", phrase)

    def _same_source(self, bar: PlanBar) -> bool:
        return bool(self.bars) and self.bars[-1].source == bar.source


_HERE = {
    "number": 2**53,
    "place": LONGEST_PHRASE,
    "length": LONGEST_PHRASE,
    "cadence": CADENCES,
    "_last_chord": CHORDS,
    "_run": 31,
}
"""What a draft remembers besides its bars, and how much of it there can be."""

_EARLIER = (*((f"earlier_{bars}", bars) for bars in EARLIER), ("earlier_source", 0))
