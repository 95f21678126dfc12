"""Given music in training: some parts of a piece, what lies around gaps, or when some parts strike is known
ahead, and only the rest is learnt.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.tokens import given
from linnet.tokens.given import ANY, KIT, NO_END, ONSET, PITCH, SLOT, VELOCITY, Given, Reading
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.data.augment import Tokens

Spans = list[tuple[int, int]]

RUN = 8
"""Most bars of a gap, and between two of them."""

FEWEST = 4
"""Bars of a piece in which there are gaps."""

_BAR = FAMILIES["bar"].first


class Told(NamedTuple):
    """What is given of a piece."""

    given: Given
    forced: NDArray[np.bool_]
    """Whether each token follows from what is given: none of these is learnt. (tokens,)"""


def chosen(tokens: Tokens, rng: np.random.Generator) -> Told | None:
    """Something of a piece on the grid, at random; None of one without notes.

    Half of the pieces of several parts have some of these given, now and then with gaps beside; of the rest
    there are gaps, up to 8 bars long and as far apart, or some parts are known by their onsets alone.
    """
    reading = given.read(tokens)
    parts = parts_of(reading)
    if not len(parts):
        return None
    lines = lines_of(tokens, reading)
    kinds = [
        *(["parts"] * 2 if len(parts) > 1 else []),
        *(["gaps"] if len(lines) >= FEWEST else []),
        "onsets",
    ]
    kind = kinds[int(rng.integers(len(kinds)))]
    if kind == "onsets":
        count = int(rng.integers(1, len(parts), endpoint=True))
        return with_onsets(reading, rng.permutation(parts)[:count].tolist())
    slots: list[int] = []
    if kind == "parts":
        slots = rng.permutation(parts)[: int(rng.integers(1, len(parts)))].tolist()
    spans: Spans = []
    if kind == "gaps" or (len(lines) >= FEWEST and rng.random() < 1 / 4):
        spans = gaps(lines, rng)
    return with_parts(reading, slots, spans)


def with_parts(reading: Reading, slots: Sequence[int], spans: Spans) -> Told:
    """The parts of these slots given, and all that lies outside the spans, if there are some."""
    notes = reading.notes
    kept = np.isin(notes[:, SLOT], slots) | ~given.inside(notes[:, ONSET], spans)
    lent = given.lend(notes[kept], slots=slots, spans=spans)
    return Told(lent, forced_by(reading, kept, spans))


def with_onsets(reading: Reading, slots: Sequence[int], spans: Spans | None = None) -> Told:
    """The onsets of these parts given, and all that lies outside the spans, if there are some."""
    spans = spans or []
    free = given.inside(reading.notes[:, ONSET], spans)
    rows = reading.notes.copy()
    hidden = np.isin(rows[:, SLOT], slots) & free
    rows[hidden, PITCH] = rows[hidden, VELOCITY] = ANY
    again = np.zeros(len(rows), np.bool_)
    again[1:] = hidden[1:] & hidden[:-1] & (rows[1:, [ONSET, SLOT]] == rows[:-1, [ONSET, SLOT]]).all(axis=1)
    told = given.lend(rows[(hidden | ~free) & ~again], spans=spans)
    return Told(told, forced_by(reading, ~free, spans))


def forced_by(reading: Reading, kept: NDArray[np.bool_], spans: Spans) -> NDArray[np.bool_]:
    """Whether each token of a piece follows from these of its notes, or lies outside the spans.

    The first token of a given note is learnt where another part could have struck before it: that none does
    is a choice.
    """
    notes, places, count = reading.notes, reading.places, len(reading.ticks)
    new = np.ones(len(notes), np.bool_)
    new[1:] = (notes[1:, [ONSET, SLOT]] != notes[:-1, [ONSET, SLOT]]).any(axis=1)
    turns = np.zeros(count + 1, np.int64)
    np.add.at(turns, places[kept, 0] + new[kept], 1)
    np.add.at(turns, places[kept, 1], -1)
    before = np.concatenate([np.zeros(1, np.int32), reading.ticks[:-1]])
    forced: NDArray[np.bool_] = (np.cumsum(turns[:-1]) > 0) | ~given.inside(before, spans)
    return forced


def parts_of(reading: Reading) -> NDArray[np.int32]:
    """The slots that have notes, the kit last."""
    return np.unique(reading.notes[:, SLOT])


def lines_of(tokens: Tokens, reading: Reading) -> list[int]:
    """The ticks of the bar lines."""
    lines: list[int] = reading.ticks[np.asarray(tokens) == _BAR].tolist()
    return lines


def gaps(lines: Sequence[int], rng: np.random.Generator) -> Spans:
    """Runs of bars that are free, with runs between them that are not, each as long as chance has it."""
    spans: Spans = []
    at, free = 0, bool(rng.random() < 1 / 2)
    while at < len(lines):
        stop = at + int(rng.integers(1, RUN, endpoint=True))
        if free:
            spans.append((lines[at], lines[stop] if stop < len(lines) else NO_END))
        at, free = stop, not free
    return spans or [(lines[len(lines) // 2], NO_END)]


def outer(reading: Reading, among: Sequence[int]) -> tuple[int, int]:
    """The part that lies lowest and the one that lies highest among these; the kit only where it is alone."""
    notes = reading.notes
    pitched = [slot for slot in among if slot != KIT] or list(among)
    means = [float(notes[notes[:, SLOT] == slot, PITCH].mean()) for slot in pitched]
    return pitched[int(np.argmin(means))], pitched[int(np.argmax(means))]
