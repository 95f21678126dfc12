"""The words of an ABC tune, which music21 leaves out: `w:` lines, syllable by syllable below the notes."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

__all__ = ["with_lyrics"]

_ASIDE = re.compile(r'"[^"]*"|![^!]*!|\{[^}]*\}|\[[A-Za-z]:[^\]]*\]|%.*')
"""Chord symbols, decorations, grace notes, fields inside a line, remarks: no notes that are sung."""

_NOTE = re.compile(r"\[[^\]]*\]|[A-Ga-g]")
_FIELD = re.compile(r"[A-Za-z+]:")


def with_lyrics(tune: Any, text: str, lost: Counter[str]) -> Any:  # what music21 makes has no types
    """The tune of a text, with the first verse of its words."""
    notes = [each for each in tune.recurse().notes if "Harmony" not in each.classes]
    notes = [each for each in notes if not each.duration.isGrace]
    first = after = 0
    sung = False
    for line in text.splitlines():
        if line.startswith("w:"):
            if sung:
                lost["line of other verses"] += 1
            else:
                _sing(notes[first:after], line[2:])
            sung = True
        elif line.strip() and not _FIELD.match(line) and not line.startswith("%"):
            first, sung = after, False
            after += len(_NOTE.findall(_ASIDE.sub("", line)))
    return tune


def _sing(notes: list[Any], words: str) -> None:
    """`-` ends a syllable that goes on, `*` and `_` pass a note, `~` joins two words."""
    note = iter(notes)
    for syllable in re.findall(r"[^\s\-_*|]+-?|[-_*]", words.replace("\\-", "‑").replace("~", "\u00a0")):
        here = next(note, None)
        if here is None:
            return
        if syllable in ("*", "_", "-"):
            continue
        here.addLyric(syllable.rstrip("-").replace("\u00a0", " ").replace("‑", "-"), applyRaw=True)
        if syllable.endswith("-"):
            here.lyrics[-1].syllabic = "begin"
