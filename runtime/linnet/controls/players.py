"""Who plays: the roles of the tracks and what each keeps to, as a player asks for them, or as a form of
people's, a primer or a plan has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from linnet.controls.repertoire import RolePart
from linnet.music.roles import ROLES, roles
from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.controls.form import Form
    from linnet.controls.model_info import ModelInfo
    from linnet.controls.options import Options
    from linnet.music.score import Score
    from linnet.music.track import Track

__all__ = [
    "Players",
    "on_instruments",
    "players_asked",
    "players_of_form",
    "players_of_primer",
    "players_of_roles",
]

_ANYONE = RolePart((), (0, 127), 0)
"""Who has no role keeps to nothing."""


@dataclass(frozen=True, slots=True)
class Players:
    """Those who play together, in the order of the tracks."""

    roles: tuple[int, ...] = ()
    """In `linnet.music.roles.ROLES`; 0: not told."""

    parts: tuple[RolePart, ...] = ()
    """What each keeps to: no programs are all, and 0 notes at once are any number."""

    kit: bool = True
    """Whether drums may be struck."""

    order: tuple[int, ...] | None = None
    """Of those in a primer, which of its pitched tracks each plays; None for new music."""

    def in_order(self, score: Score) -> Score:
        """The score of a primer with its tracks in this order, drums last."""
        tracks = [track for track in score.tracks if not track.is_drum]
        drums = [track for track in score.tracks if track.is_drum]
        return replace(score, tracks=(*(tracks[place] for place in self.order or range(len(tracks))), *drums))

    def as_in_primer(self, score: Score) -> Score:
        """A score of theirs with its tracks in the primer's order again, drums last."""
        tracks = [track for track in score.tracks if not track.is_drum]
        if self.order is None or len(tracks) != len(self.order):
            return score
        back = [tracks[self.order.index(place)] for place in range(len(tracks))]
        return replace(score, tracks=(*back, *(track for track in score.tracks if track.is_drum)))

    def entry(self) -> dict[str, Any]:  # Any: JSON
        """As a saved stream has it; `restored` reads it."""
        parts = [[list(part.programs), *part.range, part.voices] for part in self.parts]
        order = None if self.order is None else list(self.order)
        return {"roles": list(self.roles), "parts": parts, "kit": self.kit, "order": order}

    @classmethod
    def restored(cls, entry: Any) -> Players:  # Any: JSON
        """Those of a saved stream; ValueError or its kin for damage."""
        parts = []
        for programs, low, high, voices in entry["parts"]:
            if not (0 <= low <= high <= 127 and 0 <= voices <= 255 and set(programs) <= set(range(128))):
                raise ValueError("players are damaged")
            parts.append(RolePart(tuple(map(int, programs)), (int(low), int(high)), int(voices)))
        found, order = tuple(map(int, entry["roles"])), entry["order"]
        if not (
            len(found) == len(parts) <= 16
            and set(found) <= set(range(len(ROLES)))
            and (order is None or sorted(order) == list(range(len(parts))))
        ):
            raise ValueError("players are damaged")
        order = None if order is None else tuple(map(int, order))
        return cls(found, tuple(parts), bool(entry["kit"]), order)


def players_asked(info: ModelInfo, options: Options) -> Players | None:
    """Those whose roles are asked for; None where none are.

    ValueError for roles that the model has not learnt, and beside a primer.
    """
    if options.roles is None:
        return None
    taught = info.repertoire
    known = [*taught.roles, *(["drums"] if taught.drums else [])] if taught and taught.roles else []
    wanted = tuple(options.roles)
    if not set(wanted) <= set(known):
        which = f"which are {', '.join(known)}" if known else "and it has learnt none"
        raise ValueError(f"roles must be some that {info.name} has learnt, {which}, got {', '.join(wanted)}")
    if options.primer is not None:
        raise ValueError("roles are for new music: with a primer those who play in it go on")
    found = [ROLES.index(name) for name in wanted if name != "drums"]
    return players_of_roles(info, found, kit="drums" in wanted)


def players_of_roles(info: ModelInfo, found: Iterable[int], *, kit: bool) -> Players | None:
    """Those who have these roles in the model's music; None where it says of nobody what he keeps to."""
    taught = info.repertoire
    if taught is None or not taught.roles:
        return None
    numbers = tuple(found)
    return Players(numbers, tuple(taught.roles.get(ROLES[role], _ANYONE) for role in numbers), kit)


def players_of_form(info: ModelInfo, form: Form) -> Players | None:
    """Those of the people's piece whose form it is, on their instruments; None where it does not say."""
    found = players_of_roles(info, [role for role, _ in form.players], kit=form.kit)
    if found is None or not (form.players or form.kit):
        return None
    return on_instruments(found, [program for _, program in form.players])


def on_instruments(players: Players, programs: Iterable[int]) -> Players:
    """The same, each on an instrument."""
    parts = [replace(part, programs=(each,)) for part, each in zip(players.parts, programs, strict=True)]
    return replace(players, parts=tuple(parts))


def players_of_primer(info: ModelInfo, primer: Score) -> Players | None:
    """Those who play in a primer, which is quantised, in the order of their roles.

    Each keeps to what he did there and to what others do in his role; who has a role that the model has not
    learnt is free. Drums play if they do there. None for a model that has not learnt what they keep to.
    """
    taught = info.repertoire
    if taught is None or not taught.roles:
        return None
    tracks = [track for track in primer.tracks if not track.is_drum]
    numbers = roles(primer)
    order = sorted(range(len(tracks)), key=lambda place: numbers[place] or len(ROLES))
    found, parts = list[int](), list[RolePart]()
    for place in order:
        part = taught.roles.get(ROLES[numbers[place]])
        found.append(numbers[place] if part else 0)
        parts.append(_with_what_he_plays(part, tracks[place]) if part else _ANYONE)
    kit = any(track.is_drum for track in primer.tracks)
    return Players(tuple(found), tuple(parts), kit, tuple(order))


def _with_what_he_plays(part: RolePart, track: Track) -> RolePart:
    notes = track.notes
    if not len(notes):
        return part
    low, high = int(notes.pitch.min()), int(notes.pitch.max())
    return RolePart(
        tuple(sorted({*part.programs, track.program})),
        (min(part.range[0], low), max(part.range[1], high)),
        max(part.voices, most_together(track)),
    )


def most_together(track: Track) -> int:
    """The most notes of a track that sound at once."""
    notes = track.notes
    begun = np.searchsorted(notes.onset, notes.onset, "right")
    over = np.searchsorted(np.sort(notes.end), notes.onset, "right")
    return int((begun - over).max(initial=0))
