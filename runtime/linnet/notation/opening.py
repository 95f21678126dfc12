"""Sheet music as a score, read by music21."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

from linnet.errors import LinnetError, NotationError, in_one_line
from linnet.music.notes import Notes, Row
from linnet.music.score import Score
from linnet.music.source import LYRIC, MARKER, Source, TimedText
from linnet.music.timeline import FINE_TICKS_PER_BEAT, KeySignature, TempoChange, TimeSignature
from linnet.music.track import Track
from linnet.notation.lyrics import with_lyrics
from linnet.tools.dataclass import dataclass, field
from linnet.tools.say import say

__all__ = ["read"]

ABC_VERSION = "%abc-2.1"
"""Of which an accidental counts up to the bar line; without a version music21 thinks that it does not."""

_TRACK_NAME = 0x03
_USUAL = 80
"""Velocity where no dynamics stand."""

_LEFT_OUT = {
    "Slur": "slur",
    "Crescendo": "hairpin",
    "Diminuendo": "hairpin",
    "Ottava": "octave line",
    "TextExpression": "text",
    "PedalMark": "pedal mark",
}
"""What music21 calls things that a score does not hold, and what people do."""

Sheet = Any  # what music21 makes has no types


def read(path: Path) -> Score:
    """The music of a file; see `linnet.notation.read`."""
    data = path.read_bytes()  # what is missing says so
    try:
        converter = import_module("music21.converter")
    except ImportError as error:
        raise LinnetError(
            "sheet music is opened by music21, which is not installed: pip install 'linnet[notation]'"
        ) from error
    is_abc = path.suffix.lower() == ".abc"
    lost: Counter[str] = Counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if is_abc:
                text = _first_tune(data, lost)
                sheet = with_lyrics(converter.parseData(text, format="abc"), text, lost)
            else:
                sheet = converter.parse(str(path), format="musicxml", forceSource=True)
            return _score(sheet, path.name, lost)
    except (LinnetError, MemoryError):
        raise
    except Exception as error:  # music21 raises whatever a file brings it to
        raise NotationError(
            f"{path}: no {'ABC' if is_abc else 'MusicXML'} that can be read: {in_one_line(error)[:200]}"
        ) from error


def _first_tune(data: bytes, lost: Counter[str]) -> str:
    """The text of the first tune of a collection."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    tunes = ("\n" + text.replace("\r\n", "\n").replace("\r", "\n")).split("\nX:")
    if len(tunes) < 2:
        raise ValueError("a tune begins with a line such as X:1")
    lost["other tune"] += len(tunes) - 2
    return f"{ABC_VERSION}\nX:{tunes[1]}"


@dataclass
class _Found:
    """What there is beside the notes."""

    tempos: list[TempoChange] = field(default_factory=list)
    keys: list[KeySignature] = field(default_factory=list)
    chords: list[TimedText] = field(default_factory=list)
    marks: list[TimedText] = field(default_factory=list)
    lyrics: list[TimedText] = field(default_factory=list)


def _score(sheet: Sheet, name: str, lost: Counter[str]) -> Score:
    if hasattr(sheet, "scores"):  # several pieces in one file
        lost["other piece"] += len(sheet.scores) - 1
        sheet = sheet.scores[0]
    if sheet.recurse().getElementsByClass(("Repeat", "RepeatMark", "RepeatBracket")):
        try:
            sheet = sheet.expandRepeats()
        except Exception:  # repeats that lead nowhere
            lost["repeat that cannot be followed"] += 1
    if sheet.recurse().getElementsByClass("Instrument"):
        sheet = sheet.toSoundingPitch() or sheet
    parts = list(sheet.parts) or [sheet]
    found, tracks = _Found(), []
    for part in parts:
        flat = part.flatten()
        _collect(flat, found, first=part is parts[0])
        tracks.append(_track(part, flat, found, lost))
        lost.update(_LEFT_OUT[what] for each in part.recurse() if (what := type(each).__name__) in _LEFT_OUT)
    lost.update(_LEFT_OUT[what] for each in sheet.spanners if (what := type(each).__name__) in _LEFT_OUT)
    meters, end = _meters(parts[0])
    if not any(len(track.notes) for track in tracks):
        raise ValueError("it has no notes")
    texts = {MARKER: _in_time(found.chords + found.marks), LYRIC: _in_time(found.lyrics)}
    title = sheet.metadata.bestTitle if sheet.metadata else None
    end = max(end, max(track.notes.last_end for track in tracks))
    source = Source.empty(end)
    if title:
        source = source.with_words([TimedText(0, title)], _TRACK_NAME)
    for kind, words in texts.items():
        source = source.with_words(words, kind) if words else source
    if sum(lost.values()):
        things = ", ".join(f"{n} {what}{'s' * (n > 1)}" for what, n in sorted(lost.items()) if n)
        say(f"{name}: left out is what a score does not hold: {things}")
    return Score(
        FINE_TICKS_PER_BEAT,
        tuple(tracks),
        tuple(found.tempos),
        meters,
        end=end,
        key_signatures=tuple(found.keys),
        source=source if len(source.ticks) else None,
    )


