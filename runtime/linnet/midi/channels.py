"""Ports and channels for the tracks of a file."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.midi.notes import Part
from linnet.music.score import Track
from linnet.music.source import Source
from linnet.tools.lazy import np

DRUMS = 9  # musicians call it channel 10
MELODIC = [channel for channel in range(16) if channel != DRUMS]


def places_beside(
    source: Source, ports: Sequence[int], parts: Sequence[Part], tracks: Sequence[Track]
) -> list[tuple[int, int]]:
    """A port and channel for each track that comes into a file beside what it holds.

    A free channel of the first port, else one that only ever plays the same program, else another port.
    """
    used: set[int] = set()
    for number in range(len(source.firsts)):
        begin, stop = source.bounds(number)
        codes = source.codes[begin:stop]
        used.update((ports[number] * 16 + (np.unique(codes[codes >= 0] >> 16) & 15)).tolist())
    programs: dict[int, set[int]] = {}
    for part in parts:
        programs.setdefault(part.place.channel, set()).add(part.place.program)
    sharing = {next(iter(found)): channel for channel, found in programs.items() if len(found) == 1}
    places = []
    for track in tracks:
        if track.is_drum:
            places.append((0, DRUMS))
            continue
        free = [channel for channel in MELODIC if channel not in used]
        if not free and track.program in sharing:
            places.append(divmod(sharing[track.program], 16))
            continue
        channel = next(c for c in range(16 * 129) if c % 16 != DRUMS and c not in used)
        used.add(channel)
        sharing.setdefault(track.program, channel)
        places.append(divmod(channel, 16))
    return places
