"""Score to tokens and back, without loss on the grid: decode(encode(score)) == quantise(score).

Two time bases share the vocabulary. **grid** has 24 ticks a quarter, bars and tempo. **performance** has
ticks of 10 ms and keeps human timing; it has neither bars nor tempo. csrc/tracker.h states the grammar.

What the tokens cannot hold is lost: track names, texts, pitch bends and controllers (reading a file folds the
sustain pedal into durations), drums outside pitches 27..87, drum durations, and whatever `quantise` rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from linnet._tools.lazy import np
from linnet.errors import VocabularyError
from linnet.music.score import Notes, Score, TempoChange, TimeSignature, Track
from linnet.tokens.quantise import TICKS_PER_BEAT, drum_durations, quantise
from linnet.tokens.vocabulary import FAMILIES, TEMPOS, TIME_SIGNATURES, describe, family_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["TimeBase", "decode", "encode", "quantise"]

TimeBase = Literal["grid", "performance"]

BIG = FAMILIES["shift_big"].step
MOST_BIG = FAMILIES["shift_big"].count
LONGEST = BIG * MOST_BIG + FAMILIES["shift_fine"].count
"""The longest duration in ticks."""

_BPM = {round(60e6 / bpm): i for i, bpm in enumerate(TEMPOS)}
_SIGNATURES = {row[:2]: i for i, row in enumerate(TIME_SIGNATURES)}
_PAD, _BOS, _EOS, _BAR = (FAMILIES[name].first for name in ("pad", "bos", "eos", "bar"))
_FIRST = {name: family.first for name, family in FAMILIES.items()}


def encode(score: Score, time_base: TimeBase = "grid") -> NDArray[np.uint16]:
    """The tokens of a score, from bos to eos. ValueError for a piece beyond 2**24 ticks."""
    score = quantise(score, time_base)
    tokens = [_BOS]
    for slot, track in enumerate(_melodic(score)):
        tokens += _FIRST["slot"] + slot, _FIRST["program"] + track.program
    writer = _Writer(tokens, len(score.tracks))
    if time_base == "grid":
        _write_bars(writer, score)
    else:
        for onset in _onsets(score):
            writer.write(*onset)
    tokens.append(_EOS)
    return np.array(tokens, np.uint16)


def decode(tokens: ArrayLike, time_base: TimeBase = "grid") -> Score:
    """The score of a token sequence. It may stop anywhere: what is unfinished is left out.

    VocabularyError names the first token that cannot stand where it does.
    """
    reader = Reader(time_base)
    for position, token in enumerate(tokens if isinstance(tokens, list) else np.asarray(tokens).tolist()):
        reader.read(token, position)
    return reader.score()


def _melodic(score: Score) -> list[Track]:
    return [track for track in score.tracks if not track.is_drum]


# (tick, slot or -1 for drums, pitch, velocity, duration)
_Onset = tuple[int, int, int, int, int]


def _onsets(score: Score) -> Iterator[_Onset]:
    """Everything that is struck, in canonical order: drums ascending, slots ascending, pitches descending."""
    slots = [-1 if track.is_drum else slot for slot, track in enumerate(score.tracks)]
    columns = [
        np.stack(
            [
                n.onset,
                np.full(len(n), slot),
                n.pitch.astype(np.int64),
                n.velocity.astype(np.int64),
                n.duration,
            ]
        )
        for slot, n in zip(slots, (track.notes for track in score.tracks), strict=True)
    ]
    if not columns:
        return iter(())
    table = np.concatenate(columns, axis=1)
    downwards = np.where(table[1] < 0, table[2], -table[2])
    table = table[:, np.lexsort((downwards, table[1], table[0]))]
    return zip(*table.tolist(), strict=True)


def _write_bars(writer: _Writer, score: Score) -> None:
    signatures = {s.tick: _SIGNATURES[s.numerator, s.denominator] for s in score.time_signatures}
    tempos = [(change.tick, _BPM[change.tempo]) for change in score.tempos]
    onsets = _onsets(score)
    onset = next(onsets, None)
    starts = score.bar_ticks().tolist()
    line = 0  # where the running bar would end if nothing cut it
    for start, stop in zip(starts, [*starts[1:], score.end], strict=True):
        if start == line:
            writer.bar(start)
        else:
            writer.shift_to(start)
        if start in signatures:
            running = signatures[start]
            writer.tokens.append(_FIRST["time_signature"] + running)
        line = start + TIME_SIGNATURES[running][2]
        while tempos and tempos[0][0] < stop:
            tick, tempo = tempos.pop(0)
            while onset is not None and onset[0] < tick:
                writer.write(*onset)
                onset = next(onsets, None)
            writer.shift_to(tick)
            writer.tokens.append(_FIRST["tempo"] + tempo)
        while onset is not None and onset[0] < stop:
            writer.write(*onset)
            onset = next(onsets, None)


class _Writer:
    """Appends tokens; remembers what need not be said again."""

    def __init__(self, tokens: list[int], slots: int) -> None:
        self.tokens = tokens
        self.now = 0
        self.slot = -1
        self.velocity = [-1] * (slots + 1)  # the last one is the drums', index -1

    def shift_to(self, tick: int) -> None:
        gap = tick - self.now
        while gap >= BIG:
            big = min(gap // BIG, MOST_BIG)
            self.tokens.append(_FIRST["shift_big"] + big - 1)
            gap -= big * BIG
        if gap:
            self.tokens.append(_FIRST["shift_fine"] + gap - 1)
        self.now = tick

    def bar(self, tick: int) -> None:
        self.tokens.append(_BAR)
        self.now = tick

    def write(self, tick: int, slot: int, pitch: int, velocity: int, duration: int) -> None:
        tokens = self.tokens
        if tick != self.now:
            self.shift_to(tick)
        if slot >= 0 and slot != self.slot:
            tokens.append(_FIRST["slot"] + slot)
            self.slot = slot
        if velocity != self.velocity[slot]:
            tokens.append(FAMILIES["velocity"].token(velocity))
            self.velocity[slot] = velocity
        if slot < 0:
            tokens.append(FAMILIES["drum"].token(pitch))
            return
        tokens.append(_FIRST["note"] + pitch)
        big, fine = divmod(duration, BIG)
        if big:
            tokens.append(_FIRST["duration_big"] + big - 1)
        if fine:
            tokens.append(_FIRST["duration_fine"] + fine - 1)


class Reader:
    """Plays tokens onto tracks, one by one. `copy.deepcopy` makes an independent one at the same place."""

    def __init__(self, time_base: TimeBase) -> None:
        self.grid = time_base == "grid"
        self.now = self.bar_start = self.bars = 0
        self.bar_length = TIME_SIGNATURES[_SIGNATURES[4, 4]][2]
        self.slot = self.velocity = -1
        self.programs: list[int] = []
        self.in_header = True
        self.velocities: dict[int, int] = {}
        self.struck: dict[int, list[list[int]]] = {}  # slot (-1: drums) -> [onset, duration, pitch, velocity]
        self.open: list[int] | None = None  # the note whose duration is being read
        self.tempos: list[TempoChange] = []
        self.signatures: list[TimeSignature] = []

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
        elif name == "time_signature":
            numerator, denominator, self.bar_length = TIME_SIGNATURES[value]
            self.bars += self.now > self.bar_start
            self.bar_start = self.now
            self.signatures.append(TimeSignature(self.now, numerator, denominator))
        else:
            self.tempos.append(TempoChange(self.now, round(60e6 / TEMPOS[value])))
        return True

    def take(self) -> tuple[list[tuple[int, ...]], list[TempoChange]]:
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
