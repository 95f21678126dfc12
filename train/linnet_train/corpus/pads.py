"""Pads of electronic kits that send other drums than General MIDI names, and what is heard of them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from linnet.music.score import Notes, Score

ROLAND: Mapping[int, int] = {
    22: 42,  # edge of the closed hi-hat
    26: 46,  # edge of the open hi-hat
    40: 38,  # rim of the snare
    48: 50,  # first tom; its rim is 50
    45: 47,  # second tom; its rim is 47
    58: 43,  # rim of the third tom
    55: 49,  # edge of the first crash
    52: 57,  # edge of the second crash
    59: 51,  # edge of the ride
}
"""The TD-11 as it was set up for the Groove MIDI Dataset (Gillick et al. 2019, table of drums): heads, rims,
bows and edges of a pad are one drum. Their table joins more, which General MIDI has sounds for and we keep:
the pedal hat (44), the side stick (37), the bell of the ride (53) and the second crash (57)."""

KITS: Mapping[str, Mapping[int, int]] = {"gm": {}, "roland": ROLAND}
"""What files may have been recorded with; General MIDI is what it says."""


def heard(score: Score, kit: str) -> Score:
    """The score with the drums of a kit as General MIDI names them."""
    drums = np.arange(128, dtype=np.uint8)
    for pad, drum in KITS[kit].items():
        drums[pad] = drum

    def named(notes: Notes) -> Notes:
        return Notes(notes.onset, notes.duration, drums[notes.pitch], notes.velocity)

    tracks = (replace(track, notes=named(track.notes)) if track.is_drum else track for track in score.tracks)
    return replace(score, tracks=tuple(tracks))
