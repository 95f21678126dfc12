"""Wishes of teachers, and of those whose listeners should not be startled: rules that are never broken."""

# ruff: noqa: E501 - commands and figures stand in one line, as they are printed

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np

import linnet
from benchmarks.wanted.music import in_bars, intervals, moves, notes_of, onsets, rests_in
from benchmarks.wanted.wish import Group, Wish, read
from linnet.core import runs_of
from linnet.tokens import codec
from linnet.tokens.codec import quantise

OF_A_MINOR = {9, 11, 0, 2, 4, 5, 7}
LEVEL_TWO = 5
"""Semitones of the largest interval of that level."""


def lengths(score_durations: set[int], beat: int) -> str:
    """Durations as shares of a whole note."""
    return ", ".join(f"{each / beat:g}" for each in sorted(score_durations))


def values(folder: Path) -> tuple[str, bool]:
    score = read(folder, "values.mid")
    found = {note.duration for note in score.notes}
    beat = score.ticks_per_beat
    return f"{len(score.notes)} notes, lengths {lengths(found, beat)} quarters", found <= {
        beat // 2,
        beat,
        beat * 3 // 2,
    }


def steps(folder: Path) -> tuple[str, bool]:
    score = read(folder, "steps.mid")
    largest = max(map(abs, intervals(score)))
    made = moves(score)
    share = sum(step <= 2 for step in made) / len(made)
    return (
        f"largest interval {largest}; {share:.0%} of {len(made)} moves are steps",
        largest <= 7 and share >= 0.6,
    )


def no_rest(folder: Path) -> tuple[str, bool]:
    silent = rests_in(read(folder, "breathless.mid").tracks[0])
    return f"{silent} ticks of silence between notes", silent == 0


def white(folder: Path) -> tuple[str, bool]:
    notes = notes_of(read(folder, "white.mid"))
    foreign = sum(note.pitch % 12 not in OF_A_MINOR for note in notes)
    return f"{foreign} of {len(notes)} notes outside the key signature", foreign == 0


def hands(folder: Path) -> tuple[str, bool]:
    right, left = ({note.onset for note in track.notes} for track in read(folder, "hands.mid").tracks)
    return f"{len(right & left)} onsets in both hands, {len(right ^ left)} in one", right == left


def echo(folder: Path) -> tuple[str, bool]:
    score = read(folder, "echo.mid")
    calls = [(onsets(score, bar, bar + 1), onsets(score, bar + 2, bar + 3)) for bar in (1, 5)]
    calls[1] = (onsets(score, 5, 5), onsets(score, 7, 7))  # the last bar is free
    same = sum(a == b for a, b in calls)
    new = sum(in_bars(score, bar, bar + 1) != in_bars(score, bar + 2, bar + 3) for bar in (1, 5))
    return f"{same} of 2 answers in the rhythm of their calls, {new} with other notes", same == 2 and new > 0


def clap(folder: Path) -> tuple[str, bool]:
    notes = notes_of(read(folder, "clap.mid"))
    pitches = {note.pitch for note in notes}
    return f"{len(notes)} notes, {len(pitches)} pitch", len(pitches) == 1


def sheet(folder: Path) -> tuple[str, bool]:
    pdf = (folder / "exercises.pdf").read_bytes()
    tunes = [read(folder, f"week/{number}.mid") for number in range(1, 4)]
    largest = max(abs(step) for tune in tunes for step in intervals(tune))
    tonic = sum(notes_of(tune)[-1].pitch % 12 == 5 for tune in tunes)
    different = len({tuple(in_bars(tune, 1, 8)) for tune in tunes})
    text = f"PDF of {len(pdf) / 1000:.0f} kB; {different} different tunes, {tonic} close on F; largest interval {largest}"
    return text, pdf.startswith(b"%PDF") and different == tonic == 3 and largest <= LEVEL_TWO


def gentle(folder: Path) -> tuple[str, bool]:
    score = read(folder, "gentle.mid")
    loud = score.notes.velocity
    bars = [[v for *_, v in in_bars(score, bar, bar)] for bar in range(1, score.full_bars + 1)]
    change = max(max(a + b) - min(a + b) for a, b in pairwise(bar for bar in bars if bar))
    text = f"velocities {loud.min()} to {loud.max()}; at most {change} apart in two bars"
    return text, loud.min() >= 40 and loud.max() <= 70 and change <= 6


