"""A piece or a stream that is to be made, with everything settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.controls import moods
from linnet.controls.form import Plan
from linnet.controls.limits import Limits
from linnet.controls.options import ABOUT, Options
from linnet.controls.players import Players
from linnet.controls.progression import Progression
from linnet.controls.repertoire import heard_program
from linnet.controls.sampling import Sampling
from linnet.controls.timing import Timing
from linnet.controls.wishes import INDEX
from linnet.music.key import home_shift
from linnet.music.roles import ACCOMPANYING
from linnet.tools.dataclass import dataclass

if TYPE_CHECKING:
    from linnet.music.score import Score

__all__ = ["Request"]

_HELD_BY = {
    "density": ("density",),
    "polyphony": ("polyphony", "texture"),
    "register": ("register", "pitch_range"),
    "loudness": ("loudness",),
}
"""Options that leave a form nothing to say about a wish."""


@dataclass(frozen=True, slots=True)
class Request:
    """A piece or a stream to be made, with everything settled."""

    options: Options
    """What the player asks for."""

    seed: int
    length: int
    """Bars on the grid, hundredths of a second in the performance base; a primer comes on top. 0: endless."""

    sampling: Sampling
    guidance: float
    limits: Limits
    """The hard rules."""

    candidates: int = 1
    """How many times each section is composed, for the best to go on."""

    scale: str | tuple[int, ...] | None = None
    """Among them: the player's, or else the mood's or the form's."""

    wishes: tuple[int, ...] = (0,) * len(INDEX)
    """By column, 0 for none: the player's, or else the mood's, the form's or the model's usual one."""

    key: int = 0
    """In `linnet.music.key.KEYS`: the one that is wished for, or that was so last; else the one that the
    music would be in, whose tonic a mood takes."""

    primer_key: int | None = None
    """That of the primer, where the music moves on to another; None where it stays."""

    bpm: float | None = None
    time_signature: str | None = None
    latent: tuple[float, ...] = ()
    """Of a variational model."""

    form: str = ""
    plan: Plan | None = None
    """What the form says bar by bar."""

    first: int = 1
    """The bar in which the form begins, a primer's bars not counted."""

    roles: tuple[int, ...] = ()
    """Of the slots, as `linnet.music.roles` numbers them; empty: not told."""

    players: Players | None = None
    """Those who have these roles; None where it is left to the network who plays."""

    progression: Progression | None = None
    """The chords that are asked for."""

    chords_first: int = 1
    """The bar in which they begin, counted as `first` is."""

    home: bool = False
    """Whether the network reads and writes in the home key."""

    instrument: int | None = None
    """Who is heard in every part: one of those that suit the model. None: whoever the network plays."""

    timing: Timing | None = None
    """Of people, for drums; None: they stand on the grid."""

    returns: float = 0.0
    """By how much logits are lowered that lead away from what the plan says comes back."""

    beat: float = 0.0
    """Likewise from the beat of the kit."""

    in_register: float = 0.0
    """Likewise those of a line's notes, for each semitone out of the register that it is told."""

    closes: bool = True
    """Whether the piece is made to close in its key; not where form "" leaves all of it to chance."""

    @property
    def mood(self) -> moods.Point | None:
        """Valence and arousal."""
        return None if self.options.mood is None else moods.point(self.options.mood)

    @property
    def shift(self) -> int | None:
        """Semitones from the home key to the sounding one; None for a network that does not care."""
        return home_shift(self.key) if self.home else None

    def heard_program(self, program: int) -> int:
        """Who is heard where the network plays a program: that one, or the one that suits the model, unless
        somebody accompanies, who plays another; where the player allows only others, the nearest of them.
        """
        if self.instrument is not None and not ACCOMPANYING.intersection(self.roles):
            program = self.instrument
        return heard_program(program, self.options.programs)

    @property
    def primer(self) -> Score | None:
        """Music to go on from."""
        return self.options.primer

    @property
    def held(self) -> frozenset[int]:
        """Columns of wishes about which the form has nothing to say, because the player or his mood has."""
        given = {name for name in ABOUT if getattr(self.options, name) is not None}
        if self.options.mood is not None:
            given.update(moods.GOVERNED)
        return frozenset(INDEX[wish] for wish, names in _HELD_BY.items() if not given.isdisjoint(names))