def _in_time(words: list[TimedText]) -> list[TimedText]:
    return sorted(dict.fromkeys(words), key=lambda word: word.tick)


def _tick(quarters: Any) -> int:  # music21 has floats and fractions
    return round(Fraction(quarters) * FINE_TICKS_PER_BEAT)


# ---- notes


def _track(part: Sheet, flat: Sheet, found: _Found, lost: Counter[str]) -> Track:
    player = next(iter(part.recurse().getElementsByClass("Instrument")), None)
    program = getattr(player, "midiProgram", None)
    kinds = getattr(player, "classes", ())
    drum = getattr(player, "midiChannel", None) == 9 or "UnpitchedPercussion" in kinds
    drum = drum or bool(part.recurse().getElementsByClass("PercussionClef"))
    loud = sorted(
        (_tick(each.offset), each.volumeScalar) for each in flat.getElementsByClass("Dynamic")
        if each.volumeScalar is not None
    )  # fmt: skip
    rows: list[Row] = []
    tied: dict[tuple[int, int], int] = {}  # end and pitch of what is tied on, and which row it is
    for sound in flat.notes:
        if "Harmony" in sound.classes:
            continue
        if sound.duration.isGrace:
            lost["grace note"] += 1
            continue
        lost["articulation"] += len(sound.articulations)
        lost["ornament or pause"] += len(sound.expressions)
        onset, end = _tick(sound.offset), _tick(sound.offset + sound.quarterLength)
        if end <= onset:
            lost["note without length"] += 1
            continue
        usual = round(127 * next((level for tick, level in reversed(loud) if tick <= onset), _USUAL / 127))
        _sing(sound, onset, found, lost)
        for one in getattr(sound, "notes", (sound,)):
            drum = drum or "Unpitched" in one.classes
            pitch, tie = _pitch(one), one.tie and one.tie.type
            velocity = one.volume.velocity or usual
            number = tied.pop((onset, pitch), None) if tie in ("stop", "continue") else None
            if number is None:
                number = len(rows)
                rows.append((onset, end - onset, pitch, min(max(velocity, 1), 127)))
            else:
                begin, _, _, before = rows[number]
                rows[number] = begin, end - begin, pitch, before
            if tie in ("start", "continue"):
                tied[end, pitch] = number
    name = (part.partName or getattr(player, "partName", None) or "").strip()
    return Track(Notes.of_rows(rows), 0 if drum else (program or 0), drum, name)


def _pitch(one: Sheet) -> int:
    """Also of what stands on a line for drums: the drum that the file names, else the line's own pitch."""
    if hasattr(one, "pitch"):
        return int(one.pitch.midi)
    drum = getattr(one.storedInstrument, "percMapPitch", None)
    return int(drum or one.displayPitch().midi)


def _sing(sound: Sheet, onset: int, found: _Found, lost: Counter[str]) -> None:
    """The first verse; syllables that go on end with a hyphen, as in MIDI files."""
    for lyric in sound.lyrics:
        if lyric.number > 1:
            lost["syllable of other verses"] += 1
        elif lyric.text:
            goes_on = "-" * (lyric.syllabic in ("begin", "middle"))
            found.lyrics.append(TimedText(onset, lyric.text.strip() + goes_on))


