"""Parts that are added to music that is there: who plays, and what is given to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from linnet.controls.options import Options
from linnet.controls.parts import NewPart, known_program, new_parts
from linnet.engine.engine import Engine
from linnet.generation.around import Task, compose, signed, with_seed
from linnet.generation.ground import Ground, ground_of
from linnet.generation.rows import entries, in_order, reslotted
from linnet.music.general_midi import program_number
from linnet.music.roles import ROLES, roles
from linnet.music.score import Notes, Score, Track
from linnet.tokens.given import KIT, SLOT
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.model_info import ModelInfo

__all__ = ["Ensemble", "add", "check_room", "ensemble", "missing", "named", "usual"]

TUNE = 5
"""Density of a melody to given chords: that of most tunes."""

GUIDED = 2.0
"""How much it weighs, and the chords with it: `python -m benchmarks.music.added` says what for."""

_FIRST = {name: FAMILIES[name].first for name in ("bos", "slot", "program", "bar")}


@dataclass(frozen=True)
class Ensemble:
    """Who plays: those whose music is given, and new parts among them, in the order of roles."""

    players: tuple[tuple[int, Track | NewPart], ...]
    """The role of each slot, and its track or part."""

    drums: bool
    """Whether the kit is a new part."""

    heard: Mapping[str, int]
    """The program of each new part, by name."""

    @property
    def places(self) -> list[int]:
        """Slots of the given tracks, in their order."""
        return [slot for slot, (_, player) in enumerate(self.players) if isinstance(player, Track)]

    @property
    def slots(self) -> tuple[int, ...]:
        """That are given all through."""
        return (*self.places, *(() if self.drums else (KIT,)))

    @property
    def parts(self) -> list[str]:
        """Names of the new parts."""
        found = [player.name for _, player in self.players if isinstance(player, NewPart)]
        return found + ["drums"] * self.drums

    @property
    def roles(self) -> tuple[int, ...]:
        """Of the slots."""
        return tuple(role for role, _ in self.players)

    @cached_property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Pitches of the slots; given music has any."""
        return tuple((0, 127) if isinstance(player, Track) else player.range for _, player in self.players)

    @cached_property
    def voices(self) -> tuple[int, ...]:
        """Most notes together in each slot; 0: any number."""
        return tuple(0 if isinstance(player, Track) else player.voices for _, player in self.players)

    def rows(self, ground: Ground) -> NDArray[np.int32]:
        """What is given, and where new parts come in. (n, 5)"""
        slot_of = dict(enumerate(self.places)) | {KIT: KIT}
        entering = [slot for slot, (_, player) in enumerate(self.players) if isinstance(player, NewPart)]
        begins = entries(ground, entering, drums=self.drums)
        return in_order(np.concatenate([reslotted(ground.reading.notes, slot_of), begins]))

    def script(self, info: ModelInfo, ground: Ground) -> list[int]:
        """The header, meter and tempo."""
        header, script = [_FIRST["bos"]], ground.script(0)
        for slot, (_, player) in enumerate(self.players):
            program = player.program if isinstance(player, Track) else self.heard[player.name]
            header += _FIRST["slot"] + slot, _FIRST["program"] + known_program(info, program)
        return [*header, *script[script.index(_FIRST["bar"]) :]]


def ensemble(info: ModelInfo, ground: Ground, parts: str | Iterable[str], options: Options) -> Ensemble:
    """Those whose music is given, with new parts.

    ValueError for parts that there are not, and for more than the model has learnt to play together.
    """
    found, drums = new_parts(info, parts)
    if drums and any(track.is_drum and track.notes for track in ground.score.tracks):
        raise ValueError("the music has drums already: ask for other parts")
    there = [track for track in ground.grid.tracks if not track.is_drum]
    check_room(info, len(there) + len(found))
    taken = {part.role for part in found}
    players: list[tuple[int, Track | NewPart]] = [
        (0 if role in taken else role, track)  # whoever led while nobody else was there leads no more
        for role, track in zip(roles(ground.grid), there, strict=True)
    ]
    for part in found:
        later = [i for i, (role, _) in enumerate(players) if (role or len(ROLES)) > part.role]
        players.insert(later[0] if later else len(players), (part.role, part))
    return Ensemble(tuple(players), drums, _heard(options, found))


