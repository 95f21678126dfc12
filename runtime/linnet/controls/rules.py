"""What an option is, and the rules: what may not happen, whatever the model would like.

`linnet.controls.options` has all the others; what is made of them stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from linnet.controls import kinds, kinds_of_lessons
from linnet.controls.kinds import Kind
from linnet.tools.dataclass import dataclass, field, fields

__all__ = ["GROUPS", "About", "Call", "Hands", "Range", "Rules", "VoiceLeading", "option"]

Range = tuple[str | int, str | int]
"""Lowest and highest pitch, as names or numbers."""

Call = Literal["generate", "stream", "wish", "restrict"]
"""Who takes options."""

Hands = Literal["together", "apart"]
"""How two tracks play."""

VoiceLeading = Literal["forbidden", "counted", "allowed"]
"""What becomes of a fault of voice leading."""

GROUPS = {
    "length": "length and form",
    "chance": "chance",
    "time": "tempo and meter",
    "wishes": "wishes: the model leans that way",
    "rules": "rules: never broken",
    "lessons": "rules for lessons: never broken either",
    "care": "rules for care: how much, and how fast it changes",
    "playing": "who plays",
    "primer": "going on",
}
"""What options belong together, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class About:
    """What there is to know of an option."""

    kind: Kind
    help: str
    group: str
    """One of GROUPS."""

    calls: tuple[Call, ...] = ("generate", "stream")
    """Where it may be given. A wish leans the model one way, a rule is never broken; both can be changed
    while a stream plays, with `Stream.wish` and `Stream.restrict`."""

    wish: str = ""
    """The wish of the network that says it: what the model must have learnt."""

    base: Literal["grid", "performance"] | None = None
    """The time base of the models that have it; None: both."""

    flag: str | None = ""
    """On the command line; empty: its name with hyphens, None: it is not there."""


def option(kind: Kind, help: str, group: str, *calls: Call, **more: Any) -> Any:  # a field of any type
    """A field of options, None unless it is asked for."""
    about = About(kind, help, group, calls or ("generate", "stream"), **more)
    return field(default=None, metadata={"about": about})


def _rule(kind: Kind, help: str, flag: str = "", group: str = "rules", **more: Any) -> Any:  # likewise
    return option(kind, help, group, "generate", "stream", "restrict", flag=flag, **more)


def _care(kind: Kind, help: str, **more: Any) -> Any:  # likewise
    return _rule(kind, help, group="care", **more)


def _lesson(kind: Kind, help: str, **more: Any) -> Any:  # likewise
    return _rule(kind, help, group="lessons", **more)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What may not happen, whatever the model would like. None: no rule."""

    scale: str | Iterable[int] | None = _rule(
        kinds.SCALE, "the only pitch classes: 'D dorian', 'A minor pentatonic', or numbers with C = 0"
    )
    pitch_range: Range | Sequence[Range] | None = _rule(
        kinds.PITCH_RANGE,
        "lowest and highest pitch, such as C3 C6 or 48 84; or a pair for each track",
        "--range",
    )
    polyphony: int | Sequence[int] | None = _rule(
        kinds.POLYPHONY,
        "most notes together in a track, 1 to 255; or a limit for each: 1,4 (the last serves the rest)",
    )
    longest: float | None = _rule(
        kinds.number(0, above=True), "longest note, in quarter notes (where there are no bars, in seconds)"
    )
    programs: Iterable[int | str] | None = _rule(
        kinds.PROGRAMS,
        "the only instruments of tracks: General MIDI programs, 0 to 127, or names such as violin,harp",
    )
    drums: Iterable[int | str] | None = _rule(
        kinds.DRUMS,
        "the only drums that may be struck, 27 to 87, or names such as kick,snare; '' silences them",
    )
    parallels: VoiceLeading | None = _rule(
        kinds.VOICE_LEADING,
        "what becomes of parallel fifths and octaves between voices, which are tracks that play one note at "
        "a time; where nothing else may be struck they are (default: as the model says)",
    )
    crossing: VoiceLeading | None = _rule(
        kinds.VOICE_LEADING,
        "likewise of notes that cross another voice or hand; tracks go from high to low",
    )
    cadences: bool | None = _rule(
        kinds.FLAG,
        "the tune need not come to rest on the tonic where the plan lets a phrase close",
        "--no-cadences",
    )
    original: bool | None = _rule(
        kinds.FLAG,
        "longer runs of notes may stand in the music that the model learnt from; they do not where it "
        "carries a filter of it (linnet info)",
        "--no-original",
    )
    watchdog: bool | None = _rule(
        kinds.FLAG,
        "music may get stuck without it; loops and silence end after 12 quarters (or what the model says)",
        "--no-watchdog",
    )

    rhythm: str | Iterable[str] | None = _lesson(
        kinds_of_lessons.RHYTHM,
        "the only note values, such as 1/4,1/8,1/4. (dotted) or 1/8t (of a triplet); no note is tied",
        base="grid",
    )
    leap: int | None = _lesson(kinds.whole(1, 127), "the largest melodic interval of a track, in semitones")
    step_share: float | None = _lesson(
        kinds.number(0, 1), "at least this share of the moves of a melody are steps, 0 to 1"
    )
    rest: str | float | None = _lesson(
        kinds_of_lessons.REST,
        "none: no track falls silent; or the largest share of its time that it does",
    )
    accidentals: Literal["none", "allowed"] | None = _lesson(
        kinds_of_lessons.ACCIDENTALS, "none: only the notes of the key signature"
    )
    hands: Hands | None = _lesson(
        kinds_of_lessons.HANDS, "of two tracks: together, in one rhythm; or apart, by turns of two bars"
    )
    call_and_response: bool | None = _lesson(
        kinds.FLAG, "two bars, and two that answer them in the same rhythm, again and again", base="grid"
    )
    rhythm_only: bool | None = _lesson(kinds.FLAG, "one pitch; drums only where --drums asks for them")
    loudness_range: tuple[int, int] | None = _care(
        kinds_of_lessons.VELOCITIES, "no note is softer or louder, drums and moods included: 40 70"
    )
    loudness_change: int | None = _care(
        kinds.whole(1, 126), "the most that notes of a bar and the bar before differ in loudness, 1 to 126"
    )
    bpm_range: tuple[float, float] | None = _care(
        kinds_of_lessons.TEMPOS, "no tempo is slower or faster: 60 90", base="grid"
    )
    bpm_change: float | None = _care(
        kinds.number(0, 1000, above=True),
        "the most that the tempo changes at a bar line, in bpm",
        base="grid",
    )
    most_notes: int | None = _care(kinds.whole(1, 190), "the most notes and strokes of a bar", base="grid")
    more_notes: int | None = _care(
        kinds.whole(1, 190), "how many more a bar may have than the bar before", base="grid"
    )
    register_change: int | None = _care(
        kinds.whole(1, 127),
        "semitones by which a bar goes at most beyond the bar before",
        base="grid",
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not None:
                object.__setattr__(self, each.name, kinds.read(each.name, each.metadata["about"].kind, value))
