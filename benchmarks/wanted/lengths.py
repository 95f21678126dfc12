"""Wishes about form and length: sections, cadences, seconds, scenes, loops, stems."""

# ruff: noqa: E501 - commands and figures stand in one line, as they are printed

from __future__ import annotations

import struct
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.wanted.music import end, in_bars, largest_move, line, notes_of, onsets, rests_on, top_line
from benchmarks.wanted.wish import Group, Wish, read
from linnet.music.score import Score

DOMINANT = {7, 11, 2}
"""Above the tonic: the notes of an open cadence. A closed one rests on 0."""

RATE = 44100
LOOP_POINTS = 36
"""Bytes of a `smpl` chunk before the first loop; in that, two words stand before where it begins and ends."""


def rest(score: Score, bar: int, tonic: int) -> int:
    """Semitones above the tonic of the note on which a bar comes to rest."""
    return (rests_on(score, bar) - tonic) % 12


def samples(path: Path) -> NDArray[np.int32]:
    """Frames of a WAV file of 16 bits, `(frames, channels)`."""
    with wave.open(str(path)) as sound:
        data = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.int32)
        return data.reshape(-1, sound.getnchannels())


def form(folder: Path) -> tuple[str, bool]:
    score = read(folder, "form.mid")
    starts = {line(score, bar): bar for bar in (1, 3, 7, 11, 15, 19)}
    named = [starts.get(marker.tick) for marker in score.markers]
    ends = [rest(score, 6, 7), rest(score, 10, 7)]
    again = onsets(score, 3, 5) == onsets(score, 7, 9)
    right = named == list(starts.values())
    met = right and again and ends[0] in DOMINANT and ends[1] == 0 and score.full_bars == 20
    text = (
        f"{score.full_bars} bars, {len(named)} sections {'where they' if right else 'NOT where they'} belong; A comes back "
        f"{'as it was' if again else 'OTHERWISE'}; rests {ends[0]} and {ends[1]} semitones above the tonic"
    )
    return text, met


def section(folder: Path) -> tuple[str, bool]:
    mine, score = read(folder, "tune.mid"), read(folder, "section.mid")
    first, again = in_bars(score, 3, 10), in_bars(score, 15, 22)
    given = [note[:3] for note in in_bars(mine, 1, 8)]
    kept = sum([note[:3] for note in each] == given for each in (first, again))
    return f"{score.full_bars} bars; {len(given)} notes of yours kept at {kept} of 2 places", (
        kept == 2 and score.full_bars == 22
    )


def cadence(folder: Path) -> tuple[str, bool]:
    score = read(folder, "rests.mid")
    found = rest(score, 4, 9), rest(score, 8, 9)
    text = f"bar 4 rests {found[0]}, bar 8 {found[1]} semitones above the tonic"
    return text, found[0] in {7, 10, 11, 2} and found[1] == 0


def seconds(folder: Path) -> tuple[str, bool]:
    score = read(folder, "cue.mid")
    lasts = score.seconds(end(score))
    return f"{lasts:.3f} s to the last bar line", abs(lasts - 47.5) < 0.001


def minutes(folder: Path) -> tuple[str, bool]:
    score = read(folder, "minutes.mid")
    lasts = score.seconds(end(score))
    return f"{lasts:.3f} s to the last bar line, {score.full_bars} bars", abs(lasts - 120) < 0.001


def seconds_of_sound(folder: Path) -> tuple[str, bool]:
    frames = len(samples(folder / "cue.wav"))
    return f"{frames:,} frames of {RATE:,} a second: {frames / RATE:.4f} s", frames == round(9.5 * RATE)


def slower(folder: Path) -> tuple[str, bool]:
    score = read(folder, "slower.mid")
    bpm = [tempo.bpm for tempo in score.tempos]
    falls = all(a > b for a, b in pairwise(bpm))
    text = f"{len(bpm)} tempos from {bpm[0]:.1f} to {bpm[-1]:.1f} bpm{', each slower' if falls else ''}"
    return text, falls and abs(bpm[0] - 80) < 2 and abs(bpm[-1] - 60) < 2


def scene(folder: Path) -> tuple[str, bool]:
    score = read(folder, "scene.mid")
    when = [score.seconds(marker.tick) for marker in score.markers if "joyful" in marker.text]
    hit = [n.velocity for n in score.notes if abs(score.seconds(n.onset) - 10) < 0.001]
    others = float(np.mean(score.notes.velocity))
    ends = score.seconds(end(score))
    text = (
        f"joyful at {', '.join(f'{each:.3f}' for each in when)} s; velocity of the hit {max(hit, default=0)}, "
        f"of all {others:.0f}; ends at {ends:.3f} s"
    )
    met = len(when) == 1 and abs(when[0] - 10) < 0.001 and max(hit, default=0) > others + 10
    return text, met and abs(ends - 24) < 0.001


