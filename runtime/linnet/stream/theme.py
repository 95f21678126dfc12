"""A theme inside a stream: its notes stand in the music, others play around it, and then it is varied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linnet.controls.form import NEW, Bar
from linnet.controls.model_info import ModelInfo
from linnet.controls.plan_types import like
from linnet.generation.continuing import quantised
from linnet.music.roles import usual_role
from linnet.music.score import Score
from linnet.stream.moving import key_of, moved
from linnet.stream.told import Told
from linnet.tokens.decoder import Reader
from linnet.tokens.given import KIT, Given, lend
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np

__all__ = ["Lent", "lent", "read_value", "told_of", "value_of"]

MOST_BARS = 32
"""Of a theme: so far back the music can take it up again."""

_FIRST_HALF, _STRONG = 0b0011, 0b0101
"""Quarters of a bar of the theme that come back in a bar that varies it."""

_GRID = TICKS_PER_BEAT["grid"]


@dataclass(frozen=True, slots=True)
class Lent:
    """A theme that stands in the music."""

    given: Given
    value: Mapping[str, Any]  # JSON
    begin: int
    """The tick at which it begins."""

    bar: int
    """Ticks of a bar."""

    players: tuple[int, ...]
    """Slots of pitched players."""

    key: int
    """That it was moved to."""

    @property
    def until(self) -> int:
        """The tick at which it is over."""
        return self.begin + int(self.value["bars"]) * self.bar

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As a saved stream has it."""
        return {
            "value": dict(self.value),
            "begin": self.begin,
            "bar": self.bar,
            "players": self.players,
            "key": self.key,
        }

    @classmethod
    def restored(cls, entry: Mapping[str, Any]) -> Lent:
        """What was saved. ValueError and its kin for damage."""
        begin, bar = _whole(entry["begin"], 0, 2**30), _whole(entry["bar"], 1, 1000)
        players, key = tuple(_whole(slot, 0, 15) for slot in entry["players"]), _whole(entry["key"], 0, 23)
        if not players:
            raise ValueError("nobody plays")
        return lent(read_value(entry["value"]), players=players, begin=begin, bar=bar, key=key)


def value_of(
    score: Score, meter: tuple[int, int], vary: int | None, key: str | None, name: str
) -> dict[str, Any]:
    """A theme as a change of the music carries it.

    ValueError for music without notes, too long, or in another meter than the stream, `meter`.
    """
    if not score.notes:
        raise ValueError("a theme has notes, and this piece has none")
    its = {(sign.numerator, sign.denominator) for sign in score.time_signatures}
    if its != {meter}:
        found = ", ".join(f"{a}/{b}" for a, b in sorted(its))
        raise ValueError(f"the theme is in {found}, and the stream in {meter[0]}/{meter[1]} cannot play it")
    grid = quantised(score, "grid")
    bar = _GRID * 4 * meter[0] // meter[1]
    bars = -(-grid.end // bar)
    if bars > MOST_BARS:
        raise ValueError(f"a theme has at most {MOST_BARS} bars, this one has {bars}")
    rows, velocity = [], FAMILIES["velocity"]
    for place, track in enumerate(track for track in grid.tracks if track.notes):
        slot = KIT if track.is_drum else place
        rows += [[onset, duration, slot, pitch] for onset, duration, pitch, _ in track.notes.rows()]
    return {
        "name": name,
        "rows": rows,
        "loud": (max(int(grid.notes.velocity.mean()), 1) - velocity.value) // velocity.step,
        "bars": bars,
        "vary": bars if vary is None else vary,
        "key": key_of(score, key),
    }


def read_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """A theme that was saved. ValueError and its kin for damage."""
    bars, vary, key = (
        _whole(value[name], 0, most) for name, most in (("bars", MOST_BARS), ("vary", 64), ("key", 23))
    )
    rows = [
        [_whole(each, 0, most) for each, most in zip(row, (2**20, 2**20, KIT, 127), strict=True)]
        for row in value["rows"]
    ]
    loud = _whole(value["loud"], 0, FAMILIES["velocity"].count - 1)
    return {"name": str(value["name"]), "rows": rows, "loud": loud, "bars": bars, "vary": vary, "key": key}


def lent(value: Mapping[str, Any], *, players: tuple[int, ...], begin: int, bar: int, key: int) -> Lent:
    """A theme to be lent to a tracker from a tick on, at a bar line, with bars of so many ticks.

    Its first track is played by the first player and so on; who has none of it is free.
    """
    found: dict[tuple[int, int, int], tuple[int, int, int, int, int]] = {}
    for onset, duration, place, pitch in value["rows"]:
        at, slot = begin + onset, KIT if place == KIT else players[min(place, len(players) - 1)]
        to = pitch if place == KIT else _within(moved(pitch, value["key"], key))
        found[at, slot, to] = (at, 0 if place == KIT else duration, slot, to, -1)
    ordered = sorted(found.values(), key=_order)
    heard: set[int] = set()
    for number, (at, duration, slot, pitch, _) in enumerate(ordered):
        if slot not in heard:  # the first of a player says how loud; the network says it of the others
            heard.add(slot)
            ordered[number] = (at, duration, slot, pitch, value["loud"])
    notes = np.array(ordered, np.int32).reshape(-1, 5)
    used = sorted({row[2] for row in ordered})
    return Lent(lend(notes, slots=used), value, begin, bar, players, key)


def players_of(reader: Reader, roles: Sequence[int]) -> tuple[int, ...]:
    """Slots of those who play a theme's tracks, in their order: as the roles stand, or else who has played,
    basses last.
    """
    known = [slot for slot, program in enumerate(reader.programs) if program >= 0]
    if roles or not known:
        return tuple(known) or (0,)
    played = [slot for slot in known if slot in reader.velocities] or known
    return tuple(sorted(played, key=lambda slot: (usual_role(reader.programs[slot]) == "bass", slot)))


def told_of(info: ModelInfo, value: Mapping[str, Any], first: int) -> Told:
    """What the bars from one on are to be: the theme, and then what varies it."""
    if not info.has_learnt("likeness"):
        return ()
    bars, vary = value["bars"], value["vary"]
    theme = [(first + number, NEW) for number in range(bars)]
    return (*theme, *((first + bars + number, _varied(number, bars)) for number in range(vary)))


def _varied(number: int, bars: int) -> Bar:
    """A bar after a theme of so many: like one of the theme where it sets out, and new where it ends."""
    if number % bars == bars - 1 and bars > 1:
        return NEW
    back = bars * (number // bars + 1)
    if back > 63:
        return NEW
    return like(back)._replace(quarters=_STRONG if number % 2 else _FIRST_HALF)


def _within(pitch: int) -> int:
    """A pitch in the range of MIDI, by octaves."""
    while pitch > 127:
        pitch -= 12
    while pitch < 0:
        pitch += 12
    return pitch


def _order(row: Sequence[int]) -> tuple[int, int, int]:
    """That of tokens: by onset; strokes before notes, ascending; then slots ascending, pitches descending."""
    onset, _, slot, pitch, _ = row
    return (onset, -1, pitch) if slot == KIT else (onset, slot, -pitch)


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"not a whole number between {least} and {most}: {value!r}")
    return value
