"""A single line as ABC, the notation that collections of folk tunes are written in (abcnotation.com, 2.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from linnet.music.chord import NO_CHORD, is_symbol
from linnet.music.key import estimate_key
from linnet.music.notes import Notes
from linnet.music.rhythm import TICKS, Beats
from linnet.music.score import Score
from linnet.music.source import TimedText
from linnet.music.timeline import KeySignature, TimeSignature, bar_length, rescale
from linnet.tools.dataclass import replace
from linnet.tools.named import NamedTuple
from linnet.tools.text import printable

__all__ = ["dumps"]

_BARS_A_LINE = 4
_STEPS = (0, 2, 4, 5, 7, 9, 11)
_LETTERS = "CDEFGAB"
_UNIT = TICKS // 2
"""Ticks of L:1/8."""


def dumps(score: Score, *, title: str = "") -> str:
    """The piece as an ABC tune: one line of notes, with its key, meter, tempo, chords and lyrics.

    Onsets and ends are brought to sixteenths or triplets as in sheet music. `ValueError` for more than one
    track with notes, and for notes that sound together.
    """
    score = score.resample(TICKS)
    tracks = [track for track in score.tracks if len(track.notes)]
    if not tracks:
        raise ValueError("there are no notes to write as ABC")
    if len(tracks) > 1 or tracks[0].is_drum:
        what = f"{len(tracks)} tracks" if len(tracks) > 1 else "drums"
        raise ValueError(f"ABC is written of a single line, and this piece has {what}: take .musicxml")
    score = replace(score, end=max(score.end, score.notes.last_end))
    starts = score.bar_ticks().tolist()
    stops = [*starts[1:], starts[-1] + rescale(1, *bar_length(score.time_signatures[-1], TICKS))]
    beats = Beats(tracks[0].notes.rows(), _beats(score, starts, stops))
    notes = _line(Notes.of_rows(beats.tidied(tracks[0].notes.rows())))
    signs = list(score.key_signatures) or [KeySignature.of_key(estimate_key(score.pitched_notes) or 0)]
    signs[0] = replace(signs[0], tick=0)
    words = {word.tick: word.text for word in score.lyrics}
    bars: list[str] = []
    sung: list[list[str]] = []
    shown = _meter(score, starts[0], stops[0])
    key = signs[0]
    head = [
        "%abc-2.1",
        "X:1",
        f"T:{printable(score.title or title) or 'Untitled'}",
        f"M:{shown}",
        "L:1/8",
        f"Q:1/4={score.tempos[0].bpm:.4g}",
        f"K:{_key(key)}",
    ]
    for start, stop in zip(starts, stops, strict=True):
        here = ""
        if (meter := _meter(score, start, stop)) != shown:
            shown = meter
            here += f"[M:{meter}]"
        new = [sign for sign in signs if start <= sign.tick < stop and sign.tick > 0]
        if new:
            key = new[-1]
            here += f"[K:{_key(key)}]"
        bar = _Bar(key, beats)
        bars.append(here + bar.written(start, stop, notes, score.markers))
        sung.append([words.get(onset, "*") for onset, *_ in notes if start <= onset < stop])
    lines = []
    upbeat = int(score.upbeat > 0)
    for last in range(_BARS_A_LINE + upbeat, len(bars) + _BARS_A_LINE, _BARS_A_LINE):
        first = last - _BARS_A_LINE if last > _BARS_A_LINE + upbeat else 0
        lines.append(" | ".join(bars[first:last]) + (" |]" if last >= len(bars) else " |"))
        syllables = [each for bar in sung[first:last] for each in bar]
        if any(each != "*" for each in syllables):
            lines.append("w: " + " ".join(each.strip().replace(" ", "~") for each in syllables))
    return "\n".join([*head, *lines]) + "\n"


class _Piece(NamedTuple):
    """A note or a rest, as it is written."""

    text: str
    length: int
    tick: int
    is_third: bool
    """Of a triplet."""


def _group(parts: Sequence[_Piece]) -> Sequence[_Piece]:
    """The pieces of a triplet, which together last as long as a note; else the first piece."""
    ticks = 0
    for count, piece in enumerate(parts, 1):
        if not piece.is_third:
            break
        ticks += piece.length
        if ticks in (12, 24, 48):
            return parts[:count]
    return parts[:1]


def _within(chords: dict[int, str], start: int, stop: int) -> list[int]:
    return sorted(tick for tick in chords if start < tick < stop)


class _Bar:
    """A bar in the making: which accidentals are in force."""

    def __init__(self, key: KeySignature, beats: Beats) -> None:
        self.key, self.beats = key, beats
        self.signed = _signs(key)
        self.running: dict[tuple[str, int], int] = {}
        """Of each pitch."""

        self.of_letter: dict[str, int] = {}
        """Of each letter, which counts in all octaves for some readers."""

    def written(
        self, start: int, stop: int, notes: Sequence[tuple[int, int, int]], markers: Sequence[TimedText]
    ) -> str:
        """Everything of the bar, beat by beat."""
        chords = {word.tick: word.text for word in markers if start <= word.tick < stop and _is_chord(word)}
        at, parts = start, list[_Piece]()
        for onset, end, pitch in [*notes, (stop, stop, -1)]:
            begin, until = max(onset, start), min(end, stop)
            if end <= start or (begin >= stop and pitch >= 0):
                continue
            for cut in [*_within(chords, at, begin), begin]:  # a chord may begin in a rest
                parts += self._pieces(at, cut, "z", chords)
                at = cut
            if pitch < 0 or until <= begin:
                continue
            for cut in [*_within(chords, begin, until), until]:
                parts += self._pieces(at, cut, self._spelt(pitch), chords, tied=cut < end)
                at = cut
        words = ""
        while parts:
            group = _group(parts)
            del parts[: len(group)]
            words += " " * (bool(words) and self.beats.at(group[0].tick).start == group[0].tick)
            if group[0].is_third:
                words += "(3" if len(group) == 3 else f"(3:2:{len(group)}"
            words += "".join(piece.text for piece in group)
        return words

    def _pieces(
        self, start: int, stop: int, what: str, chords: dict[int, str], *, tied: bool = False
    ) -> Iterator[_Piece]:
        """A note or a rest in the lengths that there are."""
        lengths = list(self.beats.lengths(start, stop))
        at = start
        for number, length in enumerate(lengths):
            mark = f'"{chords[at]}"' if at in chords else ""
            third = length in (4, 8, 16)
            written = _length(length * 3 // 2 if third else length)
            tie = "-" if what != "z" and (tied or number + 1 < len(lengths)) else ""
            bare = what if number == 0 else what.lstrip("^_=")
            yield _Piece(mark + bare + written + tie, length, at, third)
            at += length

    def _spelt(self, pitch: int) -> str:
        fifths = self.key.fifths
        sharps, letter = divmod((7 * pitch - fifths + 3) % 12 + fifths - 2, 7)
        name = "FCGDAEB"[letter]
        octave = (pitch - sharps - _STEPS[_LETTERS.index(name)]) // 12
        place = name, octave
        accidental = ""
        usual = self.signed.get(name, 0)
        if {self.running.get(place, usual), self.of_letter.get(name, usual)} != {sharps}:
            accidental = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}[sharps]
            self.running[place] = self.of_letter[name] = sharps
        if octave >= 6:
            return accidental + name.lower() + "'" * (octave - 6)
        return accidental + name + "," * (5 - octave)


def _line(notes: Notes) -> list[tuple[int, int, int]]:
    """Onset, end and pitch of each; `ValueError` where some sound together. What overlaps a little is cut."""
    found: list[tuple[int, int, int]] = []
    for onset, duration, pitch, _ in notes.rows():
        if found and found[-1][1] > onset:
            if onset == found[-1][0] or found[-1][1] - onset > _UNIT:
                raise ValueError("ABC is written of a single line, and notes sound together: take .musicxml")
            found[-1] = found[-1][0], onset, found[-1][2]
        found.append((onset, onset + duration, pitch))
    return found


def _beats(score: Score, starts: Sequence[int], stops: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    for start, stop in zip(starts, stops, strict=True):
        yield start, stop, TICKS // 2 if _ruling(score, start).denominator >= 8 else TICKS


def _ruling(score: Score, tick: int) -> TimeSignature:
    return [sign for sign in score.time_signatures if sign.tick <= tick][-1]


def _meter(score: Score, start: int, stop: int) -> str:
    """That of a bar; of an upbeat that of the bars after it, which is what ABC writes."""
    sign = _ruling(score, start)
    if start == 0 and score.upbeat:
        sign = score.time_signatures[1]
    return f"{sign.numerator}/{sign.denominator}"


def _key(key: KeySignature) -> str:
    return key.name.replace(" major", "").replace(" minor", "m")


def _signs(key: KeySignature) -> dict[str, int]:
    """Sharps (1) and flats (-1) of a key, by letter."""
    if key.fifths >= 0:
        return dict.fromkeys("FCGDAEB"[: key.fifths], 1)
    return dict.fromkeys("BEADGCF"[: -key.fifths], -1)


def _length(ticks: int) -> str:
    """In eighths: 2, 3/2, / and so on."""
    length = Fraction(ticks, _UNIT)
    if length.denominator == 1:
        return "" if length == 1 else str(length.numerator)
    return f"{'' if length.numerator == 1 else length.numerator}/{length.denominator}"


def _is_chord(word: TimedText) -> bool:
    return word.text in NO_CHORD or is_symbol(word.text, sus=True)
