"""Streams: music without end, played in time and steered while it plays."""

from linnet.stream.ensemble import CHORDS, Ensemble
from linnet.stream.hearing import DueNote, Heard
from linnet.stream.position import Event, Position
from linnet.stream.replay import Replay
from linnet.stream.stream import Source, Stream
from linnet.stream.themes import Themes
from linnet.stream.together import advance_all

__all__ = [
    "CHORDS",
    "DueNote",
    "Ensemble",
    "Event",
    "Heard",
    "Position",
    "Replay",
    "Source",
    "Stream",
    "Themes",
    "advance_all",
]
