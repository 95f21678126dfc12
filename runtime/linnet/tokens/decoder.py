"""From tokens to notes, one token at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.errors import VocabularyError
from linnet.music.score import Notes, Score, TempoChange, TimeSignature, Track
from linnet.tokens.quantise import TICKS_PER_BEAT, TimeBase, drum_durations
from linnet.tokens.vocabulary import SIGNATURE_INDEX, TEMPOS, TIME_SIGNATURES, describe, family_of

if TYPE_CHECKING:
    pass


class Reader:
    """Plays tokens onto tracks, one by one."""

    def __init__(self, time_base: TimeBase) -> None:
        self.grid = time_base == "grid"
        self.now = self.bar_start = self.bars = 0
        self.bar_length = TIME_SIGNATURES[SIGNATURE_INDEX[4, 4]][2]
        self.slot = self.velocity = -1
        self.programs: list[int] = []
        self.in_header = True
        self.velocities: dict[int, int] = {}
        self.struck: dict[int, list[list[int]]] = {}  # slot (-1: drums) -> [onset, duration, pitch, velocity]
        self.open: list[int] | None = None  # the note whose duration is being read
        self.tempos: list[TempoChange] = []
        self.signatures: list[TimeSignature] = []

    def copy(self) -> Reader:
        """An independent one at the same place; it imports nothing, so that streams can be saved at exit."""
        other = Reader("grid" if self.grid else "performance")
        other.__dict__.update(self.__dict__)
        notes = {id(note): note[:] for struck in self.struck.values() for note in struck}
        other.struck = {slot: [notes[id(note)] for note in struck] for slot, struck in self.struck.items()}
        if self.open is not None:
            other.open = notes.get(id(self.open), self.open[:])
        other.programs, other.velocities = self.programs[:], dict(self.velocities)
        other.tempos, other.signatures = self.tempos[:], self.signatures[:]
        return other

    def read(self, token: int, position: int = -1) -> None:
        """Takes a token; VocabularyError when it cannot stand here, at `position`."""
        family = family_of(token)
        value = family.value_of(token)
        if not self._take(family.name, value):
            raise VocabularyError(f"{describe(token)} cannot stand at position {position}")

    def _take(self, name: str, value: int) -> bool:
        if name == "duration_fine":
            if self.open is None:
                return False
            self.open[1] += value
            self.open = None
            return True
        if name == "duration_big":
            if self.open is None or self.open[1]:
                return False
            self.open[1] = value
            return True
        if self.open is not None and not self.open[1]:
            return False  # a note waits for its duration
        self.open = None
        if name in ("shift_fine", "shift_big"):
            self.now += value
        elif name == "note":
            return self._strike(self.slot, value, 0)
        elif name == "drum":
            return self._strike(-1, value, 1)
        elif name == "velocity":
            self.velocity = value
        elif name == "slot":
            return self._slot(value)
        elif name == "program":
            if not self.in_header or value < 0 or not self.programs or self.programs[-1] >= 0:
                return False
            self.programs[-1] = value
        else:
            return self._mark(name, value)
        return True

    def _slot(self, slot: int) -> bool:
        if self.in_header and slot == len(self.programs):
            self.programs.append(-1)
            return True
        self.in_header = False
        self.slot = slot
        return slot < len(self.programs)

    def _strike(self, slot: int, pitch: int, duration: int) -> bool:
        self.in_header = False
        velocity = self.velocity if self.velocity >= 0 else self.velocities.get(slot, -1)
        self.velocity = -1
        self.velocities[slot] = velocity
        note = [self.now, duration, pitch, velocity]
        self.struck.setdefault(slot, []).append(note)
        if not duration:
            self.open = note
        return velocity >= 0 and (slot >= 0 or duration > 0)

    def _mark(self, name: str, value: int) -> bool:
        """Bars, meter, tempo, and the ends of the sequence."""
        if name in ("bos", "eos", "pad"):
            return True
        if not self.grid or name == "reserved":
            return False
        self.in_header = False
        if name == "bar":
            self.bar_start = self.now = self.bar_start + self.bar_length if self.bars else 0
            self.bars += 1
        elif name in ("time_signature", "rare_time_signature"):
            numerator, denominator, self.bar_length = TIME_SIGNATURES[value]
            self.bars += self.now > self.bar_start
            self.bar_start = self.now
            self.signatures.append(TimeSignature(self.now, numerator, denominator))
        else:
            self.tempos.append(TempoChange(self.now, round(60e6 / TEMPOS[value])))
        return True

    def drain(self) -> tuple[list[tuple[int, ...]], list[TempoChange]]:
        """What came since the last time: (onset, duration, pitch, velocity, slot) of each note, in order, the
        slot -1 for drums; and the tempo changes. To be called when time has moved on: no note is open then.
        """
        notes = sorted((*note, slot) for slot, struck in self.struck.items() for note in struck)
        tempos, self.struck, self.tempos, self.signatures = self.tempos, {}, [], []
        return notes, tempos

    def score(self) -> Score:
        """Everything, as a score."""
        struck = {
            slot: Notes.of_rows(
                (onset, duration, pitch, velocity) for onset, duration, pitch, velocity in notes if duration
            )
            for slot, notes in self.struck.items()
        }
        tracks = [
            Track(struck.get(slot, Notes()), max(program, 0)) for slot, program in enumerate(self.programs)
        ]
        tempos, signatures = tuple(self.tempos), tuple(self.signatures)
        base: TimeBase = "grid" if self.grid else "performance"
        end = self.bar_start + self.bar_length if self.grid else -1  # -1: with the last note
        if -1 in struck:
            tracks.append(Track(drum_durations(struck[-1], base, end), is_drum=True))
        return Score(TICKS_PER_BEAT[base], tuple(tracks), tempos, signatures, end)
