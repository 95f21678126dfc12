"""The notes of a score as a synthesizer needs them."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.score import Score

TAIL, LONGEST_TAIL = 1.5, 60.0
"""Seconds after the end, in which notes and rooms die away: unless asked for, and at most."""

_RUN_UP = 10.0
"""Seconds before a loop begins in which what rings on from its end is played."""

_MOST_BYTES = 2**32 - 4096
"""In a WAV file, which counts them in 32 bits."""


@dataclass(frozen=True)
class Sounds:
    """The notes of a score as a synthesizer needs them, each array (notes,)."""

    rate: int
    frames: int
    """To the very end, when all has died away."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    """Frames; the release comes after."""

    pitch: NDArray[np.int64]
    velocity: NDArray[np.int64]
    track: NDArray[np.int64]
    tracks: int
    """How many there are, those included that are not heard here."""

    program: NDArray[np.int64]
    is_drum: NDArray[np.bool_]

    loop: bool = False
    """Whether it is played round and round."""

    skip: int = 0
    """Frames at the beginning that are not heard: the end of a loop, which rings on."""

    @classmethod
    def of(cls, score: Score, rate: int, *, tail: float | None = None, loop: bool = False) -> Sounds:
        """The score's, with so many seconds after its end.

        `ValueError` for a rate that no synthesizer has, and for more than a WAV file can hold.
        """
        if not 8000 <= rate <= 96000:
            raise ValueError(f"rate must be between 8000 and 96000 frames a second, got {rate}")
        if tail is not None and not 0 <= tail <= LONGEST_TAIL:
            raise ValueError(f"tail must be between 0 and {LONGEST_TAIL:g} seconds, got {tail:g}")
        if loop and not score.end:
            raise ValueError("a loop needs some bars, and this piece has none")
        if loop or tail is not None:
            last = score.seconds(score.end) + (0 if loop or tail is None else tail)
        else:
            last = score.seconds(max(score.end, score.notes.last_end)) + TAIL
        if 4 * rate * last > _MOST_BYTES:
            raise ValueError(f"the piece lasts {last / 3600:.1f} hours, more than a WAV file can hold")
        tracks = [track for track in score.tracks if len(track.notes)]
        track = np.repeat(np.arange(len(tracks)), [len(track.notes) for track in tracks])

        def column(name: str) -> NDArray[np.int64]:
            return np.concatenate([np.array([], np.int64), *(getattr(track.notes, name) for track in tracks)])

        begin, end = (np.rint(score.seconds(column(at)) * rate).astype(np.int64) for at in ("onset", "end"))
        sounds = cls(
            rate=rate,
            frames=round(last * rate),
            begin=begin,
            end=np.maximum(end, begin + 1),
            pitch=column("pitch"),
            velocity=column("velocity"),
            track=track,
            tracks=len(tracks),
            program=np.array([track.program for track in tracks], np.int64)[track],
            is_drum=np.array([track.is_drum for track in tracks], np.bool_)[track],
        )
        return sounds.looped() if loop else sounds

    def looped(self) -> Sounds:
        """With their end before their beginning, as it is heard the second time round."""
        skip = min(self.frames, round(_RUN_UP * self.rate))
        late = self.end > self.frames - skip

        def round_again(name: str) -> NDArray[Any]:
            column = getattr(self, name)
            return np.concatenate([column[late], column])

        shift = np.concatenate([np.full(int(late.sum()), skip - self.frames), np.full(len(self.begin), skip)])
        begin = np.maximum(round_again("begin") + shift, 0)
        return replace(
            self,
            frames=self.frames + skip,
            begin=begin,
            end=np.maximum(round_again("end") + shift, begin + 1),
            pitch=round_again("pitch"),
            velocity=round_again("velocity"),
            track=round_again("track"),
            program=round_again("program"),
            is_drum=round_again("is_drum"),
            loop=True,
            skip=skip,
        )

    def of_track(self, number: int) -> Sounds:
        """Those of one track alone, at its place among the others, and as long as all together."""
        return self._chosen(self.track == number)

    def without(self, tracks: Collection[int]) -> Sounds:
        """Those of the other tracks, at their places, and as long as all together."""
        return self._chosen(~np.isin(self.track, list(tracks)))

    def after(self, frame: int) -> Sounds:
        """Those that begin from a frame on, which becomes the first."""
        left = self._chosen(self.begin >= frame)
        return replace(
            left, begin=left.begin - frame, end=left.end - frame, frames=max(self.frames - frame, 0)
        )

    def _chosen(self, which: NDArray[np.bool_]) -> Sounds:
        columns = ("begin", "end", "pitch", "velocity", "track", "program", "is_drum")
        return replace(self, **{name: getattr(self, name)[which] for name in columns})

    @property
    def loudness(self) -> float:
        """Of all that sounds together where most does; 1 is a lone note at velocity 127."""
        power = (self.velocity / 127) ** 4  # of amplitudes that go by the square of the velocity
        order = np.argsort(np.concatenate([self.end, self.begin]), kind="stable")
        return math.sqrt(np.concatenate([-power, power])[order].cumsum().max(initial=0))