def curve(folder: Path) -> tuple[str, bool]:
    score = read(folder, "curve.mid")
    begun = np.array([score.seconds(note.onset) for note in score.notes])
    rates = [((begun >= start) & (begun < start + 8)).sum() / 8 for start in (0, 16)]
    loud = [float(np.mean(score.notes.velocity[(begun >= start) & (begun < start + 8)])) for start in (0, 16)]
    text = (
        f"first and last 8 s: {rates[0]:.1f} and {rates[1]:.1f} notes a second, "
        f"velocity {loud[0]:.0f} and {loud[1]:.0f}"
    )
    return text, rates[1] < rates[0] and loud[1] < loud[0]


def loop(folder: Path) -> tuple[str, bool]:
    score = read(folder, "loop.mid")
    places = {marker.text: marker.tick for marker in score.markers}
    right = places == {"loopStart": 0, "loopEnd": end(score)}
    twice = score.repeat(2)
    step = largest_move(twice, (end(score),))
    rings = max(note.onset + note.duration for note in score.notes) - end(score)
    text = f"markers {'at' if right else 'NOT at'} both ends; {step} semitones over the seam; {max(rings, 0)} ticks ring over it"
    return text, right and step <= 12


def loop_points(folder: Path) -> tuple[str, bool]:
    data, frames = (folder / "loop.wav").read_bytes(), len(samples(folder / "loop.wav"))
    at = data.find(b"smpl") + 8
    begin, last = struct.unpack_from("<2I", data, at + LOOP_POINTS + 8)
    text = f"`smpl`: frames {begin} to {last:,} of {frames:,}; {frames / RATE:.3f} s"
    return text, (begin, last) == (0, frames - 1)


def stems(folder: Path) -> tuple[str, bool]:
    parts = sorted((folder / "parts").glob("*.wav"))
    sums = np.sum([samples(part) for part in parts], axis=0)
    far = int(np.abs(sums - samples(folder / "hymn.wav")).max())
    return f"{len(parts)} files, whose sum is the mix but for {far} of 32,768", len(parts) == 4 and far <= 4


def instruments(folder: Path) -> tuple[str, bool]:
    names = [track.name for track in read(folder, "strings.mid").tracks]
    programs = [track.program for track in read(folder, "strings.mid").tracks]
    return ", ".join(names), programs == [48, 48, 42, 43]


def recorded(folder: Path) -> tuple[str, bool]:
    score = read(folder, "heard.mid")
    keys = {pitch % 12 for _, pitch in top_line(score)}
    text = f"{len(notes_of(score))} notes, {score.seconds(score.end):.1f} s, {len(score.tempos)} tempos heard"
    return text, bool(keys) and 17 < score.seconds(score.end) < 23 and score.tempos[-1].bpm > 120


RECORDED = """\
import linnet
stream = linnet.load("folk").stream(seed=7, key="G major", bpm=100)
stream.record(10)
stream.wish(key="E minor", bpm=140)
stream.record(10).save("heard.mid")
"""

LENGTHS = Group(
    "Form and length",
    "guides/film.md",
    (
        Wish(
            "A form with cadences",
            'linnet generate --form "intro:2 A:4/open A:4/closed B:4 A\':4 outro:2" --key "G major" --seed 1 -o form.mid',
            form,
        ),
        Wish(
            "My own section in it",
            'linnet generate --form "intro:2 A:8 B:4 A:8" --section A=tune.mid --seed 1 -o section.mid',
            section,
        ),
        Wish(
            "A rest in bar 4, a close in bar 8",
            'linnet generate --bars 8 --cadence 4/open,8 --key "A minor" --seed 1 -o rests.mid',
            cadence,
        ),
        Wish("47.5 seconds", "linnet generate --seconds 47.5 --seed 1 -o cue.mid", seconds),
        Wish("Two minutes", "linnet generate --minutes 2 --seed 1 -o minutes.mid", minutes),
        Wish("9.5 seconds of sound", "linnet generate --seconds 9.5 --seed 1 -o cue.wav", seconds_of_sound),
        Wish("A tempo that falls", "linnet generate --bars 8 --bpm 80:60 --seed 1 -o slower.mid", slower),
        Wish(
            "A cut at ten seconds",
            "linnet generate --seconds 24 --mood sad --at 0:10 joyful+hit --seed 1 -o scene.mid",
            scene,
        ),
        Wish(
            "Calmer and calmer", "linnet generate --seconds 24 --curve mood.csv --seed 1 -o curve.mid", curve
        ),
        Wish("A loop", "linnet generate --bars 8 --loop --seed 1 -o loop.mid", loop),
        Wish("A loop for a game engine", "linnet generate --bars 4 --loop --seed 1 -o loop.wav", loop_points),
        Wish(
            "Each part as a file",
            "linnet generate chorale --bars 2 --seed 1 --stems parts/ -o hymn.wav",
            stems,
        ),
        Wish(
            "Other players",
            'linnet generate chorale --bars 2 --instruments "strings, strings, cello, double bass" --seed 1 -o strings.mid',
            instruments,
        ),
        Wish("What a stream has played", RECORDED, recorded),
    ),
)
