"""A score as MusicXML, which notation programs open; made with music21."""

from __future__ import annotations

import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any

from linnet.errors import LinnetError
from linnet.music.general_midi import PROGRAMS
from linnet.music.key import estimate_key
from linnet.music.notes import Notes
from linnet.music.rhythm import TICKS, Beats
from linnet.music.timeline import KeySignature, bar_length, rescale
from linnet.notation.words import Words
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np
from linnet.tools.text import printable

if TYPE_CHECKING:
    from linnet.music.score import Note, Score, TempoChange, Track

__all__ = ["TICKS", "dumps", "packed"]

Chord = tuple[int, int, list["Note"]]
"""Onset and end in ticks, and the notes that share them."""

VIOLA = 41
"""Its clef is that of the alto."""

_CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container><rootfiles><rootfile full-path="score.musicxml"/></rootfiles></container>
"""

Piece = tuple[int, int, list["Note"], str | None]
"""The same of a part of a chord, and how it is tied."""


def dumps(score: Score, *, title: str = "") -> bytes:
    """The piece as MusicXML: a part for each track, a voice for each line in it.

    The keys are those that the score is signed with, else one that is estimated. Drums are written as the
    keys that General MIDI gives them. Onsets and ends go to the nearest sixteenths of their beat, or to
    triplets, or to 32nds and sextuplets where those are meant; music that was played freely is best quantised
    before (`linnet.shape.quantise`). `LinnetError` without music21, `ValueError` without notes.
    """
    try:
        from music21 import metadata, stream
        from music21.musicxml.m21ToXml import GeneralObjectExporter
    except ImportError as error:
        raise LinnetError(
            "sheet music is written by music21, which is not installed: pip install 'linnet[notation]'"
        ) from error
    title = score.title or title
    score = score.resample(TICKS)
    words = Words.of(score)
    # What rings on needs bars as well, and what is tidied may end a sixteenth later.
    last = score.notes.last_end
    score = replace(score, end=max(score.end, last), source=None)
    tracks = [track for track in score.tracks if len(track.notes)]
    if not tracks:
        raise ValueError("there are no notes to write as sheet music")
    whole = stream.Score([metadata.Metadata(title=printable(title), composer=" ")])
    for number, track in enumerate(tracks, 1):
        whole.insert(0, _part(score, track, number, words))
    written: bytes = GeneralObjectExporter(whole).parse()
    return written


def packed(written: bytes) -> bytes:
    """MusicXML as MXL, the packed form of it; the same bytes every time."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("META-INF/container.xml", _CONTAINER), ("score.musicxml", written)):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _beats_a_minute(score: Score, tempo: TempoChange) -> tuple[float, float]:
    """A tempo as players read it, and of how many quarters: dotted ones in 6/8, 9/8 and 12/8, where their
    number is whole.
    """
    meters = score.time_signatures
    meter = next((each for each in reversed(meters) if each.tick <= tempo.tick), meters[0])
    dotted = round(tempo.bpm / 1.5)
    if meter.denominator == 8 and meter.numerator in (6, 9, 12) and abs(dotted * 1.5 - tempo.bpm) < 0.005:
        return dotted, 1.5
    return round(tempo.bpm, 2), 1.0


def _part(score: Score, track: Track, number: int, words: Words) -> Any:  # what music21 makes has no types
    from music21 import clef, instrument, key, meter, stream, tempo, tie

    part = stream.Part()
    part.partName = printable(track.name) or ("Drums" if track.is_drum else PROGRAMS[track.program])
    starts = score.bar_ticks().tolist()
    stops = [*starts[1:], starts[-1] + rescale(1, *bar_length(score.time_signatures[-1], TICKS))]
    signs: list[tuple[int, Any]] = []
    if number == 1:
        signs += [
            (at.tick, tempo.MetronomeMark(number=per_minute, referent=quarters))
            for at in score.tempos
            for per_minute, quarters in [_beats_a_minute(score, at)]
        ]
        signs += words.signs()
    lyrics = words.lyrics if track is words.singer else {}
    keys = _keys(score)
    if track.is_drum:
        player, sign = instrument.Percussion(), clef.PercussionClef()
        player.midiChannel, player.midiProgram = 9, 0
    else:
        player = instrument.instrumentFromMidiProgram(track.program)
        low = np.median(track.notes.pitch) < 56
        sign = clef.AltoClef() if track.program == VIOLA else clef.BassClef() if low else clef.TrebleClef()
        signs += [
            (each.tick, key.KeySignature(each.fifths).asKey("minor" if each.is_minor else "major"))
            for each in keys
        ]
    player.partId, player.instrumentId = f"P{number}", f"P{number}-I1"  # otherwise new ones each time
    part.insert(0, player)
    signs.append((0, sign))
    beats = Beats(track.notes.rows(), _beats(score, starts, stops))
    tidied = Notes.of_rows(beats.tidied(track.notes.rows()))
    voices = [_in_bars(voice, starts, stops, beats) for voice in _voices(tidied)]
    shown = ""
    for bar, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        measure = stream.Measure(number=bar + 1)
        if shown != (shown := _meter(score, start, stop)):
            measure.insert(0, meter.TimeSignature(shown))
        playing = {name: voice[bar] for name, voice in enumerate(voices, 1) if bar in voice} or {1: []}
        for name, pieces in playing.items():
            line = measure if len(playing) == 1 else stream.Voice(id=str(name))
            at = start
            for onset, end, notes, tied in [*pieces, (stop, stop, [], None)]:
                fifths = next(each.fifths for each in reversed(keys) if each.tick <= max(onset, 0))
                for length in beats.lengths(at, onset):
                    line.append(_as_divided(_sound([], length, fifths)))
                if end > onset:
                    sound = _as_divided(_sound(notes, end - onset, fifths))
                    sound.tie = tied and tie.Tie(tied)
                    if tied in (None, "start") and onset in lyrics:
                        words.sing(sound, lyrics.pop(onset))
                    line.append(sound)
                at = end
            if line is not measure:
                measure.insert(0, line)
        for tick, sign in signs:
            if start <= tick < stop:
                measure.insert(Fraction(tick - start, TICKS), sign)
        part.append(measure)
    return part


