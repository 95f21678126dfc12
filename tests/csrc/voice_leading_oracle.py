"""Voice leading, slow and obvious, written from csrc/voice_leading.h."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.csrc.tracker_oracle import Music, Onset

ALLOWED, COUNTED, FORBIDDEN = range(3)

Chord = dict[int, int]
"""Pitches of voices by slot."""


class VoiceLeading(Music):
    """Says which notes make parallels or cross, and counts them."""

    parallels = crossings = 0

    def _strike(self, slot: int | None, sound: int) -> None:
        if slot is not None and self.rules.parallels != ALLOWED:
            self.parallels += self.parallels_of(slot, sound)
        if slot is not None and self.rules.crossing != ALLOWED:
            self.crossings += self.crosses(slot, sound)
        super()._strike(slot, sound)

    def led(self, slot: int, pitches: Iterable[int]) -> list[int]:
        """Of the pitches that a slot may strike now, those that its voice leading leaves."""
        left = list(pitches)
        rules: list[tuple[int, Callable[[int, int], int]]] = [
            (self.rules.parallels, self.parallels_of), (self.rules.crossing, self.crosses)
        ]  # fmt: skip
        for rule, breaks in rules:
            if rule == FORBIDDEN:
                left = [pitch for pitch in left if not breaks(slot, pitch)] or left
        return left

    def parallels_of(self, slot: int, pitch: int) -> int:
        """How many parallels the pitch makes in a slot."""
        before, now = self.chord_before(), self.chord(self.now)
        if self.sounding(self.now, slot) or slot not in before:
            return 0
        return sum(
            (now[other] > before[other]) == (pitch > before[slot])
            and distance(before[slot], before[other]) == distance(pitch, now[other]) in (0, 7)
            for other in now
            if other in before and now[other] != before[other] and pitch != before[slot]
        )

    def crosses(self, slot: int, pitch: int) -> bool:
        """Whether the pitch lies on the other side of a note that sounds."""
        return any(
            (pitch > note.sound if note.slot < slot else pitch < note.sound)
            and not self.lay_crossed(slot, note.slot)
            for note in self.sounding(self.now)
            if note.slot is not None and note.slot != slot
        )

    def lay_crossed(self, one: int, other: int) -> bool:
        """Whether of two slots all of the later one lay above the earlier one when both sounded last."""
        upper, lower = (self.sounded_last(slot) for slot in sorted((one, other)))
        return bool(upper and lower) and max(upper) < min(lower)

    def sounded_last(self, slot: int) -> list[int]:
        """What sounded at the latest point before now where notes were struck and the slot sounded."""
        chords = ([note.sound for note in self.notes_at(tick, slot)] for tick in reversed(self.points()))
        return next(filter(None, chords), [])

    def notes_at(self, tick: int, slot: int) -> list[Onset]:
        return [note for note in self.onsets if note.slot == slot and note.tick <= tick < note.end]

    def chord_before(self) -> Chord:
        points = self.points()
        return self.chord(points[-1]) if points else {}

    def points(self) -> list[int]:
        """Ticks before now at which notes were struck."""
        return sorted({note.tick for note in self.onsets if note.slot is not None and note.tick < self.now})

    def chord(self, tick: int) -> Chord:
        """Slots of which exactly one note sounds at a tick."""
        sounding: dict[int, list[Onset]] = {}
        for note in self.onsets:
            if note.slot is not None and note.tick <= tick < note.end:
                sounding.setdefault(note.slot, []).append(note)
        return {slot: notes[0].sound for slot, notes in sounding.items() if len(notes) == 1}


def distance(one: int, other: int) -> int:
    """Semitones, modulo the octave."""
    return abs(one - other) % 12
