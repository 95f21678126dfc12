"""Roles: what each player of a piece is there for, found by register, density, number of notes at once,
program and company.

A role is a number, an index into ROLES. Nothing here knows a track by its name, so that the music alone says
it: the same for files that people send, for pieces that a network learns from and for those that it made.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.notes import Notes
    from linnet.music.score import Score
    from linnet.music.track import Track

__all__ = ["ACCOMPANYING", "ROLES", "ordered", "roles", "usual_role"]

ROLES = (
    "none",
    "lead",
    "second",
    "chords",
    "bass",
    "pad",
    "soprano",
    "alto",
    "tenor",
    "low voice",
    "right hand",
    "left hand",
)
"""0 for who has no role that is told: who is silent, or makes noises; drums have none either."""

_NUMBER = {name: number for number, name in enumerate(ROLES)}

ACCOMPANYING = frozenset(_NUMBER[name] for name in ("chords", "bass", "pad", "left hand"))
"""Numbers of the roles of those who play to somebody else's tune."""

_VOICES = ("soprano", "alto", "tenor", "low voice")

# General MIDI programs.
_KEYBOARDS = {*range(8), *range(16, 24), 46}  # a harp is written on two staves as well
_ORGANS = range(16, 24)
_BASSES = {*range(32, 40), 43, 47, 58}  # timpani and tuba too
_CHOIRS = range(52, 55)
_SINGING = {*range(52, 55), *range(56, 80), *range(80, 88), 40, 68, 110}
_PADS = {*range(48, 52), *range(88, 96)}
_NOISES = {*range(112, 128)}  # and what is struck without a pitch

SINGLE = 1.2
"""Pitch classes struck together, on average, up to which a track is one line."""
FULL = 1.6
"""The same, from which on it plays chords."""
HIGHEST_BASS = 54
"""Mean pitch up to which a track that is no bass by its program may be one."""
MOSTLY = 0.6
"""Share of its onsets at which a bass is the lowest of all, and a lead the highest."""
HELD = 3.0
"""Quarters that notes last from which on they are a pad's."""
BROKEN = 0.75
"""Share of leaps (a minor third or more) from which on a line is a broken chord."""
MOST_VOICES, FEWEST_VOICES = 12, 3


@dataclass(frozen=True, slots=True)
class _Part:
    """What is measured of a track that has notes."""

    place: int
    """Of its track among the pitched ones."""

    program: int
    pitch: float
    """Mean, of all its notes."""

    at_once: float
    """Pitch classes struck together, on average over its onsets: octaves are one line."""

    quarters: float
    """That a note lasts, on average."""

    leaps: float
    """Share of the steps from onset to onset, top notes, that are a minor third or more."""

    lowest: float
    """Share of its onsets at which no other track sounds lower."""

    highest: float
    """Share of its onsets at which no other track sounds higher."""

    present: float
    """Share of the onsets of the piece at which it sounds."""


def roles(score: Score) -> tuple[int, ...]:
    """The role of each pitched track, as a number in ROLES, in the order of the tracks.

    Three to five single lines of one choir or keyboard, nobody else there, are its voices from the top; so
    are all single lines for choir, whoever accompanies them. Several tracks of one keyboard, in music without
    drums, are its hands. Of all others the basses are those by program, or who lies lowest; then who holds
    long notes is a pad, who strikes several at once or breaks chords plays chords, and of the lines the one
    that is most on top leads.
    """
    tracks = [track for track in score.tracks if not track.is_drum]
    found = [0] * len(tracks)
    left = _parts(tracks, score.ticks_per_beat)
    kit = any(track.is_drum and len(track.notes) for track in score.tracks)

    def give(parts: Sequence[_Part], names: Sequence[str]) -> None:
        for part, name in zip(parts, names, strict=True):
            found[part.place] = _NUMBER[name]
            left.remove(part)

    if voices := _choir(left, kit=kit):
        give(voices, _voices(voices))
    if not kit:
        for program in sorted({part.program for part in left} & _KEYBOARDS):
            if hands := _keyboard([part for part in left if part.program == program]):
                give(*hands)
    give(*_bass(left, accompanied=len(left) < len(tracks)))
    give(*_rest(left, led=len(left) < len([number for number in found if not number])))
    return tuple(found)


def usual_role(program: int) -> str:
    """What who plays a General MIDI program is there for as a rule: `bass`, `pad`, or else `none`."""
    return "bass" if program in _BASSES else "pad" if program in _PADS else "none"


def ordered(score: Score, found: Sequence[int] | None = None) -> Score:
    """The score with its pitched tracks in the order of their roles, then those without one, then drums.

    Tracks of one role stay in the order in which they are.

    Args:
        score: any.
        found: the roles of its pitched tracks, where they are known; else they are found.
    """
    found = roles(score) if found is None else found
    pitched = [track for track in score.tracks if not track.is_drum]
    if len(found) != len(pitched):
        raise ValueError(f"found must hold a role for each pitched track, {len(pitched)}, got {len(found)}")
    order = sorted(range(len(pitched)), key=lambda place: found[place] or len(ROLES))
    drums = [track for track in score.tracks if track.is_drum]
    return replace(score, tracks=(*(pitched[place] for place in order), *drums))


