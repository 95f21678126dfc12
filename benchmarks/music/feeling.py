"""What `linnet.describe` goes by: the scale of its cues, and whether it hears what is done to music.

    python -m benchmarks.music.feeling [--pieces 100] [--record docs/quality.json]
    python -m benchmarks.music.feeling --scale            the numbers in runtime/linnet/music/feeling.py

The scale: mean and standard deviation of each cue over the corpora, each corpus as important as any other;
velocities of those pieces that have dynamics. The hearing: pieces, evenly spread over the corpora, as they
are and with one thing changed, and for how many of them valence or arousal goes the way that listeners
report. No listener takes part: it shows that the cues are found in real music, not that they are the right
ones. Last, how well the mode tells major from minor where titles or headers name the key.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

import linnet
from benchmarks import DATA, table
from linnet import shape
from linnet.music import feeling
from linnet.music.key import estimate_key
from linnet.music.score import Notes, Score
from linnet_train.storage import read_json, write_json

FEWEST_NOTES = 30
PER_CORPUS = 80
FEWEST_PIECES = 10
DYNAMIC = 12
"""Standard deviation of velocities from which on somebody must have meant them."""

Change = Callable[[Score], Score]


def corpora(data: Path) -> list[list[Path]]:
    """The MIDI files of each corpus."""
    folders = (folder for folder in sorted((data / "train").iterdir()) if folder.is_dir())
    found = [sorted(folder.rglob("*.mid")) for folder in folders]
    found = [files for files in found if files]
    if not found:
        raise FileNotFoundError(f"no MIDI files below {data / 'train'}")
    return found


def pieces(files: Sequence[Path], count: int) -> Iterator[Score]:
    """So many, evenly spread over the list, without those that are hardly music."""
    for i in np.linspace(0, len(files) - 1, min(count, len(files))).astype(int).tolist():
        score = Score.open(files[i])
        if len(score.notes) >= FEWEST_NOTES:
            yield score


def scale(data: Path) -> Iterator[tuple[str, ...]]:
    """Middle and spread of each cue."""
    found = [[feeling.cues(score) for score in pieces(files, PER_CORPUS)] for files in corpora(data)]
    for name in feeling.CUES:
        least = DYNAMIC if name == "mean_velocity" else 0
        columns = [
            np.array(
                [
                    feeling.place(name, cues[name])
                    for cues in corpus
                    if name in cues and cues["velocity_spread"] >= least
                ]
            )
            for corpus in found
        ]
        columns = [column for column in columns if len(column) >= FEWEST_PIECES]
        middle = float(np.mean([column.mean() for column in columns]))
        spread = float(np.sqrt(np.mean([np.mean((column - middle) ** 2) for column in columns])))
        yield (name, f"{middle:.2f}", f"{spread:.2f}", str(len(columns)), str(sum(map(len, columns))))


# What is done to the music


def of_notes(change: Callable[[Notes], Notes], score: Score) -> Score:
    """Changes the notes of all tracks but drums."""
    tracks = (t if t.is_drum else replace(t, notes=change(t.notes)) for t in score.tracks)
    return replace(score, tracks=tuple(tracks))


def to_mode(mode: Literal["major", "minor"], score: Score) -> Score:
    """To the parallel key, third, sixth and seventh moved; ValueError for a piece that is in that mode."""
    key = estimate_key(score.pitched_notes)
    if key is None or (key < 12) == (mode == "major"):
        raise ValueError("nothing to change")
    degrees = {4: -1, 9: -1, 11: -1} if mode == "minor" else {3: 1, 8: 1, 10: 1}
    moves = np.array([degrees.get((pitch - key) % 12, 0) for pitch in range(12)])

    def change(notes: Notes) -> Notes:
        pitch = notes.pitch.astype(np.int64)
        return Notes(notes.onset, notes.duration, pitch + moves[pitch % 12], notes.velocity)

    return of_notes(change, score)


def tempo(factor: float, score: Score) -> Score:
    """So many times as fast."""
    tempos = tuple(replace(change, tempo=round(change.tempo / factor)) for change in score.tempos)
    return replace(score, tempos=tempos)


def _louder(by: int, notes: Notes) -> Notes:
    velocity = np.clip(notes.velocity.astype(np.int64) + by, 1, 127)
    return Notes(notes.onset, notes.duration, notes.pitch, velocity)


def _shorter(notes: Notes) -> Notes:
    return Notes(notes.onset, np.maximum(notes.duration // 2, 1), notes.pitch, notes.velocity)


def wrong_notes(score: Score) -> Score:
    """Every fifth note a semitone up."""

    def change(notes: Notes) -> Notes:
        pitch = notes.pitch.astype(np.int64) + (np.arange(len(notes)) % 5 == 4)
        return Notes(notes.onset, notes.duration, np.minimum(pitch, 127), notes.velocity)

    return of_notes(change, score)


@dataclass(frozen=True)
class Trial:
    """A change, and where listeners say that it leads: `which` up or down."""

    name: str
    change: Change
    which: Literal["valence", "arousal"]
    up: bool


TRIALS = (
    Trial("major to parallel minor", partial(to_mode, "minor"), "valence", False),
    Trial("minor to parallel major", partial(to_mode, "major"), "valence", True),
    Trial("an octave up", lambda score: score.transpose(12), "valence", True),
    Trial("an octave down", lambda score: score.transpose(-12), "valence", False),
    Trial("every fifth note a semitone off", wrong_notes, "valence", False),
    Trial("tempo x 1.5", partial(tempo, 1.5), "arousal", True),
    Trial("tempo x 0.67", partial(tempo, 1 / 1.5), "arousal", False),
    Trial("velocity + 24", partial(of_notes, partial(_louder, 24)), "arousal", True),
    Trial("velocity - 24", partial(of_notes, partial(_louder, -24)), "arousal", False),
    Trial("notes half as long", partial(of_notes, _shorter), "arousal", True),
    Trial("shape.legato", shape.legato, "arousal", False),
    Trial("shape.thin 0.5", partial(shape.thin, strength=0.5), "arousal", False),
    Trial("shape.thicken 0.5", partial(shape.thicken, strength=0.5), "arousal", True),
)

SCALE_HEADER = ("cue", "middle", "spread", "corpora", "pieces")
MODE_HEADER = {
    "in_major": "in major",
    "in_minor": "in minor",
    "major_above_minor_auc": "major above minor (AUC)",
    "right_sign": "right sign",
}
HEADER = {
    "change": "change",
    "meant_to_move": "meant to move",
    "pieces": "pieces",
    "valence_by": "valence by",
    "arousal_by": "arousal by",
    "right_way": "right way",
}
"""Keys of the columns, and what they are called in the table."""


def rows(scores: Sequence[Score]) -> Iterator[tuple[str, ...]]:
    """A row for each change."""
    before = [linnet.describe(score) for score in scores]
    for trial in TRIALS:
        moved: list[tuple[float, float]] = []
        for score, first in zip(scores, before, strict=True):
            try:
                after = linnet.describe(trial.change(score))
            except ValueError:  # nothing to change, or out of MIDI's range
                continue
            moved.append((after["valence"] - first["valence"], after["arousal"] - first["arousal"]))
        if not moved:
            continue
        by = np.array(moved)
        right = by[:, int(trial.which == "arousal")] * (1 if trial.up else -1) > 0
        yield (
            trial.name,
            f"{trial.which} {'up' if trial.up else 'down'}",
            str(len(by)),
            *(f"{mean:+.2f}" for mean in by.mean(axis=0)),
            f"{right.mean():.2f}",
        )


def told_mode(entry: Mapping[str, Any]) -> Literal["major", "minor"] | None:
    """What the title of a piece, or its header in ABC, says of its mode."""
    title, header = entry.get("title") or "", (entry.get("key") or "").split("%")[0].strip()
    words = re.findall(r"\w+", title.lower())
    found = {"major", "minor", "dur", "moll"} & set(words)
    if found <= {"major", "dur"} and found:
        return "major"
    if found <= {"minor", "moll"} and found:
        return "minor"
    abc = re.fullmatch(r"[A-G][#b]?\s*(m|min|minor|maj|major)?", header, re.IGNORECASE) if not found else None
    return None if abc is None else "minor" if re.match("m(in|$)", abc[1] or "", re.IGNORECASE) else "major"


def modes(data: Path, most: int = 60) -> Iterator[tuple[str, ...]]:
    """How often a piece in major has a higher mode than one in minor, among those whose key is told."""
    margins: dict[str, list[float]] = {"major": [], "minor": []}
    for index in sorted((data / "train").glob("*/index.json")):
        told: dict[str, list[Path]] = {"major": [], "minor": []}
        for entry in json.loads(index.read_text(encoding="utf-8")):
            if mode := told_mode(entry):
                told[mode].append(index.parent / entry["file"])
        for mode, files in told.items():
            margins[mode] += [feeling.cues(score)["mode"] for score in pieces(files, most)]
    major, minor = (np.array(margins[mode]) for mode in ("major", "minor"))
    higher = float(np.mean(major[:, None] > minor[None, :]))
    right = (np.mean(major > 0) + np.mean(minor < 0)) / 2
    yield (str(len(major)), str(len(minor)), f"{higher:.2f}", f"{right:.2f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.feeling", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--scale", action="store_true", help="measure the cues' scale instead")
    parser.add_argument("--pieces", type=int, default=100, metavar="N", help="default: %(default)s")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="MIDI files, below DIR/train")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON file that keeps the table")
    args = parser.parse_args(arguments)
    if args.scale:
        print("\n".join(table.markdown([SCALE_HEADER, *scale(args.data)])))
        return 0
    each = [list(pieces(files, PER_CORPUS)) for files in corpora(args.data)]
    scores = [score for some in each for score in some if len(score.pitched_notes)]
    chosen = np.linspace(0, len(scores) - 1, min(args.pieces, len(scores))).astype(int).tolist()
    tables = {
        "changes": (HEADER, list(rows([scores[i] for i in chosen]))),
        "modes": (MODE_HEADER, list(modes(args.data))),
    }
    found = (table.markdown([tuple(header.values()), *body]) for header, body in tables.values())
    print("\n\n".join("\n".join(lines) for lines in found))
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        everything["feeling"] = {
            name: [dict(zip(header, row, strict=True)) for row in body]
            for name, (header, body) in tables.items()
        }
        write_json(args.record, everything)
    return 0


if __name__ == "__main__":
    sys.exit(main())
