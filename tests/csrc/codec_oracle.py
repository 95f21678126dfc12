"""The tokens of a quantised score, one after the other: the slow way beside csrc/codec.c."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from linnet.music.score import Score
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES, SIGNATURE_INDEX, SIGNATURE_TOKENS, TEMPOS, TIME_SIGNATURES

BIG = FAMILIES["shift_big"].step
MOST_BIG = FAMILIES["shift_big"].count

_BPM = {round(60e6 / bpm): i for i, bpm in enumerate(TEMPOS)}
_BOS, _EOS, _BAR = (FAMILIES[name].first for name in ("bos", "eos", "bar"))
_FIRST = {name: family.first for name, family in FAMILIES.items()}


def encode(score: Score, time_base: TimeBase) -> list[int]:
    """The tokens of a score that is quantised for this time base."""
    tokens = [_BOS]
    for slot, track in enumerate(track for track in score.tracks if not track.is_drum):
        tokens += _FIRST["slot"] + slot, _FIRST["program"] + track.program
    writer = _Writer(tokens, len(score.tracks))
    if time_base == "grid":
        _write_bars(writer, score)
    else:
        for onset in _onsets(score):
            writer.write(*onset)
    return [*tokens, _EOS]


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
            writer.tokens.append(SIGNATURE_TOKENS[running])
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
