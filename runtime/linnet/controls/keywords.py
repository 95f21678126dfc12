"""Types of the keyword arguments made from `Options`, for editors and type checkers.

A type checker reads what is written, so the types stand here once more; a test holds them against `Options`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

from linnet.controls.moods import Mood
from linnet.controls.rules import Hands, Range, VoiceLeading

if TYPE_CHECKING:
    from linnet.music.score import Score

__all__ = ["PieceOptions", "RuleOptions", "StreamOptions", "WishOptions"]


class WishOptions(TypedDict, total=False):
    """Of `Stream.wish`."""

    temperature: float | None
    top_k: int | None
    top_p: float | None
    min_p: float | None
    bpm: float | str | Sequence[float] | None
    key: str | None
    style: str | int | None
    density: int | None
    register: int | None
    texture: int | None
    loudness: int | None
    chords: str | Sequence[str] | Score | None
    valence: int | None
    arousal: int | None
    section: int | None
    mood: Mood | None


class RuleOptions(TypedDict, total=False):
    """Of `Stream.restrict`."""

    scale: str | Iterable[int] | None
    pitch_range: Range | Sequence[Range] | None
    polyphony: int | Sequence[int] | None
    longest: float | None
    programs: Iterable[int | str] | None
    drums: Iterable[int | str] | None
    parallels: VoiceLeading | None
    crossing: VoiceLeading | None
    cadences: bool | None
    original: bool | None
    watchdog: bool | None
    rhythm: str | Iterable[str] | None
    leap: int | None
    step_share: float | None
    rest: str | float | None
    accidentals: Literal["none", "allowed"] | None
    hands: Hands | None
    call_and_response: bool | None
    rhythm_only: bool | None
    loudness_range: tuple[int, int] | None
    loudness_change: int | None
    bpm_range: tuple[float, float] | None
    bpm_change: float | None
    most_notes: int | None
    more_notes: int | None
    register_change: int | None


class StreamOptions(WishOptions, RuleOptions, total=False):
    """Of `Model.stream`."""

    seed: int | None
    form: str | int | None
    time_signature: str | tuple[int, int] | None
    guidance: float | None
    candidates: int | None
    latent: Iterable[float] | None
    timing: bool | None
    roles: Sequence[str] | str | None
    primer: Score | None


class PieceOptions(StreamOptions, total=False):
    """Of `Model.generate`."""

    bars: int | None
    fade: int | None
    seconds: float | None
    minutes: float | None
    loop: bool | None
    at: Iterable[tuple[float | str, str]] | None
    curve: str | Iterable[Mapping[str, object]] | None
    sections: Mapping[str, Score] | None
    cadence: Iterable[tuple[int, str]] | str | int | None
    instrument: int | str | Sequence[int | str] | None
    with_primer: bool
