"""Given music as a tracker reads it: on the grid, in slots, and the way back to its own ticks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from linnet.controls import going_on
from linnet.generation import continuing
from linnet.music import upbeat
from linnet.music.key import home_key
from linnet.music.score import Notes, Score, Track
from linnet.music.track import name_of
from linnet.tokens import codec, given
from linnet.tokens.given import KIT, ONSET, SLOT, Reading
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.model_info import ModelInfo

__all__ = ["Ground", "ground_of", "track_numbers"]

_SLOTS = FAMILIES["slot"].count
_BAR = FAMILIES["bar"].first


@dataclass(frozen=True)
class Ground:
    """Music that is given, and the same on the grid."""

    score: Score
    """As it was given."""

    grid: Score
    """Quantised, its first bar whole; its slots are the pitched tracks, in their order."""

    offset: int
    """Ticks of the score by which the grid begins before it."""

    key: int | None

    @property
    def slots(self) -> list[int]:
        """Of each track of the score its slot, KIT for drums."""
        numbers = iter(range(len(self.score.tracks)))
        return [KIT if track.is_drum else next(numbers) for track in self.score.tracks]

    @cached_property
    def tokens(self) -> NDArray[np.uint16]:
        """Of the grid."""
        return codec.encode(self.grid)

    @cached_property
    def reading(self) -> Reading:
        """Of the tokens."""
        return given.read(self.tokens)

    @property
    def changes(self) -> list[tuple[int, int]]:
        """Meters and tempos after the beginning, as the tracker takes them."""
        return given.changes_of(self.tokens, self.reading)

    @property
    def lines(self) -> list[int]:
        """Ticks of the grid at which bars begin, and the end."""
        return [*self.grid.bar_ticks().tolist(), self.grid.end]

    def script(self, tick: int) -> list[int]:
        """The tokens up to a bar line, which is reached; at 0 the header, meter and tempo."""
        tempo = FAMILIES["tempo"]
        if not tick:
            is_tempo = (self.tokens >= tempo.first) & (self.tokens < tempo.first + tempo.count)
            return [int(token) for token in self.tokens[: int(np.argmax(is_tempo)) + 1]]
        there = self.reading.ticks >= tick
        if there.any():
            return [int(token) for token in self.tokens[: int(np.argmax(there)) + 1]]
        return [*(int(token) for token in self.tokens[:-1]), _BAR]

    def scale(self) -> frozenset[int] | None:
        """The pitch classes that it is made of; None where it has too few to say."""
        found = going_on.scale_of(self.score)
        return None if found is None else frozenset(found)

    def without(self, keep: NDArray[np.bool_]) -> Score:
        """The grid with these of its notes alone, by the rows of the reading."""
        kept = {(int(row[SLOT]), int(row[ONSET]), int(row[3])) for row in self.reading.notes[keep]}
        numbers = iter(range(_SLOTS))
        tracks = []
        for track in self.grid.tracks:
            slot = KIT if track.is_drum else next(numbers)
            rows = [row for row in track.notes.rows() if (slot, row[0], row[2]) in kept]
            tracks.append(replace(track, notes=Notes.of_rows(rows)))
        return replace(self.grid, tracks=tuple(tracks))

    def notes(self, rows: Iterable[Sequence[int]], *, start: int = 0) -> Notes:
        """Rows of the grid as notes of the score's ticks; `start` is the tick of the grid that becomes 0."""
        per_beat, offset = self.score.ticks_per_beat, 0 if start else self.offset

        def at(tick: int) -> int:
            return ((tick - start) * per_beat * 2 + 24) // 48 - offset

        velocity = FAMILIES["velocity"]
        found = []
        for onset, duration, slot, pitch, step in rows:
            begin, length = at(onset), duration or TICKS_PER_BEAT["grid"] // 4
            end = at(onset + length) if slot != KIT or duration else begin + max(per_beat // 4, 1)
            loud = velocity.value + max(step, 0) * velocity.step
            found.append((begin, max(end - begin, 1), pitch, loud))
        return Notes.of_rows(sorted(found))


def ground_of(info: ModelInfo, score: Score) -> Ground:
    """Given music on the grid.

    Raises:
        ValueError: It has no notes, or more tracks than the model can hear.
    """
    if not score.notes:
        raise ValueError("the music has no notes: there is nothing to go by")
    if info.time_base != "grid" or info.latent is not None:
        raise ValueError(f"{info.name} cannot play around given music: ask band, chorale, piano or folk")
    pitched = sum(not track.is_drum for track in score.tracks)
    if pitched > _SLOTS:
        raise ValueError(f"the music has {pitched} pitched tracks, and models hear {_SLOTS} at most")
    if score.ticks_per_beat < TICKS_PER_BEAT["grid"]:
        score = score.resample(score.ticks_per_beat * -(-TICKS_PER_BEAT["grid"] // score.ticks_per_beat))
    padded = upbeat.pad(continuing.closed(score))
    grid = codec.quantise(padded, "grid", info.meters)
    return Ground(score, grid, padded.end - score.end, home_key(score))


def track_numbers(score: Score, tracks: Iterable[str | int] | str | int | None) -> list[int]:
    """Places of these tracks, given by number from 1 on or by name; all that have notes where none are given.

    ValueError, with the names that there are, for one that the piece does not have.
    """
    if tracks is None:
        return [place for place, track in enumerate(score.tracks) if track.notes]
    wanted: list[str | int] = (
        [word for word in tracks.split(",") if word.strip()]
        if isinstance(tracks, str)
        else [tracks]
        if isinstance(tracks, int)
        else list(tracks)
    )
    names = [name_of(track).lower() for track in score.tracks]
    found: list[int] = []
    for each in wanted:
        word = str(each).strip().lower()
        places = [i for i, name in enumerate(names) if word in (name, str(i + 1))]
        if not places:
            there = ", ".join(f"{i} {name_of(track)}" for i, track in enumerate(score.tracks, 1))
            raise ValueError(f"there is no track {each!r} (there are: {there})")
        found += places
    if not found:
        raise ValueError("tracks must name at least one track")
    return sorted(set(found))


def with_notes(track: Track, rows: Iterable[tuple[int, int, int, int]]) -> Track:
    """A track with these notes beside its own."""
    return replace(track, notes=Notes.of_rows(sorted([*track.notes.rows(), *rows])))
