"""Styles of popular music: what the players of a band do in each."""

from __future__ import annotations

from dataclasses import dataclass

from linnet_train.arranging.bass import Bass
from linnet_train.arranging.comping import Comping


@dataclass(frozen=True, slots=True)
class Style:
    """Who plays and how. Instruments are General MIDI programs from 0."""

    drums: tuple[str, ...]
    """Styles of the Groove MIDI Dataset; none: as they are written."""

    bpm: tuple[int, int]
    meters: tuple[str, ...]
    basses: tuple[Bass, ...]
    comping: tuple[Comping, ...]
    lead: tuple[int, ...]
    chords: tuple[int, ...]
    pad: tuple[int, ...]
    bass: tuple[int, ...]


EVERY = ("4/4", "3/4", "6/8")

STYLES = {
    "rock": Style(
        ("rock", "rock-indie", "punk", "rock-folk"),
        (104, 168),
        ("4/4", "6/8"),
        ("eighths", "kick", "eighths"),
        ("power", "strum", "power"),
        (29, 30, 81, 80, 27, 65),
        (29, 30, 27),
        (16, 48, 18),
        (33, 34),
    ),
    "metal": Style(
        ("punk", "rock-halftime", "rock"),
        (96, 176),
        ("4/4",),
        ("gallop", "kick", "eighths"),
        ("power",),
        (30, 48, 81, 52),
        (30, 29),
        (48, 52, 50),
        (34, 33),
    ),
    "pop": Style(
        ("pop", "pop-soft", "rock-indie", "dance-disco"),
        (92, 132),
        ("4/4",),
        ("kick", "eighths", "octaves"),
        ("strum", "arpeggio", "hold"),
        (80, 0, 73, 4, 11, 25),
        (0, 25, 4, 5),
        (48, 89, 50),
        (33, 38, 39),
    ),
    "ballad": Style(
        ("pop-soft", "rock-halftime", "soul"),
        (60, 92),
        EVERY,
        ("whole", "two", "kick"),
        ("arpeggio", "hold"),
        (73, 40, 68, 0, 65, 71),
        (0, 4, 24, 46),
        (48, 49, 89),
        (32, 35, 33),
    ),
    "funk": Style(
        ("funk", "funk-fast", "hiphop", "neworleans-funk", "soul", "soul-motown"),
        (88, 116),
        ("4/4",),
        ("kick", "octaves"),
        ("stabs", "off"),
        (65, 4, 56, 80, 62),
        (4, 28, 27, 16),
        (61, 48),
        (36, 33, 37, 38),
    ),
    "reggae": Style(
        ("reggae", "latin-brazilian-sambareggae"),
        (68, 92),
        ("4/4",),
        ("reggae",),
        ("skank",),
        (56, 22, 80, 65, 73),
        (27, 16, 0),
        (16, 18),
        (33, 34),
    ),
    "latin": Style(
        ("latin-brazilian-bossa", "latin", "latin-brazilian", "afrocuban", "latin-brazilian-songo"),
        (104, 144),
        ("4/4",),
        ("bossa",),
        ("charleston", "arpeggio", "strum"),
        (73, 66, 11, 56, 24),
        (24, 0, 4),
        (48, 11),
        (32, 33),
    ),
    "swing": Style(
        ("jazz", "jazz-swing", "jazz-mediumfast", "rock-shuffle", "blues-shuffle"),
        (104, 176),
        ("4/4",),
        ("walk", "walk", "two"),
        ("charleston", "hold"),
        (65, 56, 71, 11, 66, 57),
        (0, 26, 16),
        (61, 48),
        (32,),
    ),
    "country": Style(
        ("country", "neworleans-secondline", "jazz-march"),
        (92, 128),
        ("4/4", "3/4"),
        ("two",),
        ("skank", "strum", "off"),
        (40, 25, 22, 105, 72),
        (25, 24, 0),
        (21, 48),
        (32, 33),
    ),
    "dance": Style(
        (),
        (112, 136),
        ("4/4",),
        ("octaves", "eighths"),
        ("arpeggio", "stabs", "hold"),
        (80, 81, 4, 50),
        (80, 81, 5, 88),
        (50, 89, 90),
        (38, 39),
    ),
    "waltz": Style(
        (),
        (108, 184),
        ("3/4", "6/8"),
        ("two", "whole"),
        ("skank", "arpeggio"),
        (40, 73, 68, 71, 22),
        (24, 0, 46, 21),
        (48, 49),
        (32, 43),
    ),
    "march": Style(
        ("jazz-march",),
        (100, 132),
        ("4/4", "6/8"),
        ("two",),
        ("skank", "stabs", "hold"),
        (56, 60, 48, 72, 61),
        (61, 60, 48),
        (48, 52),
        (58, 43, 32),
    ),
}
