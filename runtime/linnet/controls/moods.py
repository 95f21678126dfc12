"""Moods: what to ask of a model, and how to play it, so that music has a feeling.

A mood is a point: valence, from gloomy or tense (-1) to glad (1), and arousal, from calm (-1) to excited (1).
It stands in for wishes and rules that the player does not ask for himself. docs/moods.md has the sources.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from typing import Any

from linnet.controls.model_info import ModelInfo
from linnet.controls.wishes import DENSITY_EDGES
from linnet.music.key import TONICS
from linnet.music.score import Notes, Score
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

__all__ = [
    "GOVERNED",
    "MOODS",
    "Mood",
    "Point",
    "implied",
    "mode",
    "played",
    "point",
    "touch",
    "usual_density",
]

Point = tuple[float, float]
"""Valence and arousal, each from -1 to 1."""

Mood = str | Sequence[float]

MOODS: dict[str, Point] = {
    "joyful": (0.8, 0.6),
    "excited": (0.5, 0.9),
    "tense": (-0.6, 0.8),
    "angry": (-0.8, 0.9),
    "sad": (-0.8, -0.6),
    "gloomy": (-0.6, -0.4),
    "calm": (0.5, -0.7),
    "tender": (0.7, -0.5),
}
"""Two for each quadrant of the circumplex (Russell, 1980)."""

GOVERNED = ("key", "scale", "density", "register", "bpm")
"""What a mood stands in for."""

MINOR = -0.3
"""Valence up to which a minor key has its leading note, by a rule: only then it is heard as minor."""


def point(mood: Mood) -> Point:
    """The point of a mood.

    Args:
        mood: One of MOODS, two numbers, or two numbers as text such as `0.4,-0.2`.

    Returns:
        Valence and arousal, each from -1 to 1.

    Raises:
        ValueError: For a name that is no mood, and for numbers out of range.
    """
    if isinstance(mood, str) and mood in MOODS:
        return MOODS[mood]
    try:
        valence, arousal = map(float, mood.split(",") if isinstance(mood, str) else mood)
        if abs(valence) <= 1 and abs(arousal) <= 1:  # not so for what is no number
            return valence, arousal
    except (TypeError, ValueError):
        pass
    names = ", ".join(MOODS)
    raise ValueError(f"mood must be one of {names}, or valence and arousal from -1 to 1, got {mood!r}")


def implied(mood: Point | None, own: Collection[str], tonic: int, info: ModelInfo) -> dict[str, Any]:
    """The options that a mood stands in for, by name, beside those of GOVERNED that are the player's `own`;
    None for those of which it says nothing.

    `tonic` is a pitch class (C is 0). A key or a scale of the player's settles both.
    """
    free = [name for name in GOVERNED if name not in own]
    if "key" in own or "scale" in own:
        free = [name for name in free if name not in ("key", "scale")]
    values: dict[str, Any] = dict.fromkeys(free)
    if mood is None:
        return values
    valence, arousal = mood
    wanted: dict[str, Any] = {
        "key": f"{TONICS[tonic]} {mode(mood)}",
        "scale": f"{TONICS[tonic]} harmonic minor" if valence <= MINOR else None,
        "density": _within(info.typical("density"), int(usual_density(info) + 2.5 * arousal), 8),
        "register": _within(info.typical("register"), int(3.5 + 1.5 * valence), 5),
        "bpm": round(110 + 50 * arousal) if info.time_base == "grid" else None,
    }
    learnt = {wish["name"] for wish in info.wishes if wish["trained"]} | {"scale", "bpm"}
    return values | {name: wanted[name] for name in free if name in learnt}


def _within(typical: tuple[int, int] | None, value: int, highest: int) -> int:
    """The nearest that whole pieces have: of a tune with two notes a bar, as sad as it may be, little is
    left.
    """
    least, most = typical or (1, highest)
    return min(max(value, least), most)


def usual_density(info: ModelInfo) -> int:
    """The density of what the model learnt from, by its passport; two quarters a second."""
    corpora = info.passport.get("corpora", [])
    notes, seconds = (sum(corpus.get(name, 0) for corpus in corpora) for name in ("notes", "seconds"))
    return bisect_right(DENSITY_EDGES, notes / seconds / 2) + 1 if seconds else 5


def mode(mood: Point) -> str:
    """Of the key."""
    return "major" if mood[0] >= 0 else "minor"


def touch(mood: Point) -> tuple[int, float]:
    """How it is played: steps of velocity to add, and the share of its length that a note sounds."""
    return round(26 * mood[1]), 1 - 0.4 * max(mood[1], 0.0)


def played(score: Score, mood: Point | None, begin: int = 0, end: int | None = None) -> Score:
    """The score with this touch, from a tick on and up to another; drums keep their length."""
    if mood is None:
        return score
    louder, share = touch(mood)

    def change(notes: Notes, shorter: bool) -> Notes:
        later = (notes.onset >= begin) & ((end is None) | (notes.onset < (end or 0)))
        velocity = np.clip(notes.velocity.astype(np.int64) + louder, 1, 127)
        duration = np.maximum((notes.duration * share).astype(np.int64), 1) if shorter else notes.duration
        return Notes(
            notes.onset,
            np.where(later, duration, notes.duration),
            notes.pitch,
            np.where(later, velocity, notes.velocity),
        )

    tracks = (replace(track, notes=change(track.notes, not track.is_drum)) for track in score.tracks)
    return replace(score, tracks=tuple(tracks))
