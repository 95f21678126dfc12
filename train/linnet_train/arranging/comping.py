"""Comping: the chords of some bars, voiced, broken and struck as a style has it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Literal

from linnet_train.arranging.ground import EIGHTH, LOUD, QUARTER, SOFT, Ground, Row, Stretch

Comping = Literal["strum", "power", "skank", "hold", "arpeggio", "stabs", "charleston", "off"]

CENTRE = 60
"""Mean pitch."""

REACH = 14
"""Semitones from it."""

LOWEST_POWER = 40
"""E2, the lowest string of a guitar."""

SHORT = ("stabs", "skank", "off")
"""Kinds with three notes a chord, which others have four of."""

IN_BAR = {"strum": (0, 24, 36, 60, 72, 84), "charleston": (0, 36), "stabs": (0, 18, 60)}
"""Ticks of a bar of 4/4 on which they strike."""


def comp(kind: Comping, ground: Ground, random: Random, *, centre: int = CENTRE, size: int = 4) -> list[Row]:
    """Chords around a mean pitch, of so many notes at most."""
    parts = ground.stretches
    voiced = power(parts) if kind == "power" else voicings(parts, centre, 3 if kind in SHORT else size)
    up = random.random() < 0.5
    rows: list[Row] = []
    for part, pitches in zip(parts, voiced, strict=True):
        turn = (*pitches, *pitches[-2:0:-1]) if up else (pitches[0], *pitches[:0:-1])
        for number, (written, length, velocity) in enumerate(_strokes(kind, part, ground)):
            tick = ground.swung(written)
            lasts = min(length, part.end - tick)
            struck = (turn[number % len(turn)],) if kind == "arpeggio" else pitches
            rows.extend((tick, lasts, pitch, velocity) for pitch in struck if lasts > 0)
    return rows


def power(parts: Sequence[Stretch]) -> list[tuple[int, ...]]:
    """Root, fifth and octave on the low strings."""
    roots = [LOWEST_POWER + (part.chord.root - LOWEST_POWER) % 12 for part in parts]
    return [(pitch, pitch + 7, pitch + 12) for pitch in roots]


def voicings(parts: Sequence[Stretch], centre: int = CENTRE, size: int = 4) -> list[tuple[int, ...]]:
    """Close positions of each chord, each near to the one before and not far from the centre."""
    found: list[tuple[int, ...]] = []
    last = float(centre)
    for part in parts:
        tones = set(part.chord.pitch_classes)
        every = [pitch for pitch in range(centre - REACH, centre + REACH + 1) if pitch % 12 in tones]
        runs = [tuple(every[i : i + size]) for i in range(len(every) - size + 1)]
        wanted = (2 * last + centre) / 3
        found.append(min(runs, key=lambda run: abs(sum(run) / size - wanted)))
        last = sum(found[-1]) / size
    return found


def _strokes(kind: Comping, part: Stretch, ground: Ground) -> list[tuple[int, int, int]]:
    """Tick, length and velocity of the strokes of a chord."""
    first, end, start = part.first, part.end, part.first // ground.bar * ground.bar
    match kind:
        case "hold":
            return [(first, end - first, SOFT - 8)]
        case "arpeggio":
            ticks = list(range(first, end, EIGHTH))
            return [(tick, EIGHTH, SOFT if tick % ground.beat == 0 else SOFT - 10) for tick in ticks]
        case "power":
            ticks = list(range(first, end, EIGHTH))
            return [(tick, EIGHTH - 2, LOUD if tick == first else SOFT) for tick in ticks]
        case "skank":  # off the beat that the bass has
            three = ground.bar == 3 * QUARTER
            beats = ((tick, (tick - start) // ground.beat) for tick in range(first, end, ground.beat))
            return [(tick, EIGHTH - 2, SOFT) for tick, beat in beats if (beat if three else beat % 2)]
        case "off":
            return [(tick + EIGHTH, EIGHTH - 4, SOFT) for tick in range(first, end, QUARTER)]
        case "strum":
            in_bar = IN_BAR[kind] if ground.bar == 4 * QUARTER else range(0, ground.bar, EIGHTH)
            ticks = sorted({first, *(start + tick for tick in in_bar if first <= start + tick < end)})
            return [(a, b - a, SOFT + 6 * (a == first)) for a, b in pairwise([*ticks, end])]
        case "charleston" | "stabs":
            ticks = [start + tick for tick in IN_BAR[kind] if first <= start + tick < end] or [first]
            return [(tick, EIGHTH if kind == "stabs" else QUARTER, LOUD - 4) for tick in ticks]
