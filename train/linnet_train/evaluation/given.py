"""What the same notes cost a network when less or more of the music around them is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linnet.tokens import features, given
from linnet.tokens.given import ONSET, SLOT, Given, Reading
from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import CorpusPiece
from linnet_train.data.batches import Loaded
from linnet_train.data.given import lines_of, outer, parts_of, with_onsets, with_parts
from linnet_train.network.config import ModelConfig
from linnet_train.network.network import Network
from linnet_train.network.plan import shift_of
from linnet_train.training.heldout import tally_of

GAP = 4
"""Bars of the gap, in the middle of a piece."""

FEWEST = 12
"""Bars of a piece with a gap."""

MOST = 100
"""Pieces that are read, unless told."""

_PAD = FAMILIES["pad"].first


@dataclass(frozen=True, slots=True)
class FreeNotes:
    """What some notes cost when this much is given."""

    of: str
    """Which notes: of one part, or in a gap."""

    given: str
    notes: int
    nats_per_note: float


Asked = Callable[[Reading, list[int], int], Given | None]
"""What is given of a piece: of its reading, its bar lines and the part that is scored."""


def _others(reading: Reading, part: int) -> list[int]:
    return [slot for slot in parts_of(reading).tolist() if slot != part]


def _nothing(reading: Reading, lines: list[int], part: int) -> Given | None:
    return None


def _lowest(reading: Reading, lines: list[int], part: int) -> Given:
    return with_parts(reading, [outer(reading, _others(reading, part))[0]], []).given


def _highest(reading: Reading, lines: list[int], part: int) -> Given:
    return with_parts(reading, [outer(reading, _others(reading, part))[1]], []).given


def _all_others(reading: Reading, lines: list[int], part: int) -> Given:
    return with_parts(reading, _others(reading, part), []).given


def _both_sides(reading: Reading, lines: list[int], part: int) -> Given:
    return with_parts(reading, [], [gap_of(lines)]).given


def _before(reading: Reading, lines: list[int], part: int) -> Given:
    """The gap is known, and nothing of what follows it."""
    begin, end = gap_of(lines)
    return given.lend(reading.notes[reading.notes[:, ONSET] < begin], spans=[(begin, end)])


def _onsets_too(reading: Reading, lines: list[int], part: int) -> Given:
    return with_onsets(reading, parts_of(reading).tolist(), [gap_of(lines)]).given


PARTS: dict[str, Asked] = {
    "nothing": _nothing,
    "the lowest other part": _lowest,
    "the highest other part": _highest,
    "all other parts": _all_others,
}
GAPS: dict[str, Asked] = {
    "nothing": _nothing,
    "how long it is": _before,
    "what follows the gap": _both_sides,
    "that, and all onsets": _onsets_too,
}


def gap_of(lines: Sequence[int]) -> tuple[int, int]:
    """The ticks of a gap in the middle of a piece."""
    first = (len(lines) - GAP) // 2
    return lines[first], lines[first + GAP]


def free_notes(network: Network, pieces: Sequence[CorpusPiece], *, most: int = MOST) -> list[FreeNotes]:
    """Nats of the same notes under each of PARTS and GAPS, without wishes, where there are such pieces.

    Args:
        network: one that may be told what is given.
        pieces: on the grid.
        most: so many are read, evenly spaced.
    """
    chosen = [pieces[i] for i in np.linspace(0, len(pieces) - 1, min(most, len(pieces))).astype(int)]
    several, long = [], []
    for number, piece in enumerate(chosen):
        reading = given.read(piece.tokens)
        parts, lines = parts_of(reading).tolist(), lines_of(piece.tokens, reading)
        if len(parts) > 1:
            several.append(_Scored(piece, reading, lines, parts[number % len(parts)]))
        if len(lines) >= FEWEST:
            long.append(_Scored(piece, reading, lines, -1))
    rows = []
    last = [replace(each, last=True) for each in long]
    for of, scored, asked in (
        ("one part", several, PARTS),
        (f"a gap of {GAP} bars", long, GAPS),
        ("the last bar of it", last, GAPS),
    ):
        notes = sum(int(each.notes.sum()) for each in scored)
        for what, ask in asked.items() if notes else ():

            def load(draw: int, scored: list[_Scored] = scored, ask: Asked = ask) -> Loaded:
                return scored[draw].load(ask, network.config)

            nats = float(tally_of(network, load, len(scored)).nats.sum())
            rows.append(FreeNotes(of, what, notes, nats / notes))
    return rows


@dataclass(frozen=True, slots=True)
class _Scored:
    piece: CorpusPiece
    reading: Reading
    lines: list[int]
    part: int
    """-1: the gap is scored."""

    last: bool = False
    """Its last bar alone."""

    @property
    def notes(self) -> NDArray[np.bool_]:
        """Those that are scored."""
        rows = self.reading.notes
        if self.part >= 0:
            return np.asarray(rows[:, SLOT] == self.part)
        begin, end = gap_of(self.lines)
        begin = self.lines[self.lines.index(end) - 1] if self.last else begin
        return given.inside(rows[:, ONSET], [(begin, end)])

    def load(self, ask: Asked, model: ModelConfig) -> Loaded:
        """What a network reads, and the tokens of these notes alone."""
        tokens, shift = self.piece.tokens, shift_of(self.piece.wishes) if model.at_home else None
        lent = ask(self.reading, self.lines, self.part)
        feature_ids = features.compute(tokens, "grid", shift=shift, given=lent)
        counts = np.zeros(len(tokens) + 1, np.int64)
        places = self.reading.places[self.notes]
        np.add.at(counts, places[:, 0], 1)
        np.add.at(counts, places[:, 1], -1)
        scored = np.cumsum(counts[:-1]) > 0
        targets = np.where(scored, features.home(tokens, shift), _PAD).astype(np.uint16)
        return Loaded(feature_ids[:-1], targets[1:])
