"""Wishes about files: sheet music in and out, sound, scores that are cut and joined."""

# ruff: noqa: E501 - commands and figures stand in one line, as they are printed

from __future__ import annotations

from pathlib import Path

from benchmarks.wanted.music import end, in_bars, notes_of, symbols
from benchmarks.wanted.wish import Found, Group, Wish, read
from linnet.music.score import Score


def quarters(score: Score) -> list[tuple[float, float, int]]:
    """Onset and duration in quarter notes, and pitch."""
    beat = score.ticks_per_beat
    return [(note.onset / beat, note.duration / beat, note.pitch) for note in notes_of(score)]


def sound(name: str) -> Found:
    """A sound file that is as long as the piece and its tail."""

    def check(folder: Path) -> tuple[str, bool]:
        import soundfile

        info, tune = soundfile.info(str(folder / name)), read(folder, "tune.mid")
        lasts = tune.seconds(end(tune)) + 1.5
        text = f"{info.format}, {info.duration:.2f} s, {(folder / name).stat().st_size / 1000:.0f} kB"
        return text, abs(info.duration - lasts) < 0.1

    return check


def there_and_back(name: str) -> Found:
    """Sheet music that says what the piece says."""

    def check(folder: Path) -> tuple[str, bool]:
        tune, back = read(folder, "tune.mid"), read(folder, name)
        same = quarters(tune) == quarters(back)
        meter = back.time_signatures[0]
        word = "the same" if same else "OTHER"
        text = (
            f"opened again: {word} {len(back.notes)} notes, {meter.numerator}/{meter.denominator}, {back.key}"
        )
        return text, same and back.key == tune.key

    return check


def engraved(folder: Path) -> tuple[str, bool]:
    data = (folder / "tune.pdf").read_bytes()
    return f"PDF of {len(data) / 1000:.0f} kB", data.startswith(b"%PDF") and len(data) > 2000


def lead_sheet(folder: Path) -> tuple[str, bool]:
    score = read(folder, "lead-in.mid")
    chords = " ".join(name for _, name in symbols(score))
    text = f"{score.full_bars} bars, {len(score.notes)} notes, chords {chords}"
    return text, score.full_bars == 8 and chords == "G Em C D7 G C D7 G"


def joined(folder: Path) -> tuple[str, bool]:
    tune, song = read(folder, "tune.mid"), read(folder, "joined.mid")
    first, last = [n[:3] for n in in_bars(song, 1, 8)], [n[:3] for n in in_bars(song, 9, 12)]
    low = [(onset, duration, pitch) for onset, duration, pitch, _ in in_bars(tune, 1, 4)]
    kept = first == [n[:3] for n in in_bars(tune, 1, 8)] and last == [(a, b, c - 12) for a, b, c in low]
    lasts = song.seconds(song.end)
    text = f"{song.full_bars} bars, {lasts:.3f} s, notes {'as they were' if kept else 'CHANGED'}, {song.tracks[0].name}"
    return text, kept and song.full_bars == 12 and abs(lasts - 20) < 0.01 and song.tracks[0].program == 73


JOINED = """\
from linnet import Score
tune = Score.open("tune.mid")
song = tune + tune.slice("1-4").transpose(-12)
song.stretch(seconds=20).with_instruments("flute").save("joined.mid")
"""

FILES = Group(
    "In and out",
    "guides/scores.md",
    (
        Wish(
            "MusicXML, and back", "linnet render tune.mid -o tune.musicxml", there_and_back("tune.musicxml")
        ),
        Wish("ABC, and back", "linnet render tune.mid -o tune.abc", there_and_back("tune.abc")),
        Wish("A lead sheet as MIDI", "linnet render lead.abc -o lead-in.mid", lead_sheet),
        Wish("A page to print", "linnet render tune.mid -o tune.pdf", engraved),
        Wish("FLAC", "linnet render tune.mid -o tune.flac", sound("tune.flac")),
        Wish("OGG", "linnet render tune.mid -o tune.ogg", sound("tune.ogg")),
        Wish("MP3", "linnet render tune.mid -o tune.mp3", sound("tune.mp3")),
        Wish("Bars cut, joined, moved, fitted", JOINED, joined),
    ),
)
