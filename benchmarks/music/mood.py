"""Whether a model's music has the mood that was asked for, as far as `linnet.describe` can tell.

    python -m benchmarks.music.mood [MODEL] [--samples 200] [--record docs/quality.json]

Points of valence and arousal are drawn evenly, a piece of 16 bars (30 seconds, where there are no bars) is
made for each, and what was asked for is correlated with what `linnet.describe` finds. Nobody listens: what a
mood asks for and what is looked for are cues of the same literature, so this shows that the cues arrive in
the music, not that people feel them. In the second row one tempo is asked for, and velocities and the touch
are made equal: what is left is what the model composes differently.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import linnet
from benchmarks import table
from linnet import shape
from linnet.controls.moods import MOODS
from linnet.music.score import Notes, Score
from linnet_train.storage import read_json, write_json

Floats = NDArray[np.float64]

SEED = 1
GOALS = {"valence": 0.5, "arousal": 0.8}
CUES = ("mode", "onsets_per_second", "mean_velocity", "mean_pitch", "articulation")

Generate = Callable[..., Score]


def generator(model: linnet.Model) -> Generate:
    """Makes a piece of the usual length; one that has no note, with the next thousand's seed."""
    length: dict[str, Any] = {"bars": 16} if model.info.time_base == "grid" else {"seconds": 30}

    def generate(seed: int, **asked: Any) -> Score:
        score = model.generate(seed=seed, **length, **asked)
        return score if len(score.notes) else generate(seed + 1000, **asked)

    return generate


def even(score: Score) -> Score:
    """All as loud as each other, and as long as the time to the next."""

    def change(notes: Notes) -> Notes:
        return Notes(notes.onset, notes.duration, notes.pitch, np.full(len(notes), 64))

    score = shape.legato(score)

    return replace(score, tracks=tuple(replace(track, notes=change(track.notes)) for track in score.tracks))


WAYS = {"as_played": "as played", "one_tempo_one_loudness": "one tempo, one loudness"}
"""What the rows of correlations are called in the table."""


def correlation(asked: Floats, found: Floats) -> tuple[float, float, float]:
    """Pearson's, with the 95 % interval of Fisher's transformation; 0 for what is always the same."""
    if not np.ptp(found):
        return 0.0, 0.0, 0.0
    r = float(np.corrcoef(asked, found)[0, 1])
    reach = 1.96 / np.sqrt(len(asked) - 3)
    return r, float(np.tanh(np.arctanh(r) - reach)), float(np.tanh(np.arctanh(r) + reach))


def asked_and_found(model: linnet.Model, samples: int) -> dict[str, Any]:
    """Correlations over the points, by how the music is looked at."""
    generate, grid = generator(model), model.info.time_base == "grid"
    points = np.random.default_rng(SEED).uniform(-1, 1, (samples, 2))
    ways: dict[str, tuple[dict[str, Any], Callable[[Score], Score]]] = {
        "as_played": ({}, lambda score: score),
        "one_tempo_one_loudness": ({"bpm": 110} if grid else {}, even),
    }
    figures: dict[str, Any] = {}
    for way, (asked, look) in ways.items():
        found = [
            linnet.describe(look(generate(seed, mood=(v, a), **asked)))
            for seed, (v, a) in enumerate(points.tolist())
        ]
        figures[way] = {
            name: correlation(points[:, i], np.array([each[name] for each in found]))
            for i, name in enumerate(GOALS)
        }
    return figures


def by_name(model: linnet.Model, samples: int) -> dict[str, dict[str, float]]:
    """What is found in pieces of each mood, on average, and in pieces without one."""
    generate = generator(model)
    figures: dict[str, dict[str, float]] = {}
    for mood in (*MOODS, None):
        found = [linnet.describe(generate(seed, mood=mood)) for seed in range(samples)]
        figures[mood or "none"] = {
            name: float(np.mean(values))
            for name in (*GOALS, *CUES)
            if (values := [each[name] for each in found if name in each])
        }
    return figures


def correlation_rows(figures: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The table of correlations."""
    yield ("looked at", *(f"{name} (to reach {goal:.1f})" for name, goal in GOALS.items()))
    for way, found in figures.items():
        yield (WAYS[way], *("{:.2f} ({:.2f} to {:.2f})".format(*found[name]) for name in GOALS))


def mood_rows(figures: dict[str, dict[str, float]]) -> Iterator[tuple[str, ...]]:
    """The table of moods."""
    yield ("mood", "asked", *GOALS, *(name.replace("_", " ") for name in CUES))
    for mood, found in figures.items():
        asked = "{:+.1f}, {:+.1f}".format(*MOODS[mood]) if mood in MOODS else ""
        signed = (f"{found[name]:+.2f}" if name in found else "" for name in (*GOALS, "mode"))
        yield (mood, asked, *signed, *(f"{found[name]:.2f}" if name in found else "" for name in CUES[1:]))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 1 where a goal is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.mood", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("model", nargs="?", default=linnet.model.DEFAULT, metavar="MODEL")
    parser.add_argument("--samples", type=int, default=200, metavar="N", help="default: %(default)s")
    parser.add_argument("--each", type=int, default=50, metavar="N", help="pieces of each mood (50)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="add the figures to this JSON file")
    args = parser.parse_args(arguments)
    if args.samples < 4 or args.each < 1:
        parser.error("--samples must be at least 4 and --each at least 1")
    model = linnet.load(args.model)
    correlations, moods = asked_and_found(model, args.samples), by_name(model, args.each)
    print("\n".join(table.markdown(list(correlation_rows(correlations)))))
    print(f"\nModel {model.info.name}, {args.samples} points.\n")
    print("\n".join(table.markdown(list(mood_rows(moods)))))
    print(f"\nMeans of {args.each} pieces.")
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        figures = {"correlations": correlations, "moods": moods, "samples": args.samples, "each": args.each}
        everything.setdefault("moods", {})[model.info.name] = figures
        write_json(args.record, everything)
    return 0 if all(correlations["as_played"][name][0] >= goal for name, goal in GOALS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
