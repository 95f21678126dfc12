"""Words of a piece on its sheet: chord symbols, rehearsal marks, and what is sung."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from linnet.music.chord import NO_CHORD, is_symbol
from linnet.music.source import TimedText
from linnet.tools.dataclass import dataclass
from linnet.tools.text import printable

if TYPE_CHECKING:
    from linnet.music.score import Score, Track

__all__ = ["Words"]


@dataclass(frozen=True)
class Words:
    """What markers and lyrics of a score say, by tick."""

    markers: tuple[TimedText, ...]
    lyrics: dict[int, str]
    singer: Track | None
    """The track that has a note at most of the syllables."""

    @classmethod
    def of(cls, score: Score) -> Words:
        """Those of a score."""
        lyrics = {tick: words for tick, text in score.lyrics if (words := printable(text))}
        tracks = [track for track in score.tracks if not track.is_drum and len(track.notes)]

        def sung(track: Track) -> int:
            return len(lyrics.keys() & {onset for onset, *_ in track.notes.rows()})

        return cls(score.markers, lyrics, max(tracks, key=sung) if lyrics and tracks else None)

    def signs(self) -> list[tuple[int, Any]]:  # what music21 makes has no types
        """Markers as music21 writes them: chords above the staff, others as rehearsal marks."""
        from music21 import expressions, harmony

        found: list[tuple[int, Any]] = []
        for tick, text in self.markers:
            text = printable(text)
            if text in NO_CHORD:
                found.append((tick, harmony.NoChord("N.C.")))
            elif text and is_symbol(text, sus=True):
                try:
                    found.append((tick, harmony.ChordSymbol(_figure(text))))
                except Exception:  # music21 raises whatever a symbol that it does not know brings it to
                    found.append((tick, expressions.TextExpression(text)))
            elif text:
                found.append((tick, expressions.RehearsalMark(text)))
        return found

    @staticmethod
    def sing(sound: Any, text: str) -> None:  # Any: as above
        """Puts a syllable below a note; one that ends in a hyphen goes on."""
        sound.addLyric(text.rstrip("-"), applyRaw=True)
        if text.endswith("-"):
            sound.lyrics[-1].syllabic = "begin"


def _figure(symbol: str) -> str:
    """A symbol as music21 reads it, which has - for a flat."""
    root, kind, bass = re.fullmatch(r"([A-G][#b♯♭]*):?([^/]*)(/.*)?", symbol).groups()  # type: ignore[union-attr]

    def spelt(name: str) -> str:
        return name.replace("♯", "#").replace("♭", "-").replace("b", "-")

    return spelt(root) + kind + spelt(bass or "")
