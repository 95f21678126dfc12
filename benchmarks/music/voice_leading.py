"""What rules of voice leading are worth, and how often people break them.

    python -m benchmarks.music.voice_leading [MODEL] [--seeds 100] [--bars 16] [--people FOLDER ...]

Pieces of seeds 1, 2, .. at the model's own settings, under each pair of rules, by a musician's figures
(docs/musician.md); and MIDI files of people by the same, cut to as many bars, their tracks put in order from
high to low. What the core counts stands beside: parallels in 100 notes, and notes in 100 that cross another
voice or hand, both as csrc/voice_leading.h has them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import linnet
from linnet.core import Tracker
from linnet.errors import MidiError
from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.evaluation.compare import interval_of
from linnet_train.evaluation.figures import opening
from linnet_train.evaluation.musician.beside import texture
from linnet_train.evaluation.musician.reading import pitched_parts
from linnet_train.evaluation.musician.table import FIGURES, Figure
from linnet_train.storage import write_json

RULES = {
    "allowed": {"parallels": "allowed", "crossing": "allowed"},
    "parallels forbidden": {"parallels": "forbidden", "crossing": "allowed"},
    "crossing forbidden": {"parallels": "allowed", "crossing": "forbidden"},
    "both forbidden": {"parallels": "forbidden", "crossing": "forbidden"},
}

COUNTED = 1
"""See csrc/voice_leading.h."""

LEAST = 5
"""A track with fewer notes is no voice: see linnet_train.evaluation.musician.voices."""

Column = dict[str, tuple[float, float, float]]
"""Mean and 95 % interval of each figure."""


def in_order(score: Score) -> Score:
    """The pitched tracks with notes, from high to low."""
    tracks = [track for track in score.tracks if not track.is_drum and len(track.notes)]
    return replace(score, tracks=tuple(sorted(tracks, key=lambda track: -float(track.notes.pitch.mean()))))


def counted(score: Score) -> tuple[float, float]:
    """Parallels, and notes that cross another voice, in 100 notes."""
    tracker = Tracker()
    tracker.restrict(parallels=COUNTED, crossing=COUNTED)
    for token in codec.encode(score).tolist():
        tracker.advance(token)
    return 100 * tracker.parallels / len(score.notes), 100 * tracker.crossings / len(score.notes)


def beyond_what_was_struck_last(score: Score) -> float:
    """Of 100 notes those that lie beyond the last one, sounding or not, of the track above or below: a
    stricter rule than the core's, to see what people think of it.
    """
    last: list[float] = [np.inf] + [np.nan] * len(score.tracks) + [-np.inf]
    rows = [
        (onset, i, pitch)
        for i, track in enumerate(score.tracks, 1)
        for onset, _, pitch, _ in track.notes.rows()
    ]
    beyond = 0
    for _, i, pitch in sorted(rows):
        beyond += pitch > last[i - 1] or pitch < last[i + 1]
        last[i] = pitch
    return 100 * beyond / len(rows)


def column(scores: Sequence[Score], figures: Sequence[Figure], bars: int) -> Column:
    """All figures of some pieces."""
    found = {
        figure.words: np.array(
            [figure.of(score if figure.whole else opening(score, bars)) for score in scores]
        )
        for figure in figures
    }
    ordered = [in_order(opening(score, bars)) for score in scores]
    counts = np.array([counted(score) for score in ordered])
    found |= {
        "parallels counted in 100 notes": counts[:, 0],
        "crossings counted in 100 notes": counts[:, 1],
        "pieces without a crossing": (counts[:, 1] == 0).astype(np.float64),
        "beyond what was struck last, of 100 notes": np.array([*map(beyond_what_was_struck_last, ordered)]),
    }
    measured = {name: interval_of(np.mean, values) for name, values in found.items()}
    return {name: (each.value, each.low, each.high) for name, each in measured.items()}


def people(folder: Path, voices: int) -> Iterator[Score]:
    """Files in which so many tracks play; those that cannot be read are left out."""
    for path in sorted(folder.rglob("*.mid")):
        try:
            score = codec.quantise(Score.open(path))
        except (MidiError, ValueError):
            continue
        if len(score.tracks) == voices == len(pitched_parts(score, more_than=LEAST - 1)):
            yield score


def table(columns: dict[str, Column]) -> str:
    """As Markdown."""
    lines = ["| figure | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name in next(iter(columns.values())):
        cells = [
            f"{value:.2f} ({low:.2f} to {high:.2f})"
            for value, low, high in (c[name] for c in columns.values())
        ]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.voice_leading", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", nargs="?", default="chorale", help="name or file (%(default)s)")
    parser.add_argument(
        "--seeds", type=int, default=100, metavar="N", help="pieces of each kind (%(default)s)"
    )
    parser.add_argument("--bars", type=int, default=16, metavar="N", help="of each piece (%(default)s)")
    parser.add_argument(
        "--people", type=Path, nargs="+", default=[], metavar="FOLDER", help="people's MIDI files"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keeps the figures there")
    args = parser.parse_args(arguments)
    model = linnet.load(args.model)
    made = {
        name: model.generate(count=args.seeds, seed=1, bars=args.bars, **rules)
        for name, rules in RULES.items()
    }
    kind = texture(made["allowed"])
    figures = [figure for figure in FIGURES if kind in figure.textures and args.bars >= figure.bars]
    voices = 4 if kind == "voices" else 2
    for folder in args.people:
        made[f"people, {folder.name}"] = list(people(folder, voices))
        print(f"{folder}: {len(made[f'people, {folder.name}'])} pieces", file=sys.stderr)
    columns = {name: column(scores, figures, args.bars) for name, scores in made.items() if scores}
    print(table(columns))
    if args.json:
        write_json(args.json, columns)
    return 0


if __name__ == "__main__":
    sys.exit(main())