def sparse(folder: Path) -> tuple[str, bool]:
    score = read(folder, "sparse.mid")
    counts = [len(in_bars(score, bar, bar)) for bar in range(1, score.full_bars + 1)]
    pitches = score.notes.pitch
    text = f"at most {max(counts)} notes a bar; pitches {pitches.min()} to {pitches.max()}"
    return text, max(counts) <= 4 and pitches.min() >= 60 and pitches.max() <= 72


def fade(folder: Path) -> tuple[str, bool]:
    score = read(folder, "fade.mid")
    bars = [[v for *_, v in in_bars(score, bar, bar)] for bar in range(5, score.full_bars + 1)]
    loud = [sum(bar) / len(bar) for bar in bars if bar]
    falls = all(a > b for a, b in pairwise(loud))
    return "mean velocity of the last bars " + ", ".join(f"{each:.0f}" for each in loud), falls and loud[
        -1
    ] < 40


def logged(folder: Path) -> tuple[str, bool]:
    found = [json.loads(each) for each in (folder / "session.jsonl").read_text("utf-8").splitlines()]
    notes = len(read(folder, "session.mid").notes)
    text = f"{len(found)} line: when, {found[0]['model']}, what was asked for, {found[0]['notes']} notes"
    return text, len(found) == 1 and found[0]["notes"] == notes and found[0]["asked"]["seed"] == 1


def nobodys(folder: Path) -> tuple[str, bool]:
    known = linnet.load("folk").info.original
    assert known is not None
    tokens = codec.encode(quantise(read(folder, "own.mid"), "grid"))
    hashes, slots = np.zeros(len(tokens), np.uint64), np.zeros(len(tokens), np.uint8)
    count = runs_of(tokens, pairs=known.pairs, hashes=hashes, slots=slots)
    longest = run = 0
    for each in hashes[:count]:
        run = run + 1 if each and known.runs.count(np.array([each])) else 0
        longest = max(longest, run)
    text = f"no run of more than {known.notes} notes stands in its training music: of {count} runs at most {longest} in a row are in the filter"
    return text, longest < known.window


RULES = Group(
    "Rules for teachers",
    "guides/teach.md",
    (
        Wish(
            "Only these note values",
            "linnet generate --rhythm 1/4,1/8,1/4. --bars 8 --seed 1 -o values.mid",
            values,
        ),
        Wish(
            "Small intervals, mostly steps",
            "linnet generate --leap 7 --step-share 0.6 --bars 8 --seed 1 -o steps.mid",
            steps,
        ),
        Wish("No rests", "linnet generate --rest none --bars 8 --seed 1 -o breathless.mid", no_rest),
        Wish(
            "No accidentals",
            'linnet generate --accidentals none --key "A minor" --bars 8 --seed 1 -o white.mid',
            white,
        ),
        Wish(
            "Both hands together",
            "linnet generate piano --hands together --time-signature 4/4 --bars 2 --seed 1 -o hands.mid",
            hands,
        ),
        Wish(
            "Call and response",
            "linnet generate --call-and-response --time-signature 4/4 --bars 8 --seed 1 -o echo.mid",
            echo,
        ),
        Wish(
            "A rhythm to clap",
            "linnet generate --rhythm-only --time-signature 4/4 --bars 8 --seed 1 -o clap.mid",
            clap,
        ),
        Wish(
            "A sheet of exercises",
            "linnet practice --level 2 --instrument recorder --key F --count 3 --seed 1 -o exercises.pdf --midi week/",
            sheet,
        ),
    ),
)

OWN = Group(
    "Nobody's copy",
    "how/original.md",
    (Wish("Nothing by heart", "linnet generate --temperature 0.7 --bars 32 --seed 1 -o own.mid", nobodys),),
)

CARE = Group(
    "Care",
    "guides/care.md",
    (
        Wish(
            "Never loud, never sudden",
            "linnet generate --loudness 40 70 --loudness-change 6 --bars 8 --seed 1 -o gentle.mid",
            gentle,
        ),
        Wish(
            "Few notes, in one octave",
            "linnet generate --most-notes 4 --range C4 C5 --bars 8 --seed 1 -o sparse.mid",
            sparse,
        ),
        Wish("An end that fades", "linnet generate --fade 4 --bars 8 --seed 1 -o fade.mid", fade),
        Wish(
            "A log of what was played",
            "linnet generate --bars 4 --seed 1 -o session.mid --log session.jsonl",
            logged,
        ),
    ),
)
