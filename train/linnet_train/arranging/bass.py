"""Bass lines: a root where a chord begins, and then as the style has it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from linnet_train.arranging.ground import EIGHTH, LOUD, QUARTER, SOFT, Ground, Row, Stretch

Bass = Literal["eighths", "kick", "two", "walk", "octaves", "bossa", "reggae", "gallop", "whole"]

LOWEST = 28
"""E1, the lowest string."""

SIXTEENTH = 6
LEGATO = ("whole", "walk", "bossa")
"""Kinds that hold each note until the next."""

IN_BAR = {"bossa": (36, 48, 84), "reggae": (36, 48, 72, 84)}
"""Ticks of a bar of 4/4 on which they strike after the chord has begun."""

NEAR = 3
"""Ticks before which a stroke would come too soon after the first one."""


def root(pitch_class: int) -> int:
    """The pitch of a root: E1 to D#2."""
    return LOWEST + (pitch_class - LOWEST) % 12


def bass_line(kind: Bass, ground: Ground, kicks: Sequence[Sequence[int]]) -> list[Row]:
    """The bass of some bars, over ticks of the bass drum in each of them."""
    rows: list[Row] = []
    parts = ground.stretches
    for part, following in zip(parts, [*parts[1:], parts[-1]], strict=True):
        struck = _strikes(kind, part, ground, kicks[part.first // ground.bar])
        begins = [ground.swung(tick) for tick in struck]
        pitches = _pitches(kind, struck, part, root(following.chord.bass))
        for (tick, stop), pitch in zip(pairwise([*begins, part.end]), pitches, strict=True):
            length = (
                stop - tick if kind in LEGATO else max(min(stop - tick, SIXTEENTH), (stop - tick) * 7 // 8)
            )
            rows.append((tick, length, pitch, LOUD if tick == part.first else SOFT))
    return rows


def _strikes(kind: Bass, part: Stretch, ground: Ground, kicks: Sequence[int]) -> list[int]:
    """The ticks of a chord at which the bass strikes; its first is one."""
    first, end, start = part.first, part.end, part.first // ground.bar * ground.bar
    match kind:
        case "whole":
            return [first]
        case "eighths" | "octaves":
            return list(range(first, end, EIGHTH))
        case "gallop":  # an eighth and two sixteenths
            return [tick for tick in range(first, end, SIXTEENTH) if tick % QUARTER != SIXTEENTH]
        case "walk":
            return list(range(first, end, ground.beat))
        case "two":  # twice a bar, once where it has three beats
            step = ground.bar if ground.bar == 3 * ground.beat else ground.bar // 2
            return [first, *(tick for tick in range(start, end, step) if tick > first)]
        case "bossa" | "reggae":
            return [first, *(start + tick for tick in IN_BAR[kind] if first < start + tick < end)]
        case "kick":
            return [first, *(start + tick for tick in kicks if first + NEAR <= start + tick <= end - NEAR)]


def _pitches(kind: Bass, ticks: Sequence[int], part: Stretch, following: int) -> list[int]:
    """What it strikes there, before a bass that follows."""
    chord, low = part.chord, root(part.chord.bass)
    fifth = low + chord.intervals[2] if chord.bass == chord.root else low
    fifth = fifth - 12 if fifth - 12 >= LOWEST else fifth
    count = len(ticks)
    match kind:
        case "octaves":
            return [low + 12 if tick % QUARTER >= EIGHTH else low for tick in ticks]
        case "two":
            return [fifth if i % 2 else low for i in range(count)]
        case "walk":  # up the chord, and by a semitone into the next one
            line = [low + chord.intervals[i % len(chord.intervals)] for i in range(count)]
            leading = fifth if following == low else following + (1 if following < low else -1)
            return line if count == 1 else [*line[:-1], leading]
        case "bossa":
            return [fifth if i in (1, 2) else low for i in range(count)]
        case "reggae":
            return [(low, fifth, low, low + 12, fifth)[i] for i in range(count)]
        case "kick" if count > 2 and following != low:
            return [*[low] * (count - 1), fifth]
        case _:
            return [low] * count