# ---- the rest


def _collect(flat: Sheet, found: _Found, *, first: bool) -> None:
    for mark in flat.getElementsByClass("MetronomeMark"):
        bpm = mark.getQuarterBPM()
        if bpm and 4 <= bpm <= 10_000:
            found.tempos.append(TempoChange.at_bpm(_tick(mark.offset), bpm))
    for chord in flat.getElementsByClass("Harmony"):
        found.chords.append(TimedText(_tick(chord.offset), _symbol(chord)))
    for mark in flat.getElementsByClass("RehearsalMark"):
        found.marks.append(TimedText(_tick(mark.offset), str(mark.content)))
    if first:
        for sign in flat.getElementsByClass("KeySignature"):
            if -7 <= (sign.sharps or 0) <= 7:
                minor = getattr(sign, "mode", None) == "minor"
                found.keys.append(KeySignature(_tick(sign.offset), sign.sharps or 0, minor))


def _symbol(chord: Sheet) -> str:
    """As lead sheets have it, with b for a flat; `N.C.` for none."""
    if "NoChord" in chord.classes:
        return "N.C."
    figure = str(chord.figure)
    root = chord.root()
    written = root.name if figure.startswith(root.name) else figure[:1]
    bass = figure.rpartition("/")[2] if "/" in figure else ""
    kind = figure[len(written) : len(figure) - len(bass)]
    return (written.replace("-", "b") + kind + bass.replace("-", "b")).replace(" ", "")


def _meters(part: Sheet) -> tuple[tuple[TimeSignature, ...], int]:
    """The time signatures, also for bars that are shorter than theirs, and where the last bar ends."""
    found: list[TimeSignature] = []
    ruling = TimeSignature(0, 4, 4)
    bars = list(_bars(part))
    for begin, end, written in bars:
        ruling = written or ruling
        usual = Fraction(4 * FINE_TICKS_PER_BEAT * ruling.numerator, ruling.denominator)
        length = Fraction(end - begin, 4 * FINE_TICKS_PER_BEAT)
        sign = ruling
        if end - begin != usual and length.denominator.bit_count() == 1 and length.denominator <= 128:
            sign = TimeSignature(0, length.numerator, max(length.denominator, 4 if begin else 1))
            factor = sign.denominator // length.denominator
            sign = TimeSignature(0, length.numerator * factor, sign.denominator)
        found.append(TimeSignature(begin, sign.numerator, sign.denominator))
    end = bars[-1][1] if bars else _tick(part.highestTime)
    return tuple(found), end


def _bars(part: Sheet) -> Iterator[tuple[int, int, TimeSignature | None]]:
    """Where each bar begins and ends, with the time signature in it. Two that fill up one are one bar."""
    measures = list(part.getElementsByClass("Measure"))
    starts = [_tick(measure.offset) for measure in measures]
    last = _tick(part.highestTime)
    waiting: tuple[int, TimeSignature | None] | None = None
    usual, meter = 4 * FINE_TICKS_PER_BEAT, TimeSignature(0, 4, 4)
    for number, measure in enumerate(measures):
        begin = starts[number]
        end = starts[number + 1] if number + 1 < len(measures) else max(last, begin)
        sign = next(iter(measure.getElementsByClass("TimeSignature")), None)
        written = None if sign is None else TimeSignature(0, sign.numerator, sign.denominator)
        before = meter
        if written is not None:
            meter = written
            usual = _tick(Fraction(4 * written.numerator, written.denominator))
        if end <= begin:
            continue
        if number + 1 == len(measures) and end - begin < usual and measure.paddingLeft == 0 and not waiting:
            short = measure.paddingRight or number == 0
            end = end if short else begin + usual
        if waiting is not None:
            if meter == before and end - waiting[0] == usual:
                yield waiting[0], end, waiting[1]
                waiting = None
                continue
            yield waiting[0], begin, waiting[1]
            waiting = None
        if begin > 0 and end - begin < usual and number + 1 < len(measures):
            waiting = begin, written
            continue
        yield begin, end, written
    if waiting is not None:
        yield waiting[0], last, waiting[1]