def _keys(score: Score) -> list[KeySignature]:
    """Those of the score, the first from the beginning on; else the one that its notes suggest."""
    if not score.key_signatures:
        return [KeySignature.of_key(estimate_key(score.pitched_notes) or 0)]
    return [replace(score.key_signatures[0], tick=0), *score.key_signatures[1:]]


def _beats(score: Score, starts: list[int], stops: list[int]) -> Iterator[tuple[int, int, int]]:
    """Each bar, with the ticks of what counts in it."""
    for start, stop in zip(starts, stops, strict=True):
        ruling = [sign for sign in score.time_signatures if sign.tick <= start][-1]
        yield start, stop, TICKS // 2 if ruling.denominator >= 8 else TICKS


def _meter(score: Score, start: int, stop: int) -> str:
    """The time signature of a bar; where it is cut short, that of what is left, if there is one."""
    ruling = [sign for sign in score.time_signatures if sign.tick <= start][-1]
    left = Fraction(stop - start, 4 * TICKS)
    if stop - start < rescale(1, *bar_length(ruling, TICKS)) and left.denominator.bit_count() == 1:
        return f"{left.numerator}/{left.denominator}"
    return f"{ruling.numerator}/{ruling.denominator}"


def _voices(notes: Notes) -> list[list[Chord]]:
    """As few lines as hold the notes without overlaps; notes that begin and end together are a chord."""
    together: dict[tuple[int, int], list[Note]] = {}
    for note in notes:
        together.setdefault((note.onset, note.end), []).append(note)
    voices: list[list[Chord]] = []
    for onset, end in sorted(together):
        voice = next((voice for voice in voices if voice[-1][1] <= onset), None)
        if voice is None:
            voices.append(voice := [])
        voice.append((onset, end, together[onset, end]))
    return voices


def _in_bars(voice: list[Chord], starts: list[int], stops: list[int], beats: Beats) -> dict[int, list[Piece]]:
    """What bar lines, and the lengths that notes have, make of each chord, by the number of the bar."""
    bars: dict[int, list[Piece]] = {}
    for onset, end, notes in voice:
        at = onset
        while at < end:
            bar = bisect_right(starts, at) - 1
            for length in beats.lengths(at, min(end, stops[bar])):
                begun, over = at == onset, at + length == end
                tied = (None if over else "start") if begun else "stop" if over else "continue"
                bars.setdefault(bar, []).append((at, at + length, notes, tied))
                at += length
    return bars


def _as_divided(sound: Any) -> Any:
    """Told that its length is meant: music21 would join tied notes to lengths that need nested tuplets."""
    if sound.duration.tuplets:  # asking works its parts out, which is done only once
        sound.duration.expressionIsInferred = False
    return sound


def _sound(notes: list[Note], ticks: int, fifths: int) -> Any:
    """A rest, a note or a chord of so many ticks, spelt as the key would have it."""
    from music21 import chord, note, pitch

    length = Fraction(ticks, TICKS)
    if not notes:
        return note.Rest(quarterLength=length)
    sounds = []
    for one in notes:
        # On the line of fifths, from three flats to eight sharps around a key without signs.
        sharps, letter = divmod((7 * one.pitch - fifths + 3) % 12 + fifths - 2, 7)
        spelt = pitch.Pitch("FCGDAEB"[letter], octave=(one.pitch - sharps) // 12 - 1)
        spelt.accidental = pitch.Accidental(sharps) if sharps else None
        sounds.append(note.Note(spelt, quarterLength=length))
        sounds[-1].volume.velocity = one.velocity
    return sounds[0] if len(sounds) == 1 else chord.Chord(sounds, quarterLength=length)
