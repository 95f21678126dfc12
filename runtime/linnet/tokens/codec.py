"""Score to tokens and back, without loss on the grid: decode(encode(score)) == quantise(score).

Two time bases share the vocabulary. **grid** has 24 ticks a quarter, bars and tempo. **performance** has
ticks of 10 ms and keeps human timing; it has neither bars nor tempo. csrc/tracker.h states the grammar.

What the tokens cannot hold is lost: track names, texts, pitch bends and controllers (reading a file folds the
sustain pedal into durations), drums outside pitches 27..87, drum durations, and whatever `quantise` rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from linnet.music.score import Score, Track
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import TimeBase, quantise
from linnet.tokens.vocabulary import FAMILIES, SIGNATURE_INDEX, TEMPOS, TIME_SIGNATURES
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["TimeBase", "decode", "encode", "encode_quantised", "quantise"]


BIG = FAMILIES["shift_big"].step
MOST_BIG = FAMILIES["shift_big"].count
LONGEST = BIG * MOST_BIG + FAMILIES["shift_fine"].count
"""The longest duration in ticks."""

_BPM = {round(60e6 / bpm): i for i, bpm in enumerate(TEMPOS)}
_PAD, _BOS, _EOS, _BAR = (FAMILIES[name].first for name in ("pad", "bos", "eos", "bar"))
_FIRST = {name: family.first for name, family in FAMILIES.items()}


def encode(score: Score, time_base: TimeBase = "grid") -> NDArray[np.uint16]:
    """The tokens of a score, from bos to eos. ValueError for a piece beyond 2**24 ticks."""
    return encode_quantised(quantise(score, time_base), time_base)


def encode_quantised(score: Score, time_base: TimeBase = "grid") -> NDArray[np.uint16]:
    """The tokens of a score as `quantise` gives it for this time base."""
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
    signatures = {s.tick: SIGNATURE_INDEX[s.numerator, s.denominator] for s in score.time_signatures}
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
