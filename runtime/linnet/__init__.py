"""linnet makes music on small machines: an LSTM in one .onnx file, the same notes for the same seed.

import linnet

model = linnet.load("folk")                       # a packaged model, or the path of your own
score = model.generate(bars=16, seed=7, key="D major", bpm=110)
score.save("tune.mid")

mine = linnet.Score.open("mine.mid")
answer = model.generate(primer=mine, bars=8)      # the new bars alone
"""

import importlib
from typing import TYPE_CHECKING

from linnet.tools.version import VERSION

if TYPE_CHECKING:
    from linnet.controls import moods
    from linnet.controls.options import Options
    from linnet.controls.rules import Rules
    from linnet.controls.sampling import Sampling
    from linnet.errors import (
        LinnetError,
        MidiError,
        ModelError,
        ModelFormatError,
        ModelVersionError,
        NotationError,
        SnapshotError,
        VocabularyError,
    )
    from linnet.model import Model, load, models
    from linnet.music import theory
    from linnet.music.chord import Chord
    from linnet.music.feeling import describe
    from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
    from linnet.music.similarity import distance
    from linnet.stream import DueNote, Ensemble, Event, Heard, Position, Replay, Stream, Themes, advance_all
    from linnet.tokens import codec, features, vocabulary

__version__ = VERSION

__all__ = [
    "Chord",
    "DueNote",
    "Ensemble",
    "Event",
    "Heard",
    "LinnetError",
    "MidiError",
    "Model",
    "ModelError",
    "ModelFormatError",
    "ModelVersionError",
    "NotationError",
    "Note",
    "Notes",
    "Options",
    "Position",
    "Replay",
    "Rules",
    "Sampling",
    "Score",
    "SnapshotError",
    "Stream",
    "TempoChange",
    "Themes",
    "TimeSignature",
    "Track",
    "VocabularyError",
    "advance_all",
    "codec",
    "describe",
    "distance",
    "features",
    "load",
    "models",
    "moods",
    "theory",
    "vocabulary",
]

_HOMES = {
    name: module
    for module, names in {
        "controls.options": "Options",
        "controls.rules": "Rules",
        "controls.sampling": "Sampling",
        "errors": "LinnetError MidiError ModelError ModelFormatError ModelVersionError "
        "NotationError SnapshotError VocabularyError",
        "model": "Model load models",
        "music.chord": "Chord",
        "music.feeling": "describe",
        "music.score": "Note Notes Score TempoChange TimeSignature Track",
        "music.similarity": "distance",
        "stream": "DueNote Ensemble Event Heard Position Replay Stream Themes advance_all",
    }.items()
    for name in names.split()
}
_MODULES = {
    **dict.fromkeys(("codec", "features", "vocabulary"), "tokens."),
    "moods": "controls.",
    "theory": "music.",
    **dict.fromkeys(("controls", "engine", "errors", "generation", "midi", "model", "music"), ""),
    **dict.fromkeys(("practice", "stream", "tokens", "tools", "ui"), ""),
}


def __getattr__(name: str) -> object:
    """Each name comes when somebody asks for it: `linnet generate` begins sooner without most of them."""
    if name in _HOMES:
        found: object = getattr(importlib.import_module(f"linnet.{_HOMES[name]}"), name)
    elif name in _MODULES:
        found = importlib.import_module(f"linnet.{_MODULES[name]}{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
