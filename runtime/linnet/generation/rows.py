"""Rows of given notes, and what slots keep to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from linnet.controls.parts import known_program
from linnet.controls.plan_rows import beat_ticks
from linnet.controls.players import most_together
from linnet.generation.around import pitch_range
from linnet.generation.ground import Ground
from linnet.music.score import Notes, Track
from linnet.tokens.given import ANY, DOWN, DURATION, KIT, ONSET, PITCH, SAME, SLOT, UP
from linnet.tokens.vocabulary import FAMILIES, TICKS_PER_BEAT
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.model_info import ModelInfo

__all__ = [
    "entries",
    "in_order",
    "known_script",
    "one_at_a_time",
    "onsets_of",
    "ranges_of",
    "reslotted",
    "voices_of",
]

SLOPPY = 3
"""Ticks by which the notes of one line may overlap."""

_PROGRAM = FAMILIES["program"]
_KICK, _LOUD = 36, 22


def one_at_a_time(fresh: NDArray[np.int32], ground: Ground) -> NDArray[np.int32]:
    """New notes, of which those of a part that plays one at a time end where the next begins."""
    voices, fresh = voices_of(ground), fresh.copy()
    for slot, count in enumerate(voices):
        own = np.flatnonzero(fresh[:, SLOT] == slot)
        if count == 1 and len(own) > 1:
            gaps = np.diff(fresh[own, ONSET])
            fresh[own[:-1], DURATION] = np.where(
                (gaps > 0), np.minimum(fresh[own[:-1], DURATION], gaps), fresh[own[:-1], DURATION]
            )
    return fresh


def onsets_of(rows: NDArray[np.int32], *, contour: bool) -> NDArray[np.int32]:
    """When parts strike, and for how long; with the contour also whether their top note rises or falls."""
    found, last = [], dict[int, int]()
    before: tuple[int, int] | None = None
    for onset, duration, slot, pitch, _ in rows.tolist():
        way = ANY
        if (onset, slot) != before:
            if contour and slot in last:
                way = UP if pitch > last[slot] else DOWN if pitch < last[slot] else SAME
            before, last[slot] = (onset, slot), pitch
        found.append((onset, duration, slot, way, ANY))
    result = np.array(found, np.int32).reshape(-1, 5)
    for slot in set(result[:, SLOT].tolist()):
        own = np.flatnonzero(result[:, SLOT] == slot)
        onsets = np.unique(result[own, ONSET])
        after = np.append(onsets, onsets[-1:] + (1 << 20))[np.searchsorted(onsets, result[own, ONSET]) + 1]
        over = result[own, ONSET] + result[own, DURATION] - after
        result[own, DURATION] -= np.where((over > 0) & (over <= SLOPPY), over, 0)
    return result


def entries(ground: Ground, slots: Sequence[int], *, drums: bool) -> NDArray[np.int32]:
    """Onsets at which new parts come in: with every bar that has notes, since networks often leave everything
    to those who play. Drums strike on every beat.
    """
    lines, onsets = ground.lines, ground.reading.notes[:, ONSET]
    firsts = [
        int(inside[0])
        for line, end in pairwise(lines)
        if len(inside := onsets[(onsets >= line) & (onsets < end)])
    ]
    begin = max(line for line in lines if line <= firsts[0])
    rows = [(tick, 0, slot, ANY, ANY) for tick in firsts for slot in slots]
    if drums:
        beat = beat_ticks(ground.grid.time_signatures[0], TICKS_PER_BEAT)
        ticks = [tick for line, end in pairwise(lines) for tick in range(line, end, beat) if tick > begin]
        rows += [(begin, 0, KIT, _KICK, _LOUD), *((tick, 0, KIT, ANY, ANY) for tick in ticks)]
    return np.array(rows, np.int32).reshape(-1, 5)


def in_order(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Rows in the order of tokens."""
    kit = rows[:, SLOT] == KIT
    slot = np.where(kit, -1, rows[:, SLOT])
    pitch = np.where(kit | (rows[:, PITCH] < 0), rows[:, PITCH], -rows[:, PITCH])
    return rows[np.lexsort((pitch, slot, rows[:, ONSET]))]


def reslotted(rows: NDArray[np.int32], slot_of: Mapping[int, int]) -> NDArray[np.int32]:
    rows = rows.copy()
    rows[:, SLOT] = [slot_of[slot] for slot in rows[:, SLOT].tolist()]
    return in_order(rows)


def known_script(info: ModelInfo, script: list[int]) -> list[int]:
    """A script with the instruments as the model knows them."""
    programs = range(_PROGRAM.first, _PROGRAM.first + _PROGRAM.count)
    return [
        programs.start + known_program(info, token - programs.start) if token in programs else token
        for token in script
    ]


def ranges_of(ground: Ground) -> tuple[tuple[int, int], ...]:
    pitched = sum(slot != KIT for slot in ground.slots)
    return tuple(pitch_range(ground.reading.notes, slot) for slot in range(pitched)) or ((0, 127),)


def voices_of(ground: Ground) -> tuple[int, ...]:
    """The most notes together of each slot; those of one line may overlap a little."""

    def apart(track: Track) -> Track:
        notes = track.notes
        return replace(
            track,
            notes=Notes(notes.onset, np.maximum(notes.duration - SLOPPY, 1), notes.pitch, notes.velocity),
        )

    found = tuple(max(most_together(apart(track)), 1) for track in ground.grid.tracks if not track.is_drum)
    return found or (0,)