def usual(info: ModelInfo, options: Options, parts: str | Iterable[str]) -> Options:
    """The options with the density of a tune where the only new part is a melody, and wishes that weigh more,
    unless they say another.
    """
    found, drums = new_parts(info, parts)
    alone = [part.name for part in found] == ["melody"] and not drums
    if alone and options.density is None and options.mood is None and info.has_learnt("density"):
        return replace(
            options, density=TUNE, guidance=GUIDED if options.guidance is None else options.guidance
        )
    return options


def add(engine: Engine, score: Score, parts: str | Iterable[str], options: Options) -> Score:
    """New parts to music that is there, which stays as it is; see `Model.add`."""
    info, options = engine.info, usual(engine.info, with_seed(options), parts)
    ground = ground_of(info, score)
    who = ensemble(info, ground, parts, options)
    task = Task(
        script=who.script(info, ground),
        rows=who.rows(ground),
        bars=ground.grid.bars,
        slots=who.slots,
        changes=ground.changes,
        ranges=who.ranges,
        voices=who.voices,
        roles=who.roles,
        plan=ground.grid,
    )
    fresh, request = compose(engine, ground, options, task)
    tracks = list(score.tracks)
    for slot, (_, player) in enumerate(who.players):
        if isinstance(player, NewPart):
            notes = ground.notes(fresh[fresh[:, SLOT] == slot].tolist())
            heard = who.heard[player.name]
            tracks.append(Track(_within(notes, score), heard, name=player.name.capitalize()))
    if who.drums:
        strokes = _within(ground.notes(fresh[fresh[:, SLOT] == KIT].tolist()), score)
        tracks.append(Track(strokes, is_drum=True, name="Drums"))
    return signed(replace(score, tracks=tuple(tracks)), info, request, {"add": ",".join(who.parts)})


def missing(info: ModelInfo, score: Score) -> list[str]:
    """The parts that a model can add to music that has none of them.

    ValueError where it has all of them.
    """
    there = {ROLES[role] for role in roles(ground_of(info, score).grid)}
    pitched = sum(not track.is_drum for track in score.tracks)
    taught = info.repertoire
    room = 16 if taught is None else taught.tracks - pitched
    wanted = [
        name
        for name, role in (("bass", "bass"), ("chords", "chords"), ("melody", "lead"))
        if role not in there
    ]
    found = wanted[: max(room, 0)]
    if (taught is None or taught.drums) and not any(track.is_drum and track.notes for track in score.tracks):
        found.append("drums")
    if not found:
        raise ValueError(f"{info.name} can add nothing to it: name the parts, or ask a model such as band")
    return found


def named(wanted: Iterable[str]) -> list[str]:
    """Parts by the names of roles."""
    names = {"lead": "melody", "pad": "chords"}
    return [names.get(each, each) for each in wanted]


def _within(notes: Notes, score: Score) -> Notes:
    """The notes that begin before the end of the score, closed there."""
    kept = notes.select((notes.onset >= 0) & (notes.onset < score.end))
    return Notes(kept.onset, np.minimum(kept.duration, score.end - kept.onset), kept.pitch, kept.velocity)


def _heard(options: Options, parts: Sequence[NewPart]) -> dict[str, int]:
    """Who plays each new part."""
    asked = options.instrument
    if asked is None:
        return {part.name: part.program for part in parts}
    names = (asked,) if isinstance(asked, int | str) else tuple(asked)
    numbers = [program_number(name) for name in names]
    return {part.name: numbers[min(i, len(numbers) - 1)] for i, part in enumerate(parts)}


def check_room(info: ModelInfo, count: int) -> None:
    """ValueError for more parts than a model has learnt to play together."""
    taught = info.repertoire
    if taught is not None and count > max(taught.tracks, 1):
        many = "one pitched part alone" if taught.tracks <= 1 else f"at most {taught.tracks} pitched parts"
        raise ValueError(f"{info.name} has learnt {many}, and these are {count}: ask a model such as band")
