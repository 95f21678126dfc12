"""What each shaping function moves, and what it leaves alone, on music before and after it.

    python -m benchmarks.music.shape [--pieces 40] [--bars 32] [--markdown docs/shaping.md]

The music: tunes of the packaged model from seeds 0, 1, 2 ...; first editions of Chopin (piano) and Freedoom
(bands with drums), evenly spread over their lists. Each is cropped to its first bars. Figures are means over
all pieces. What must stay is compared piece by piece: of all such figures the table names the one that
changed most for its size, with the mean of its changes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import linnet
from benchmarks import DATA, table
from linnet import shape
from linnet.music.score import Notes, Score
from linnet_train.evaluation import figures
from linnet_train.evaluation.words import words

CORPORA = ("chopin-first-editions", "freedoom")
LOW, HIGH = 48, 72

Shaping = Callable[[Score], Score]
Measure = Callable[[Score], float]
Floats = NDArray[np.float64]


# Figures that the report on composed music has no need of


def off_the_grid(score: Score) -> float:
    """Milliseconds from a note to its nearest sixteenth, on average."""
    onset, starts, sixteenth = score.notes.onset, score.bar_ticks(), score.ticks_per_beat / 4
    start = starts[np.searchsorted(starts, onset, "right") - 1]
    line = start + np.floor(np.floor((onset - start) / sixteenth + 0.5) * sixteenth + 0.5).astype(np.int64)
    return 1000 * float(np.mean(np.abs(score.seconds(onset) - score.seconds(line))))


def second_eighth(score: Score) -> float:
    """Where in the beat the second of two eighths stands, at the median: 0.5 is straight, 0.67 a triplet."""
    at = np.mod(score.notes.onset, score.ticks_per_beat) / score.ticks_per_beat
    found = at[(at >= 0.45) & (at <= 0.7)]
    return float(np.median(found)) if len(found) else np.nan


def velocity_zigzag(score: Score) -> float:
    """Steps of velocity by which a moment of a melodic track stands out from its neighbours, on average."""
    bends = [np.abs(np.diff(_loudness(t.notes), 2)) / 2 for t in score.tracks if not t.is_drum and t.notes]
    joined = np.concatenate([np.zeros(0), *bends])
    return float(joined.mean()) if len(joined) else np.nan


def velocity_spread(score: Score) -> float:
    """Standard deviation of all velocities."""
    return float(score.notes.velocity.std())


def _loudness(notes: Notes) -> Floats:
    _, first, count = np.unique(notes.onset, return_index=True, return_counts=True)
    return np.add.reduceat(notes.velocity.astype(np.float64), first) / count


def sounding_twice(score: Score) -> float:
    """Share of notes that sound on while their pitch is struck again in their track."""
    twice = 0
    for notes in (track.notes for track in score.tracks):
        order = np.lexsort((notes.onset, notes.pitch))
        again = notes.pitch[order[1:]] == notes.pitch[order[:-1]]
        twice += int((again & (notes.end[order[:-1]] > notes.onset[order[1:]])).sum())
    return twice / len(score.notes)


def longest_note(score: Score) -> float:
    """In quarters."""
    return float(score.notes.duration.max()) / score.ticks_per_beat


def out_of_range(score: Score) -> float:
    """Share of the melodic notes outside C3 to C5."""
    pitch = np.concatenate([np.zeros(0), *(t.notes.pitch for t in score.tracks if not t.is_drum)])
    return float(np.mean((pitch < LOW) | (pitch > HIGH))) if len(pitch) else np.nan


def seconds(score: Score) -> float:
    """How long it takes."""
    return score.seconds(score.end)


def tempo_spread(score: Score) -> float:
    """Slowest tempo against the fastest."""
    tempos = [change.tempo for change in score.tempos]
    return max(tempos) / min(tempos)


def last_tempo(score: Score) -> float:
    """Tempo of the last note, as a share of the first."""
    return score.tempos[0].tempo / score.tempos[-1].tempo


OWN: dict[str, Measure] = {
    "off the grid, ms": off_the_grid,
    "second eighth at": second_eighth,
    "velocity zigzag": velocity_zigzag,
    "velocity spread": velocity_spread,
    "sounding twice": sounding_twice,
    "longest_note": longest_note,
    "outside C3 to C5": out_of_range,
    "seconds": seconds,
    "slowest to fastest": tempo_spread,
    "last tempo": last_tempo,
}
MEASURES = {**figures.FIGURES, **OWN}

PITCH = ("pitch_class_entropy", "scale_consistency", "outside C3 to C5", "ends_on_tonic")
RHYTHM = ("notes_per_beat", "onset_entropy", "groove_consistency")
LENGTH = ("polyphony", "silence", "duration_entropy", "longest_note")
FORM = ("self_similarity_1_4", "self_similarity_5_8", "distinct_4", "loop_share")
TOUCH = ("velocity zigzag", "velocity spread")
PACE = ("seconds", "slowest to fastest", "last tempo")


@dataclass(frozen=True)
class Trial:
    """A function, and what is expected of it."""

    name: str
    function: Shaping
    moves: tuple[str, ...]
    stays: tuple[str, ...]
    before: Shaping = lambda score: score
    """What is done to the music first, so that there is something to mend."""

    after: Shaping = lambda score: score
    """What is done before looking at what stays: the figures count sixteenths, and have no eye for timing."""


_played = partial(shape.humanise, seed=1)
_folded = partial(shape.fold, low=LOW, high=HIGH)
TRIALS = (
    Trial(
        "quantise, humanised",
        shape.quantise,
        ("off the grid, ms",),
        (*PITCH, *PACE, *TOUCH[1:], "notes_per_beat"),
        _played,
    ),
    Trial(
        "snap, major",
        partial(shape.snap, scale="major"),
        ("scale_consistency", "pitch_class_entropy"),
        (*RHYTHM, *LENGTH, *TOUCH, *PACE, "self_similarity_1_4"),
    ),
    Trial(
        "fold, C3 to C5",
        _folded,
        ("outside C3 to C5",),
        ("pitch_class_entropy", "scale_consistency", *RHYTHM, *LENGTH, *TOUCH, *PACE),
    ),
    Trial(
        "repair, folded",
        shape.repair,
        ("sounding twice", "longest_note"),
        ("scale_consistency", "onset_entropy", "groove_consistency", "self_similarity_1_4", *PACE),
        before=_folded,
    ),
    Trial(
        "thin 0.5",
        partial(shape.thin, strength=0.5),
        ("notes_per_beat",),
        ("scale_consistency", "key_nearness", "velocity spread", *PACE),
    ),
    Trial(
        "thicken 0.5",
        partial(shape.thicken, strength=0.5),
        ("notes_per_beat",),
        ("scale_consistency", "polyphony", "silence", *PACE),
    ),
    Trial(
        "close",
        shape.close,
        ("ends_on_tonic", "ends_long"),
        ("scale_consistency", "groove_consistency", "velocity spread", *FORM),
    ),
    Trial(
        "swing 0.6",
        partial(shape.swing, strength=0.6),
        ("second eighth at",),
        (*PITCH, "notes_per_beat", "polyphony", *FORM, *TOUCH, *PACE),
        after=shape.quantise,
    ),
    Trial("legato", shape.legato, ("silence", "polyphony"), (*PITCH, *RHYTHM, *FORM, *TOUCH, *PACE)),
    Trial(
        "smooth",
        shape.smooth,
        ("velocity zigzag", "velocity spread"),
        (*PITCH, *RHYTHM, *LENGTH, *FORM, *PACE),
    ),
    Trial(
        "humanise 0.5",
        partial(shape.humanise, seed=1, strength=0.5),
        ("off the grid, ms", "velocity spread"),
        (*PITCH, *RHYTHM, *FORM, *PACE),
        after=shape.quantise,
    ),
    Trial(
        "rubato", shape.rubato, ("slowest to fastest",), (*PITCH, *RHYTHM, *LENGTH, *FORM, *TOUCH, "seconds")
    ),
    Trial(
        "ritardando", shape.ritardando, ("last tempo", "seconds"), (*PITCH, *RHYTHM, *LENGTH, *FORM, *TOUCH)
    ),
)

HEADER = ("function", "meant to move", "before", "after", "must stay", "changed most", "by")


def music(data: Path, pieces: int, bars: int) -> list[Score]:
    """The pieces, cropped."""
    model = linnet.load()
    scores = [model.generate(bars=bars, seed=seed) for seed in range(pieces)]
    for corpus in CORPORA:
        files = sorted((data / "train" / corpus).rglob("*.mid"))
        if not files:
            raise FileNotFoundError(f"no MIDI files in {data / 'train' / corpus}")
        chosen = np.linspace(0, len(files) - 1, min(pieces, len(files))).astype(int)
        found = (Score.open(files[i]) for i in chosen.tolist())
        scores += [score.slice_bars(0, min(bars, score.bars)) for score in found]
    return [score for score in scores if len(score.notes) >= figures.FEWEST_NOTES]


def rows(scores: Sequence[Score]) -> Iterator[tuple[str, ...]]:
    """A row for each figure that is meant to move."""
    for trial in TRIALS:
        first = [trial.before(score) for score in scores]
        then = [trial.function(score) for score in first]
        looked_at = [[trial.after(score) for score in some] for some in (first, then)]
        most, by = _most_changed({name: _columns(name, *looked_at) for name in trial.stays})
        rest = (f"{len(trial.stays)} figures", most, by)
        for i, name in enumerate(trial.moves):
            before, after = (_text(np.nanmean(column)) for column in _columns(name, first, then))
            yield (
                trial.name if i == 0 else "",
                words(name),
                before,
                after,
                *(rest if i == 0 else ("", "", "")),
            )


def _columns(name: str, *scores: Sequence[Score]) -> tuple[Floats, ...]:
    return tuple(np.array([MEASURES[name](score) for score in some], np.float64) for some in scores)


def _most_changed(columns: Mapping[str, tuple[Floats, ...]]) -> tuple[str, str]:
    """The figure that changed most, as a share of its mean, and the mean of its changes."""
    changes = {name: float(np.nanmean(np.abs(after - before))) for name, (before, after) in columns.items()}
    sizes = {name: max(float(np.nanmean(np.abs(before))), 1e-9) for name, (before, _) in columns.items()}
    name = max(changes, key=lambda name: changes[name] / sizes[name])
    if changes[name] <= 1e-6 * sizes[name]:  # floating point, not music
        return "none", "0"
    return words(name), f"{_text(changes[name])} of {_text(sizes[name])}"


def _text(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.shape", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--pieces", type=int, default=40, metavar="N", help="of the model and of each corpus (40)"
    )
    parser.add_argument("--bars", type=int, default=32, metavar="N", help="of each piece (32)")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="MIDI files, below DIR/train")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help=f"put the table there, below {table.BEGIN}"
    )
    args = parser.parse_args(arguments)
    scores = music(args.data, args.pieces, args.bars)
    lines = list(table.markdown([HEADER, *rows(scores)]))
    about = f"{len(scores)} pieces of up to {args.bars} bars."
    print("\n".join([*lines, "", about]))
    if args.markdown:
        table.put_into(args.markdown, "\n".join(["", *lines, "", about, ""]))


if __name__ == "__main__":
    main()
