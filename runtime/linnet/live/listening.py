"""What somebody plays: notes as they come, and what they say of key, chord, density and register."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from linnet.controls import going_on
from linnet.controls.wishes import INDEX
from linnet.music.chord import Chord
from linnet.music.key import KEYS, likeliest_key
from linnet.music.notes import Note, Notes
from linnet.music.score import Score, TempoChange, TimeSignature, Track
from linnet.music.theory import QUALITIES
from linnet.tools.dataclass import dataclass

__all__ = ["Heard", "Listener", "chord_of", "score_of"]

TICKS_PER_BEAT = 480

_PEDAL = 64
_DRUMS = 9


@dataclass(slots=True)
class Heard:
    """A note that was played."""

    onset: float
    """Seconds of `time.perf_counter`."""

    pitch: int
    velocity: int
    end: float | None = None
    """None while it is held."""

    channel: int = 0


class Listener:
    """Keeps what is played; any thread may tell it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[int, int], Heard] = {}
        self._under_pedal: list[Heard] = []
        self._pedal: set[int] = set()
        self.notes: list[Heard] = []
        """All of them, in the order of their onsets."""

    def receive(self, message: Any, seconds: float) -> Heard | None:
        """A message of mido, and when it came; the note that begins, if one does. Any: untyped."""
        kind = message.type
        with self._lock:
            if kind == "note_on" and message.velocity:
                self._release(message.channel, message.note, seconds)
                heard = Heard(seconds, message.note, message.velocity, None, message.channel)
                self._held[message.channel, message.note] = heard
                self.notes.append(heard)
                return heard
            if kind in ("note_on", "note_off"):
                self._release(message.channel, message.note, seconds)
            elif kind == "control_change" and message.control == _PEDAL:
                if message.value >= 64:
                    self._pedal.add(message.channel)
                else:
                    self._pedal.discard(message.channel)
                    for heard in self._under_pedal:
                        heard.end = seconds
                    self._under_pedal.clear()
            elif kind == "control_change" and message.control in (120, 123):
                self._release_all(seconds)
        return None

    def release_all(self, seconds: float) -> None:
        """Ends what is held: whoever held it is gone."""
        with self._lock:
            self._release_all(seconds)

    def _release(self, channel: int, pitch: int, seconds: float) -> None:
        heard = self._held.pop((channel, pitch), None)
        if heard is None:
            return
        if channel in self._pedal:
            self._under_pedal.append(heard)
        else:
            heard.end = seconds

    def _release_all(self, seconds: float) -> None:
        for heard in (*self._held.values(), *self._under_pedal):
            heard.end = seconds
        self._held.clear()
        self._under_pedal.clear()
        self._pedal.clear()

    @property
    def held(self) -> list[Heard]:
        """What is held now, drums not."""
        with self._lock:
            return [note for (channel, _), note in self._held.items() if channel != _DRUMS]

    def since(self, seconds: float) -> list[Heard]:
        """The notes that began at or after a moment."""
        with self._lock:
            first = len(self.notes)
            while first and self.notes[first - 1].onset >= seconds:
                first -= 1
            return self.notes[first:]

    def quiet_since(self) -> float | None:
        """When the last note ended; None while one is held, and before the first."""
        with self._lock:
            if self._held or not self.notes:
                return None
            return max(note.end or note.onset for note in self.notes[-32:])


def score_of(
    notes: Sequence[Heard],
    beats: Sequence[tuple[float, float]],
    *,
    length: float,
    bpm: float,
    signature: TimeSignature,
) -> Score:
    """Notes as a score, near their places on the grid.

    Args:
        notes: what was played.
        beats: onset and end of each in quarter notes from the beginning of the score.
        length: quarter notes.
        bpm: quarter notes a minute.
        signature: the meter.
    """
    end = round(length * TICKS_PER_BEAT)
    rows = {}
    for heard, (begin, stop) in zip(notes, beats, strict=True):
        onset = min(max(_near(begin), 0), max(end - 1, 0))
        last = max(round(stop * TICKS_PER_BEAT), onset + TICKS_PER_BEAT // 12)
        rows[onset, heard.pitch] = Note(onset, max(min(last, end) - onset, 1), heard.pitch, heard.velocity)
    return Score(
        TICKS_PER_BEAT,
        (Track(Notes.of(rows.values())),),
        tempos=(TempoChange(0, round(60e6 / bpm)),),
        time_signatures=(signature,),
        end=end,
    )


def _near(beat: float) -> int:
    """Ticks: on a quarter or a third of a beat if one is near."""
    place = min((round(beat * parts) / parts for parts in (4, 3)), key=lambda each: abs(each - beat))
    return round((place if abs(place - beat) < 0.1 else beat) * TICKS_PER_BEAT)


def chord_of(pitches: Sequence[int]) -> Chord | None:
    """The chord of pitches that sound together; None for fewer than three different ones."""
    classes = {pitch % 12 for pitch in pitches}
    if len(classes) < 3:
        return None
    bass = min(pitches) % 12

    def fit(root: int, quality: str) -> tuple[int, bool, int]:
        tones = {(root + interval) % 12 for interval in QUALITIES[quality]}
        return (
            len(tones & classes) * 2 - len(tones - classes) * 2 - len(classes - tones),
            root == bass,
            -len(tones),
        )

    known = [(root, quality) for root in range(12) for quality in QUALITIES]
    root, quality = max(known, key=lambda each: fit(*each))
    return Chord(root, quality, bass if bass in {(root + i) % 12 for i in QUALITIES[quality]} else root)


def key_of(score: Score) -> str | None:
    """The key that music seems to be in; None where it has no pitched notes."""
    found = likeliest_key(score.pitched_notes)
    return None if found is None else KEYS[found]


def habits_of(score: Score) -> dict[str, int]:
    """What the music is like, as wishes: `density` and `register`."""
    found = going_on.habits(score, "grid")
    return {name: found[INDEX[name]] for name in ("density", "register") if INDEX[name] in found}
