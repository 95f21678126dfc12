"""How a trained network is best carried on with a little music: `python -m benchmarks.music.personal`.

Each way is tried on a few pieces of each corpus, and measured on pieces of it that were held out, and on
held-out pieces of the old music, which it should not forget. Runs that are there already are not made again.
"""

import argparse
import math
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from linnet_train.corpus.corpus import Corpus, CorpusPiece, Split
from linnet_train.evaluation.personal import nats_a_note
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import ModelConfig, RunConfig, build, read_config, wider
from linnet_train.network.network import Network
from linnet_train.network.start import Start
from linnet_train.storage import read_json, write_json
from linnet_train.training.adapt import Adapt, Adaptation
from linnet_train.training.personal import RECIPE

MEASURED = 8
"""Pieces of each split at most, so that a table takes minutes."""


@dataclass(frozen=True)
class Variant:
    """One way to carry a network on."""

    name: str
    adaptation: Adaptation
    replays: bool = False


VARIANTS = (
    Variant("all weights", Adaptation()),
    Variant("all weights, drawn back", Adaptation(pull=10.0)),
    Variant("all weights, old music in turn", Adaptation(), replays=True),
    Variant("last layer", Adaptation("last")),
    Variant("last layer, old music in turn", Adaptation("last"), replays=True),
    Variant("what is read before the first note", Adaptation("start")),
    Variant("what is read before the first note, old music in turn", Adaptation("start"), replays=True),
)


class Few:
    """A corpus with a few of its pieces."""

    def __init__(self, corpus: Corpus, train: int) -> None:
        self._corpus, self._most = corpus, {"train": train, "valid": MEASURED, "test": MEASURED}

    def __getattr__(self, name: str) -> Any:  # Any: whatever a Corpus has
        return getattr(self._corpus, name)

    def pieces(self, split: Split) -> list[CorpusPiece]:
        """Those from the front."""
        pieces = self._corpus.pieces(split)
        return [pieces[i] for i in range(min(len(pieces), self._most[split]))]


def main(arguments: list[str] | None = None) -> int:
    """Carries on what is missing and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music.personal", description=__doc__)
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS", help="of music that is new to it")
    parser.add_argument("--from", dest="start", type=Path, default=Path("folk"), metavar="START")
    parser.add_argument("--replay", type=Path, required=True, metavar="CORPUS", help="of the old music")
    parser.add_argument("--pieces", type=int, nargs="+", default=[10], metavar="N", help="to learn from")
    parser.add_argument("--steps", type=int, default=80, metavar="N")
    parser.add_argument("--only", action="append", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the runs")
    args = parser.parse_args(arguments)

    start, old = Start.read(args.start), cast(Corpus, Few(Corpus.open(args.replay), sys.maxsize))
    model = build(ModelConfig, asdict(wider(start.model)))
    before = Network(start.model).eval()
    before.load_state_dict(start.weights)
    known = cost(before, old, own=False)
    lines = [f"{'':72}{'own music':>18}{'old music':>18}", f"{'':72}" + f"{'before':>9}{'after':>9}" * 2]
    for path in args.corpora:
        for count in args.pieces:
            corpus = cast(Corpus, Few(Corpus.open(path), count))
            new = cost(before, corpus, own=False)
            for variant in VARIANTS:
                if variant.name not in (args.only or [variant.name]):
                    continue
                folder = (
                    args.output / f"{path.stem}-{count}-{variant.name.replace(' ', '-').replace(',', '')}"
                )
                run = replace(RECIPE, steps=args.steps, minutes=0.0)
                own, kept = measured(folder, corpus, old, model, run, variant, args.start)
                name = f"{path.stem}, {count}: {variant.name}"
                lines.append(f"{name:72}{new:>9.3f}{own:>9.3f}{known:>9.3f}{kept:>9.3f}")
                print(lines[-1], file=sys.stderr)
    print("\n".join(lines))
    return 0


def measured(
    folder: Path,
    corpus: Corpus,
    old: Corpus,
    model: ModelConfig,
    run: RunConfig,
    variant: Variant,
    start: Path,
) -> tuple[float, float]:
    """Nats a note on held-out pieces of the new music and of the old, after carrying on."""
    if not (folder / "test.json").exists():
        resume = (folder / "last.optimizer.safetensors").exists()
        adapt = Adapt(
            corpus,
            folder,
            read_config(folder)[0] if resume else model,
            run,
            variant.adaptation,
            resume=resume,
            start=None if resume else start,
            replay=old if variant.replays else None,
        )
        adapt.until_done()
        network = load_weights(folder, read_config(folder)[0])
        write_json(folder / "test.json", [cost(network, corpus, own=True), cost(network, old, own=False)])
    own, kept = read_json(folder / "test.json")
    return own, kept


def cost(network: Network, corpus: Corpus, *, own: bool) -> float:
    """Nats a note of pieces held out; NaN where there are none."""
    found = nats_a_note(network, corpus, "test", styles=own)
    return found[0] if found else math.nan


if __name__ == "__main__":
    sys.exit(main())
