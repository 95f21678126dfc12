"""Files of a piece: sheet music, sound, pictures, and each track as a file of its own."""

from __future__ import annotations

import io
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from linnet import sound
from linnet.music.score import FORMATS, Score

__all__ = ["FILES", "available", "saved"]

_NEEDS = {
    ".ogg": ("soundfile",),
    ".flac": ("soundfile",),
    ".mp3": ("soundfile",),
    ".musicxml": ("music21",),
    ".pdf": ("music21", "verovio", "fpdf"),
}
"""Packages without which a format cannot be written."""

_EXTRAS = {
    "soundfile": "formats",
    "music21": "notation",
    "verovio": "score",
    "fpdf": "score",
}

FILES = {
    ".mid": "MIDI",
    ".wav": "Audio (WAV)",
    ".ogg": "Audio (OGG)",
    ".mp3": "Audio (MP3)",
    ".pdf": "Sheet music (PDF)",
    ".musicxml": "MusicXML",
    ".zip": "Stems (a WAV each)",
    ".svg": "Picture (SVG)",
}
"""What the page offers, and what it calls them."""


def available() -> list[dict[str, str]]:
    """The formats, each with what must be installed for it where it is not there."""
    found = []
    for suffix, words in FILES.items():
        lacking = [name for name in _NEEDS.get(suffix, ()) if find_spec(name) is None]
        missing = f"pip install 'linnet[{_EXTRAS[lacking[0]]}]'" if lacking else ""
        found.append({"suffix": suffix, "words": words, "missing": missing})
    return found


def saved(score: Score, suffix: object) -> bytes:
    """The piece as a file of that kind, or as a .zip of its stems."""
    if suffix not in (*FORMATS, ".zip"):
        raise ValueError(f"format must be one of {', '.join((*FORMATS, '.zip'))}, got {suffix!r}")
    with tempfile.TemporaryDirectory(prefix="linnet-") as folder:
        if suffix == ".zip":
            return _stems(score, Path(folder))
        file = Path(folder) / f"tune{suffix}"
        score.save(file)
        return file.read_bytes()


def _stems(score: Score, folder: Path) -> bytes:
    paths, _ = sound.write_stems(score, folder)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in paths:
            file.write(path, path.name)
    return packed.getvalue()
