"""The notes of a score as a synthesizer needs them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.score import Score

TAIL = 1.5
"""Seconds after the end, in which notes and rooms die away."""

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

    @classmethod
    def of(cls, score: Score, rate: int) -> Sounds:
        """The score's; `ValueError` for a rate that no synthesizer has, and more than a WAV file can hold."""
        if not 8000 <= rate <= 96000:
            raise ValueError(f"rate must be between 8000 and 96000 frames a second, got {rate}")
        last = score.seconds(max(score.end, score.notes.last_end)) + TAIL
        if 4 * rate * last > _MOST_BYTES:
            raise ValueError(f"the piece lasts {last / 3600:.1f} hours, more than a WAV file can hold")
        tracks = [track for track in score.tracks if len(track.notes)]
        track = np.repeat(np.arange(len(tracks)), [len(track.notes) for track in tracks])

        def column(name: str) -> NDArray[np.int64]:
            return np.concatenate([np.array([], np.int64), *(getattr(track.notes, name) for track in tracks)])

        begin, end = (np.rint(score.seconds(column(at)) * rate).astype(np.int64) for at in ("onset", "end"))
        return cls(
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

    def of_track(self, number: int) -> Sounds:
        """Those of one track alone, at its place among the others, and as long as all together."""
        own = self.track == number
        columns = ("begin", "end", "pitch", "velocity", "track", "program", "is_drum")
        chosen = {name: getattr(self, name)[own] for name in columns}
        return replace(self, **chosen, tracks=self.tracks)

    @property
    def loudness(self) -> float:
        """Of all that sounds together where most does; 1 is a lone note at velocity 127."""
        power = (self.velocity / 127) ** 4  # of amplitudes that go by the square of the velocity
        order = np.argsort(np.concatenate([self.end, self.begin]), kind="stable")
        return math.sqrt(np.concatenate([-power, power])[order].cumsum().max(initial=0))
