"""What the held-out plans of a run cost, beside what they cost those who only count."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from linnet_train.network.checkpoint import load_weights
from linnet_train.plans.config import PlanConfig
from linnet_train.plans.heldout import FIELDS, Likelihood, baselines
from linnet_train.plans.music import Music
from linnet_train.plans.training import held_out
from linnet_train.storage import write_json


def figures(folder: Path, music: Music, config: PlanConfig) -> Iterator[str]:
    """Lines of a table; the same as `figures.json` in the folder."""
    if not music.valid:
        yield "no held-out plans to measure"
        return
    network = load_weights(folder, config.model)
    found: dict[str, Likelihood] = {
        **baselines([*music.pieces, *music.tables], music.valid),
        "plan model": held_out(network, music.valid),
        "chords told ahead": held_out(network, music.valid, told=True),
    }
    write_json(folder / "figures.json", {name: asdict(each) for name, each in found.items()})
    fields = [name for name in FIELDS if name in found["plan model"].by_field]
    yield f"{'nats a bar':<20}{'all':>8}" + "".join(f"{name:>10}" for name in fields)
    for name, each in found.items():
        yield f"{name:<20}{each.total:8.3f}" + "".join(f"{each.by_field[field]:10.3f}" for field in fields)
