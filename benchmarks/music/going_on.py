"""What of a tune goes on when a model goes on from it, beside what people keep in their own next bars?

    python -m benchmarks.music.going_on folk folk.corpus [--pieces 60] [--bars 8] [--record docs/quality.json]

The first bars of held-out pieces are the primer; the model's next bars, unselected, stand beside the bars
that followed in the piece. `--form ''` leaves out the plan.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import linnet
from linnet.music.key import estimate_key
from linnet.music.score import Score
from linnet.tokens import codec
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation import compare
from linnet_train.storage import read_json, write_json

Figure = Callable[[Score, Score], float]
Run = tuple[tuple[int, int], ...]


def top_line(score: Score) -> tuple[np.ndarray, np.ndarray]:
    """Onsets and pitches of the highest note at each onset of the pitched tracks."""
    notes = score.pitched_notes
    order = np.lexsort((-notes.pitch.astype(int), notes.onset))
    onset, pitch = notes.onset[order], notes.pitch[order].astype(int)
    first = np.append(True, np.diff(onset) > 0) if len(onset) else np.zeros(0, bool)
    return onset[first], pitch[first]


def motifs(score: Score) -> list[Run]:
    """Runs of three (interval, gap) of the top line."""
    onset, pitch = top_line(score.resample(24))
    steps = list(zip(np.diff(pitch).tolist(), np.diff(onset).tolist(), strict=True))
    return [tuple(steps[i : i + 3]) for i in range(len(steps) - 2)]


def shared_motifs(primer: Score, new: Score) -> float:
    """Share of the new part's runs that stand in the primer."""
    known, runs = set(motifs(primer)), motifs(new)
    return float(np.mean([run in known for run in runs])) if runs else np.nan


def same_key(primer: Score, new: Score) -> float:
    """Whether the same key is found in both."""
    a, b = estimate_key(primer.pitched_notes), estimate_key(new.pitched_notes)
    return np.nan if a is None or b is None else float(a == b)


def in_scale(primer: Score, new: Score) -> float:
    """Share of the new notes whose pitch class the primer has."""
    known = set((primer.pitched_notes.pitch % 12).tolist())
    notes = new.pitched_notes
    return float(np.mean([pitch % 12 in known for pitch in notes.pitch.tolist()])) if len(notes) else np.nan


def ends_on_tonic(primer: Score, new: Score) -> float:
    """Whether the lowest note that sounds at the last onset is the tonic that is found in the primer."""
    key, notes = estimate_key(primer.pitched_notes), new.pitched_notes
    if key is None or not len(notes):
        return np.nan
    last = notes.onset.max()
    return float(notes.pitch[(notes.onset <= last) & (notes.end > last)].min() % 12 == key % 12)


def _ratio(value: Callable[[Score], float]) -> Figure:
    """How far apart two values are, as a factor from 1 on."""

    def figure(primer: Score, new: Score) -> float:
        a, b = value(primer), value(new)
        return max(a / b, b / a) if a > 0 and b > 0 else np.nan

    return figure


def _apart(value: Callable[[Score], float]) -> Figure:
    return lambda primer, new: abs(value(new) - value(primer))


FIGURES: dict[str, Figure] = {
    "motifs of the primer": shared_motifs,
    "same key": same_key,
    "notes of the primer's scale": in_scale,
    "ends on the primer's tonic": ends_on_tonic,
    "notes a bar, factor": _ratio(lambda score: len(score.notes) / score.full_bars),
    "mean pitch, semitones apart": _apart(
        lambda score: float(score.pitched_notes.pitch.mean()) if len(score.pitched_notes) else np.nan
    ),
    "mean velocity, apart": _apart(lambda score: float(score.notes.velocity.mean())),
    "same programs": lambda primer, new: float(_programs(new) <= _programs(primer)),
    "same meter": lambda primer, new: float(_meter(new, 0) == _meter(primer, -1)),
    "tempo, factor": lambda primer, new: max(
        new.tempos[0].tempo / primer.tempos[-1].tempo, primer.tempos[-1].tempo / new.tempos[0].tempo
    ),
}


def _programs(score: Score) -> set[int]:
    return {-1 if track.is_drum else track.program for track in score.tracks if len(track.notes)}


def _meter(score: Score, which: int) -> tuple[int, int]:
    signature = score.time_signatures[which]
    return signature.numerator, signature.denominator


def primers(corpus: Corpus, bars: int, most: int) -> list[tuple[Score, Score]]:
    """The first bars of held-out pieces, and the bars that follow."""
    found = []
    for split in ("test", "valid"):
        for piece in corpus.pieces(split):  # type: ignore[arg-type]  # two of its literals
            score = codec.decode(np.asarray(piece.tokens), "grid")
            if score.bars >= 2 * bars and len(score.time_signatures) == 1:
                pair = score.slice_bars(0, bars), score.slice_bars(bars, 2 * bars)
                if all(len(part.pitched_notes) > 4 for part in pair):
                    found.append(pair)
    chosen = np.linspace(0, len(found) - 1, min(most, len(found))).round().astype(int)
    return [found[i] for i in chosen]


def measure(
    model: linnet.Model, pairs: Sequence[tuple[Score, Score]], bars: int, **options: Any
) -> dict[str, dict[str, list[float]]]:
    """For each figure mean and 95 % interval, of the model's next bars and of people's."""
    made = [model.generate(primer=pair[0], bars=bars, seed=i, **options) for i, pair in enumerate(pairs)]
    found: dict[str, dict[str, list[float]]] = {}
    for name, figure in FIGURES.items():
        row = found[name] = {}
        for who, parts in (("linnet", made), ("people", [after for _, after in pairs])):
            values = np.array([figure(primer, new) for (primer, _), new in zip(pairs, parts, strict=True)])
            got = compare.interval_of(np.nanmean, values[~np.isnan(values)])
            row[who] = [round(float(each), 4) for each in (got.value, got.low, got.high)]
    return found


def table(found: dict[str, dict[str, list[float]]]) -> str:
    """As Markdown."""
    lines = ["| of the primer | linnet's next bars | people's own |", "|---|---|---|"]
    for name, row in found.items():
        cells = ["{:.2f} ({:.2f} to {:.2f})".format(*row[who]) for who in ("linnet", "people")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.going_on", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", help="name or file")
    parser.add_argument("corpus", help="people's music, from linnet-train prepare")
    parser.add_argument("--pieces", type=int, default=60, metavar="N", help="primers (60)")
    parser.add_argument("--bars", type=int, default=8, metavar="N", help="of primer and new part (8)")
    parser.add_argument("--form", help="of the new part, as in generate (the model's way)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON file to keep the figures in")
    args = parser.parse_args(arguments)
    model = linnet.load(args.model)
    pairs = primers(Corpus.open(args.corpus), args.bars, args.pieces)
    options = {} if args.form is None else {"form": args.form}
    found = measure(model, pairs, args.bars, **options)
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        everything.setdefault("going_on", {})[model.info.name] = found
        write_json(args.record, everything)
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