def _parts(tracks: Sequence[Track], quarter: int) -> list[_Part]:
    """Of the tracks that have notes and are not noises."""
    playing = [
        (place, track)
        for place, track in enumerate(tracks)
        if len(track.notes) and track.program not in _NOISES
    ]
    if not playing:
        return []
    moments = np.unique(np.concatenate([track.notes.onset for _, track in playing]))
    spans = [_span(track.notes, moments) for _, track in playing]
    low = np.min([each[0] for each in spans], axis=0)
    high = np.max([each[1] for each in spans], axis=0)
    found = []
    for (place, track), (lowest, highest) in zip(playing, spans, strict=True):
        notes = track.notes
        onsets = np.unique(notes.onset)
        struck_classes = np.unique(notes.onset * 12 + notes.pitch % 12)
        own = np.searchsorted(moments, onsets)
        struck = highest[own]
        leaps = np.abs(np.diff(struck)) >= 3
        found.append(
            _Part(
                place,
                track.program,
                float(notes.pitch.mean()),
                len(struck_classes) / len(onsets),
                float(notes.duration.mean()) / quarter,
                float(leaps.mean()) if len(leaps) else 0.0,
                float((lowest[own] <= low[own]).mean()),
                float((highest[own] >= high[own]).mean()),
                float((highest >= 0).mean()),
            )
        )
    return found


def _span(notes: Notes, moments: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest and the highest pitch that sounds at each moment; 128 and -1 in silence. (moments,) each"""
    first = np.searchsorted(moments, notes.onset)
    count = np.maximum(np.searchsorted(moments, notes.end), first + 1) - first
    pitch = np.repeat(notes.pitch.astype(np.int64), count)
    begin = np.cumsum(count) - count
    at = np.repeat(first, count) + np.arange(int(count.sum())) - np.repeat(begin, count)
    lowest, highest = np.full(len(moments), 128), np.full(len(moments), -1)
    np.minimum.at(lowest, at, pitch)
    np.maximum.at(highest, at, pitch)
    return lowest, highest


def _from_the_top(parts: Sequence[_Part]) -> list[_Part]:
    return sorted(parts, key=lambda part: (-part.pitch, part.place))


def _choir(parts: Sequence[_Part], *, kit: bool) -> list[_Part]:
    """The voices of a choir, or of a keyboard that is alone, from the top; none where there are none."""
    sung = [part for part in parts if part.program in _CHOIRS and part.at_once < SINGLE]
    if FEWEST_VOICES <= len(sung) <= MOST_VOICES:
        return _from_the_top(sung)
    alone = (
        not kit
        and FEWEST_VOICES <= len(parts) <= 5
        and len({part.program for part in parts}) == 1
        and parts[0].program in _KEYBOARDS
    )
    if alone and all(part.at_once < SINGLE for part in parts):
        return _from_the_top(parts)
    return []


def _voices(parts: Sequence[_Part]) -> list[str]:
    """Names of so many voices from the top, several of one name where they lie close together."""
    if len(parts) == FEWEST_VOICES:
        high, middle, low = (part.pitch for part in parts)
        return [_VOICES[0], _VOICES[1] if 2 * middle >= high + low else _VOICES[2], _VOICES[3]]
    return _in_groups([part.pitch for part in parts], _VOICES)


def _in_groups(pitches: Sequence[float], names: Sequence[str]) -> list[str]:
    """A name for each of these pitches, which fall: so that those of one name are close to each other."""

    def spread(cuts: Sequence[int]) -> float:
        ends = [0, *cuts, len(pitches)]
        return sum(
            sum(abs(pitch - sum(group) / len(group)) for pitch in group)
            for group in (pitches[a:b] for a, b in pairwise(ends))
        )

    cuts = min(combinations(range(1, len(pitches)), len(names) - 1), key=spread)
    return [names[sum(place >= cut for cut in cuts)] for place in range(len(pitches))]


def _keyboard(parts: Sequence[_Part]) -> tuple[list[_Part], list[str]] | None:
    """The hands of one keyboard, and the pedals of an organ; None where it is no keyboard of two staves."""
    if not 2 <= len(parts) <= MOST_VOICES:
        return None
    staves = _from_the_top(parts)
    if len(parts) == 3 and parts[0].program in _ORGANS and staves[-1].at_once < SINGLE:
        return staves, ["right hand", "left hand", "bass"]
    return staves, _in_groups([part.pitch for part in staves], ("right hand", "left hand"))


def _bass(parts: Sequence[_Part], *, accompanied: bool) -> tuple[list[_Part], list[str]]:
    """Who plays the bass."""
    found = [part for part in parts if part.program in _BASSES and part.pitch < HIGHEST_BASS]
    if len(parts) > 1 or accompanied:
        found += [
            part
            for part in parts
            if part not in found
            and part.pitch < HIGHEST_BASS
            and part.at_once < FULL
            and part.lowest >= (MOSTLY if not found else 0.9)
        ]
    return found, ["bass"] * len(found)


def _rest(parts: Sequence[_Part], *, led: bool) -> tuple[list[_Part], list[str]]:
    """Lines, chords and pads."""
    names = {part.place: _texture(part) for part in parts}
    lines = [part for part in parts if names[part.place] == "second"]
    # Where nobody plays a line, the one on top has the tune, chords or not.
    chosen = max(lines or ([] if led else parts), key=_leading, default=None)
    if chosen is not None:
        names[chosen.place] = "lead"
        for part in lines:  # who takes turns with the lead, on top while it plays
            if part.highest >= MOSTLY and part.present + chosen.present < 1 and part.program in _SINGING:
                names[part.place] = "lead"
    return list(parts), [names[part.place] for part in parts]


def _leading(part: _Part) -> float:
    """How much a line has of a tune: it is there, on top, and on something that sings."""
    return part.present * (0.25 + part.highest) * (1.5 if part.program in _SINGING else 1.0)


def _texture(part: _Part) -> str:
    if part.quarters >= HELD or (part.program in _PADS and part.at_once >= FULL):
        return "pad"
    if part.at_once >= (SINGLE if part.pitch < HIGHEST_BASS else FULL) or (
        part.leaps >= BROKEN and part.highest < MOSTLY
    ):
        return "chords"
    return "second"
