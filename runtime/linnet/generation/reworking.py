"""What a model does with music that is there; `linnet.Model` is one of these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Unpack

from linnet.controls import kinds
from linnet.controls.options import Options, check_names
from linnet.engine.engine import Engine
from linnet.music.score import Score
from linnet.tools.chance import new_seed
from linnet.tools.dataclass import replace
from linnet.tools.lazy import later
from linnet.tools.say import say

if TYPE_CHECKING:
    from linnet.controls.keywords import PieceOptions
    from linnet.generation import adding, jobs
else:
    adding, jobs = later("linnet.generation.adding"), later("linnet.generation.jobs")

__all__ = ["Reworking"]

_COUNT = kinds.whole(1, 10_000)


class Reworking:
    """Adds to music, fills gaps in it, answers it and varies it."""

    _said: set[str]

    if TYPE_CHECKING:

        @property
        def engine(self) -> Engine:
            """The network that plays."""

    def add(self, score: Score, parts: str | Iterable[str], **options: Unpack[PieceOptions]) -> Score:
        """New parts to music that is there, of which every note stays as it is.

        Args:
            score: The music.
            parts: Some of `melody`, `second`, `chords`, `bass`, `drums`: `"bass"`, `"bass,drums"`, a list.
            **options: Of `generate`, such as `seed`, `candidates`, `temperature`, `chords` and `key` (found
                in the music unless given), `scale`, `instrument` (of the new parts, in order).

        Raises:
            ValueError: For a part that there is not, or that the model has not learnt, for music without
                notes, and for options that the music itself answers, such as `bars`.
        """
        made = adding.add(self.engine, score, parts, self._asked(options))
        self._hint()
        return made

    def fill(
        self,
        score: Score,
        bars: str | int,
        /,
        *,
        tracks: Iterable[str | int] | str | int | None = None,
        **options: Unpack[PieceOptions],
    ) -> Score:
        """Some bars composed anew, to what comes before and after them. All else stays as it is.

        Args:
            score: The music.
            bars: Which, as people count them: `"5-6"`, `"7-"` or `5`.
            tracks: By number from 1 on, or by name; all that have notes where none are given.
            **options: As in `add`.

        Raises:
            ValueError: For bars or tracks that the piece does not have, and as in `add`.
        """
        made = jobs.fill(self.engine, score, bars, tracks, self._asked(options))
        self._hint()
        return made

    def answer(self, score: Score, *, with_call: bool = False, **options: Unpack[PieceOptions]) -> Score:
        """An answer to a call: as many bars, which take up how it begins, and close.

        The first half strikes when the call does, and rises and falls as it does; the second half is free.

        Args:
            score: The call.
            with_call: Whether both come back, not the answer alone.
            **options: As in `add`.

        Raises:
            ValueError: As in `add`.
        """
        made = jobs.answer(self.engine, score, self._asked(options), with_call=with_call)
        self._hint()
        return made

    def vary(
        self, score: Score, keep: str | float = "rhythm", *, count: int = 1, **options: Unpack[PieceOptions]
    ) -> list[Score]:
        """Variations of music, each at a stated distance from it; drums stay.

        The texts of each say its `distance`, which is that of `linnet.distance`: 0 for the same notes, 1 for
        none in common.

        Args:
            score: The theme.
            keep: `"rhythm"`: when notes begin and how long they last; `"contour"`: that, and where each part
                rises and falls; `"harmony"`: the notes on the beats; or the share of the bars that stays,
                such as 0.6.
            count: How many; their seeds are `seed`, `seed + 1` and so on.
            **options: As in `add`.

        Raises:
            ValueError: For something else to keep, and as in `add`.
        """
        wanted = self._asked(options)
        count = kinds.read("count", _COUNT, count)
        seed = new_seed() if wanted.seed is None else wanted.seed
        made = [jobs.vary(self.engine, score, keep, replace(wanted, seed=seed + i)) for i in range(count)]
        self._hint()
        return made

    def _around(self, given: Score, options: PieceOptions, count: int | None) -> Score | list[Score]:
        """Pieces around given music: the roles that are asked for, or those that are not there."""
        wanted = self._asked(options)
        info = self.engine.info
        names = adding.missing(info, given) if wanted.roles is None else adding.named(wanted.roles)
        seed = new_seed() if wanted.seed is None else wanted.seed
        number = 1 if count is None else kinds.read("count", _COUNT, count)
        many = [replace(wanted, roles=None, seed=seed + i) for i in range(number)]
        made = [adding.add(self.engine, given, names, each) for each in many]
        self._hint()
        return made[0] if count is None else made

    def _asked(self, options: PieceOptions) -> Options:
        """The options of a call."""
        check_names("generate", options, self.engine.info)
        return Options(**options)

    def _hint(self) -> None:
        """Once, when music was made: that the model does not look ahead."""
        info = self.engine.info
        line = f"{info.name} has not learnt to look ahead: it plays around what is given as it comes"
        if not info.given and line not in self._said:
            self._said.add(line)
            say(line)
