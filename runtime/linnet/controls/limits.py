"""Hard rules as the core keeps them, in ticks and numbers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from linnet._core import KnownRuns, Tracker
from linnet.controls.exercise import Exercise, exercise_of, one_pitch
from linnet.controls.options import Options, cadences_of
from linnet.controls.players import Players
from linnet.controls.repertoire import BEATS, Repertoire
from linnet.controls.rules import Range, Rules, VoiceLeading
from linnet.music import theory
from linnet.music.key import KEYS, home_shift
from linnet.music.roles import ROLES
from linnet.tokens.quantise import TICKS_PER_BEAT, TICKS_PER_SECOND
from linnet.tokens.vocabulary import FAMILIES, LONGEST_DURATION, METERS
from linnet.tools.dataclass import dataclass, field, replace

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

__all__ = ["ANY_PITCH_CLASS", "Limits", "check_leading", "check_stuck_after", "limits_of"]

ANY_PITCH_CLASS = tuple(range(12))

_DRUMS = FAMILIES["drum"]

_LEADING: tuple[VoiceLeading, ...] = ("allowed", "counted", "forbidden")
"""In the order of csrc/voice_leading.h."""

_BASS = ROLES.index("bass")
"""With drums it is the rhythm section of a band; drums alone, and those of an orchestra, keep no beat."""

_STUCK_AFTER = 12
"""Quarters after which the watchdog steps in, where a model says nothing else."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tracker keeps out; the defaults keep out nothing."""

    scale: tuple[int, ...] = ANY_PITCH_CLASS
    """Pitch classes, C is 0."""

    ranges: tuple[tuple[int, int], ...] = ((0, 127),)
    """Lowest and highest pitch of each track; the last pair serves the rest."""

    polyphony: tuple[int, ...] = (0,)
    """Most notes together in each track, 0 for any number; the last one serves the rest."""

    longest: int = 0
    """Ticks; 0: as long as they like."""

    programs: tuple[int, ...] = tuple(range(FAMILIES["program"].count))
    slot_programs: tuple[tuple[int, ...], ...] = ()
    """Of these, those of each track; of tracks that are not here, any."""

    program_ranges: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Lowest and highest pitch of programs; those that are not here have any."""

    drums: tuple[int, ...] = tuple(range(_DRUMS.value, _DRUMS.value + _DRUMS.count))
    slots: int = FAMILIES["slot"].count
    """The most pitched tracks."""

    onsets: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    """Ticks at which notes may begin, in each of the beats of `repertoire.BEATS`; none: any."""

    durations: tuple[int, ...] = ()
    """Ticks that notes may last; none: any."""

    meters: tuple[int, ...] = tuple(range(len(METERS)))
    """Those that bars may be of, by their places in `linnet.tokens.vocabulary.METERS`."""

    last_bar: int = 0
    """Notes and strokes of a last bar before which there is no other; 0: any number."""

    stuck_after: int = 0
    """Ticks of a loop or a silence before the watchdog steps in; 0: it never does."""

    parallels: VoiceLeading = "allowed"
    """Fifths and octaves that voices keep as they move."""

    crossing: VoiceLeading = "allowed"
    """Notes that cross those of another track."""

    cadences: int = 1
    """Whether phrases that are told to close do (1), and those with an open cadence too (2)."""

    rests: bool = True
    """Whether players that are told to rest in a bar do, but for the two bars in which a piece closes."""

    kit_beats: bool = False
    """Whether drums that are told to play in a bar strike on its beats."""

    exercise: Exercise = field(default_factory=Exercise)
    """Rules of lessons."""

    known: KnownRuns | None = None
    """Runs that are not written."""

    def restrict(self, tracker: Tracker) -> None:
        """Holds a tracker to them, in place of those before."""
        tracker.restrict(
            scale=self.scale,
            ranges=self.ranges,
            polyphony=self.polyphony,
            longest=self.longest,
            programs=self.programs,
            slot_programs=self.slot_programs,
            program_ranges=self.program_ranges,
            drums=self.drums,
            slots=self.slots,
            onsets=self.onsets,
            durations=self.durations,
            stuck_after=self.stuck_after,
            meters=self.meters,
            parallels=_LEADING.index(self.parallels),
            crossing=_LEADING.index(self.crossing),
            cadences=self.cadences,
            rests=self.rests,
            kit_beats=self.kit_beats,
        )
        self.exercise.restrict(tracker)
        tracker.know(self.known)


def limits_of(
    rules: Rules,
    info: ModelInfo,
    scale: str | Iterable[int] | None,
    players: Players | None = None,
    *,
    key: int = 0,
) -> Limits:
    """The limits of a model's music under rules, with the scale in place of theirs: it may be a mood's or a
    form's; `players` are those who play, if that is known; `key` is the one of `linnet.music.key.KEYS` that
    the music is in.

    ValueError when no note could keep them.
    """
    quarter = TICKS_PER_BEAT[info.time_base]
    classes = ANY_PITCH_CLASS if scale is None else tuple(sorted(theory.scale_classes(scale)))
    if rules.accidentals == "none":
        classes = _without_accidentals(classes, key)
    taught = _as_taught(rules, info)
    limits = replace(
        taught,
        scale=classes,
        ranges=_ranges(rules.pitch_range, classes),
        polyphony=_polyphony(rules.polyphony),
        longest=_longest(rules.longest, quarter if info.time_base == "grid" else TICKS_PER_SECOND),
        meters=tuple(METERS.index(name) for name in info.meters),
        stuck_after=0 if rules.watchdog is False else round(stuck_after(info) * quarter),
        parallels=rules.parallels or check_leading(info.defaults.get("parallels", "allowed")),
        crossing=rules.crossing or check_leading(info.defaults.get("crossing", "allowed")),
        cadences=_cadences(rules),
    )
    exercise = exercise_of(rules, info, taught.durations, limits.longest)
    limits = replace(limits, known=_known(rules, info))
    limits = replace(limits, exercise=exercise, durations=exercise.note_values or limits.durations)
    if rules.hands:
        limits = replace(
            limits, slots=2, rests=False
        )  # both hands play, or take turns, by a rule of their own
    if players is not None:
        limits = _of_players(limits, rules, players)
    if rules.hands and limits.slots != 2:
        raise ValueError(f"hands are two tracks, and the roles are those of {limits.slots}")
    return _of_rhythm_alone(limits, rules, info, key) if rules.rhythm_only else limits


def _known(rules: Rules, info: ModelInfo) -> KnownRuns | None:
    """What is not written, unless the player does not mind; ValueError where a model cannot promise it."""
    if info.original is None and rules.original:
        raise ValueError(
            f"{info.name} carries no filter of what it learnt from: export it anew, or leave original"
        )
    return None if info.original is None or rules.original is False else info.original.runs


def _without_accidentals(classes: Iterable[int], key: int) -> tuple[int, ...]:
    """Of these pitch classes those of a key signature."""
    own = theory.scale_classes(f"{theory.pitch_name(60 + home_shift(key) % 12).rstrip('0123456789')} major")
    left = tuple(each for each in classes if each in own)
    if not left:
        raise ValueError(f"accidentals cannot be 'none': the scale has no note of {KEYS[key]}")
    return left


def _of_rhythm_alone(limits: Limits, rules: Rules, info: ModelInfo, key: int) -> Limits:
    """On one pitch, in one track; without drums, unless they are asked for, and then they may play alone."""
    known = info.repertoire.pitches if info.repertoire and info.repertoire.programs else None
    pitch = one_pitch(limits.ranges, limits.scale, known, key % 12)
    return replace(
        limits,
        ranges=((pitch, pitch),),
        polyphony=(1,),
        slots=1,
        drums=() if rules.drums is None else limits.drums,
        program_ranges={},
        stuck_after=0,
    )


def _of_players(limits: Limits, rules: Rules, players: Players) -> Limits:
    """The limits of those who play, where the player says nothing else: how many there are, and what each
    keeps to.
    """
    parts, some = players.parts, bool(players.parts)
    own = {program for part in parts for program in part.programs}
    everybody = not some or any(not part.programs for part in parts)
    return replace(
        limits,
        slots=len(parts) if players.order is None else limits.slots,
        drums=limits.drums if players.kit else (),
        kit_beats=players.kit and _BASS in players.roles,
        ranges=tuple(part.range for part in parts) if some and rules.pitch_range is None else limits.ranges,
        polyphony=tuple(part.voices for part in parts)
        if some and rules.polyphony is None
        else limits.polyphony,
        programs=limits.programs
        if everybody
        else tuple(each for each in limits.programs if each in own) or limits.programs,
        slot_programs=tuple(part.programs or limits.programs for part in parts),
    )


def _as_taught(rules: Rules, info: ModelInfo) -> Limits:
    """What was never taught is never played. A file that does not say what was taught leaves all free."""
    taught, programs, drums = info.repertoire, rules.programs, rules.drums
    free = Limits() if taught is None else _of_repertoire(taught)
    return replace(
        free,
        programs=free.programs if programs is None else _taught_programs(_numbers(programs), taught),
        drums=free.drums if drums is None else _taught_drums(_numbers(drums), taught, info.name),
    )


def _of_repertoire(taught: Repertoire) -> Limits:
    return Limits(
        programs=taught.programs,
        program_ranges=taught.ranges,
        drums=taught.drums,
        slots=taught.tracks,
        onsets=(taught.onsets.get(BEATS[0], ()), taught.onsets.get(BEATS[1], ())),
        durations=taught.durations,
        last_bar=taught.last_bar.notes if taught.last_bar else 0,
    )


def _taught_programs(programs: tuple[int, ...], taught: Repertoire | None) -> tuple[int, ...]:
    """Those that the model knows. Where it knows none of them it plays its own, and others are heard."""
    if taught is None:
        return programs
    return tuple(each for each in programs if each in taught.programs) or taught.programs


def _taught_drums(drums: tuple[int, ...], taught: Repertoire | None, model: str) -> tuple[int, ...]:
    """Those that the model knows; ValueError where it knows none of them."""
    if taught is None:
        return drums
    found = tuple(drum for drum in drums if drum in taught.drums)
    if drums and not found:
        known = f"only {', '.join(map(str, taught.drums))}" if taught.drums else "no drums"
        raise ValueError(f"drums must be some that {model} has learnt, which are {known}, got {list(drums)}")
    return found


def stuck_after(info: ModelInfo) -> float:
    """After how many quarters of a loop or a silence the watchdog steps in, as the model says."""
    return check_stuck_after(info.defaults.get("stuck_after", _STUCK_AFTER))


def check_leading(rule: VoiceLeading) -> VoiceLeading:
    """What becomes of a fault of voice leading."""
    if rule not in _LEADING:
        raise ValueError(f"a rule of voice leading must be one of {', '.join(_LEADING)}, got {rule!r}")
    return rule


def check_stuck_after(quarters: float) -> float:
    """How long the watchdog waits."""
    if not 1 <= quarters <= 1000:
        raise ValueError(f"stuck_after must be between 1 and 1000 quarters, got {quarters}")
    return quarters


def _longest(longest: float | None, ticks_per_unit: int) -> int:
    if longest is None:
        return 0
    ticks = int(min(longest, LONGEST_DURATION) * ticks_per_unit)
    if ticks < 1:
        raise ValueError(f"longest must be at least one tick, 1/{ticks_per_unit}, got {longest}")
    return min(ticks, LONGEST_DURATION)


def _polyphony(polyphony: int | Sequence[int] | None) -> tuple[int, ...]:
    if polyphony is None:
        return (0,)
    return (polyphony,) if isinstance(polyphony, int) else tuple(polyphony)


def _numbers(values: Iterable[int | str]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)  # names were read by `Options`


def _ranges(
    pitch_range: Range | Sequence[Range] | None, scale: Container[int]
) -> tuple[tuple[int, int], ...]:
    if pitch_range is None:
        return ((0, 127),)
    return tuple(_pitches(pair, scale) for pair in _pairs(pitch_range))


def _pairs(pitch_range: Range | Sequence[Range]) -> Sequence[Range]:
    # Two names or numbers are one pair; anything else is a list of pairs.
    if not isinstance(pitch_range[0], tuple):
        return [(pitch_range[0], pitch_range[1])]  # type: ignore[list-item]  # just checked
    return pitch_range  # type: ignore[return-value]  # likewise


def _pitches(pair: Range, scale: Container[int]) -> tuple[int, int]:
    low, high = (theory.pitch_number(pitch) for pitch in pair)
    if not any(pitch % 12 in scale for pitch in range(low, high + 1)):
        names = f"{theory.pitch_name(low)} to {theory.pitch_name(high)}"
        raise ValueError(f"scale must have a note inside pitch_range, but there is none from {names}")
    return low, high


def _cadences(rules: Rules) -> int:
    """Open ones are kept to where somebody asks for one, and not for those that a plan has by itself."""
    if rules.cadences is False:
        return 0
    if not isinstance(rules, Options):
        return 1
    asked = "/open" in str(rules.form or "") or any(kind == "open" for _, kind in cadences_of(rules))
    return 1 + asked
