"""Program changes for notes that were moved to where a file's own choose another instrument."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from linnet.music.score import Track

Placed = tuple[int, int, int, bytes]
"""Tick, place at the tick, number there, message."""

Strike = tuple[int, int, int, int, int]
"""Track of the file, channel of its port, tick, pitch, velocity."""

Channel = tuple[int, int]
"""The lane of its track, and its number."""

Choices = dict[Channel, list[tuple[int, int]]]
"""For each channel ticks and programs that were chosen from there on, in time."""

_NOTE_ON, _PROGRAM = 0x9, 0xC


def wanted_programs(tracks: Iterable[tuple[int, int, Track]]) -> dict[Strike, list[int]]:
    """The program that each strike is to sound with; tracks stand behind their file's track and channel."""
    wanted: dict[Strike, list[int]] = {}
    for number, channel, track in tracks:
        for onset, _, pitch, velocity in track.notes.rows():
            wanted.setdefault((number, channel & 15, onset, pitch, velocity), []).append(track.program)
    return wanted


def with_programs(
    tracks: Sequence[list[Placed]], lanes: Sequence[int], wanted: dict[Strike, list[int]]
) -> list[list[Placed]]:
    """The tracks of a file, with a program change before each strike that would have another program.

    As a file is read, what a track chose for a channel counts, else the latest that any track chose; tracks
    share channels that are on the same of the `lanes`. Where a change is added, the other tracks of the
    channel choose for themselves.
    """
    choices = _choices(tracks, lanes)
    alone: set[Channel] = set()
    while True:
        written, crowded = [], set()
        for number, events in enumerate(tracks):
            chosen, added = _chosen(number, lanes[number], events, wanted, choices, alone)
            written.append(chosen)
            crowded |= added
        if crowded <= alone:
            return written
        alone |= crowded


def _chosen(
    number: int,
    lane: int,
    events: Sequence[Placed],
    wanted: dict[Strike, list[int]],
    choices: Choices,
    alone: set[Channel],
) -> tuple[list[Placed], set[Channel]]:
    """A track with its program changes, and the channels on which some were added.

    On the channels `alone` it does not rely on what others chose.
    """
    left: dict[Strike, list[int]] = {}
    own: dict[int, int] = {}
    chosen: list[Placed] = []
    added: set[Channel] = set()
    for event in events:
        tick, place, at, message = event
        kind, channel = message[0] >> 4, message[0] & 15
        if kind == _PROGRAM:
            own[channel] = message[1]
        elif kind == _NOTE_ON and message[2]:
            strike = number, channel, tick, message[1], message[2]
            programs = left.setdefault(strike, list(wanted.get(strike, ())))
            program = own.get(channel)
            if program is None and (lane, channel) not in alone:
                earlier = choices.get((lane, channel), [])
                last = bisect_right(earlier, tick, key=lambda choice: choice[0]) - 1
                program = earlier[last][1] if last >= 0 else 0
            if program in programs:
                programs.remove(program)
            elif programs:
                own[channel] = programs.pop(0)
                chosen.append((tick, place, at, bytes((_PROGRAM << 4 | channel, own[channel]))))
                added.add((lane, channel))
        chosen.append(event)
    return chosen, added


def _choices(tracks: Sequence[Sequence[Placed]], lanes: Sequence[int]) -> Choices:
    choices: Choices = {}
    for lane, events in zip(lanes, tracks, strict=True):
        for tick, _, _, message in events:
            if message[0] >> 4 == _PROGRAM:
                choices.setdefault((lane, message[0] & 15), []).append((tick, message[1]))
    for found in choices.values():
        found.sort(key=lambda choice: choice[0])  # of one tick the last in the file counts
    return choices
