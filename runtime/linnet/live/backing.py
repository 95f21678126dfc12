"""Parts to some bars that the player played: a stream that accompanies them, round after round."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.model import Model
from linnet.music.chord import Chord
from linnet.music.score import Score
from linnet.stream.stream import Stream
from linnet.tools.dataclass import dataclass

__all__ = ["Backing", "Stroke"]

_BPM = 120.0
"""Of the stream. Its beats come when those of the player do, so it is heard at any tempo."""

_DRUMS = 9

_NEAR = 0.3
"""Beats: a note that is played again comes so near to its place."""

_LIKE = 0.7
"""Share of the notes of bars that come again, if they are the same bars."""

_ROLES = {"melody": "lead"}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note of an accompaniment."""

    beat: float
    """From the beginning of its bars."""

    duration: float
    pitch: int
    velocity: int
    channel: int
    chord: Chord
    """To which it was composed."""

    is_bass: bool = False


class Backing:
    """What is played to some bars."""

    def __init__(
        self,
        model: Model,
        bars: Score,
        parts: Sequence[str],
        *,
        seed: int,
        programs: dict[int, int],
    ) -> None:
        """Composes nothing yet.

        Args:
            model: Who plays.
            bars: What is given.
            parts: As `Model.add` takes them.
            seed: The same one plays the same to the same bars.
            programs: Is told who plays on which channel.

        Raises:
            ValueError: For parts that there are not, and for bars without notes.
        """
        self._programs, per_beat = programs, bars.ticks_per_beat
        self.length = bars.end / per_beat
        """Quarter notes."""

        self._given = [(note.onset / per_beat, note.pitch) for note in bars.notes]
        self._chords = [(each.tick / per_beat, each.chord) for each in bars.chords()]
        roles = ",".join(_ROLES.get(part, part) for part in parts)
        self._stream: Stream = model.stream(given=bars, roles=roles, seed=seed, bpm=_BPM)
        self._channels: dict[int, int] = {}

    def round(self) -> list[Stroke]:
        """What is played to them the next time, which is another thing each time."""
        given = self._stream.player.composer.given
        strokes = []
        for note in self._stream.advance(self.length * 60 / _BPM, budget=None):
            if given is not None and given.is_given(note.track):
                continue
            channel = (
                _DRUMS if note.is_drum else self._channels.setdefault(note.track, len(self._channels) + 1)
            )
            if not note.is_drum:
                self._programs[channel] = note.program
            beat, beats = note.onset * _BPM / 60, note.duration * _BPM / 60
            chord, is_bass = self._chord_at(beat), note.role == "bass"
            strokes.append(Stroke(beat, beats, note.pitch, note.velocity, channel, chord, is_bass))
        return strokes

    def _chord_at(self, beat: float) -> Chord:
        chords = [chord for at, chord in self._chords if at <= beat + _NEAR and chord is not None]
        return chords[-1] if chords else Chord(0)

    def has(self, beat: float, pitch: int) -> bool:
        """Whether a note at a beat is one of those that are given."""
        place = beat % self.length
        return any(
            pitch == other and min((place - at) % self.length, (at - place) % self.length) < _NEAR
            for at, other in self._given
        )

    def is_to(self, bars: Score) -> bool:
        """Whether bars are those that are given, as people repeat them."""
        played = [(note.onset / bars.ticks_per_beat, note.pitch) for note in bars.notes]
        same = sum(self.has(*note) for note in played)
        return same >= _LIKE * max(len(played), len(self._given), 1)
