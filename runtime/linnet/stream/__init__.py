"""Streams: music without end, played in time and steered while it plays."""

from linnet.stream.ensemble import CHORDS, Ensemble
from linnet.stream.hearing import DueNote, Heard
from linnet.stream.position import Event, Position
from linnet.stream.stream import Source, Stream
from linnet.stream.themes import Themes

__all__ = ["CHORDS", "DueNote", "Ensemble", "Event", "Heard", "Position", "Source", "Stream", "Themes"]
