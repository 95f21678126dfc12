"""A plan model learns a plan by heart in seconds, is resumed exactly, and is exported to exact integers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from linnet._core import Rng
from linnet.controls.plan_model import PlanModel
from linnet.engine.plan import PlanNetwork
from linnet.generation.planner import Planner
from linnet_export.plan import plan_entry
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.plans import fit
from linnet_train.plans.config import PlanConfig
from linnet_train.plans.music import Music
from linnet_train.plans.spelling import spell
from linnet_train.plans.training import Fit
from linnet_train.storage import read_json
from tests.runtime.plans import TUNE, drawn

SMALL = PlanConfig(
    hidden_size=24, steps=150, batch_size=4, dropout=0.0, hide=0.0, tell=0.0, valid_every=50, save_every=50,
    learning_rate=0.02,
)  # fmt: skip


def music() -> Music:
    """One plan, to be learnt by heart."""
    one = [spell(PeoplesPlan("one", TUNE, drawn(5), "train"))]
    about: dict[str, Any] = {"sources": [], "bands": [[1, [1, 4], True, 1]], "asked": ["source", "how"]}
    return Music(one, [], one, about)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan") / "run"
    lines = list(fit(music(), folder, SMALL))
    assert lines[0].startswith("nats a bar")
    assert len(lines) == 5
    return folder


def test_one_plan_is_learnt_by_heart(run: Path) -> None:
    """It costs 2.2 nats a bar where nothing is known (all possible answers alike cost 20)."""
    figures = read_json(run / "figures.json")

    assert figures["plan model"]["total"] < 0.2
    assert figures["frequencies"]["total"] > 5


def test_the_exported_model_composes_by_chance_and_the_same_chance_gives_the_same_plan(run: Path) -> None:
    network = PlanNetwork(PlanModel.of(plan_entry(run)).network, source="a test")

    first, again, other = (Planner(network, TUNE, rng=Rng(seed)).compose(16) for seed in (1, 1, 2))

    assert first == again
    heart = drawn(5)
    for plan in (first, other):
        assert sum(a.cells == b.cells for a, b in zip(plan, heart, strict=True)) >= 4


def test_integers_cost_next_to_nothing(run: Path) -> None:
    costs = plan_entry(run)["held_out"]["nats_per_answer"]

    assert costs["integers"] <= costs["floats"] * 1.01 + 0.002


def test_a_run_that_was_stopped_ends_as_one_that_was_not(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    halfway = Fit(music(), folder, SMALL, resume=False)
    while halfway.training.step < 100:
        halfway.training.advance(halfway.learning_rate)
    halfway.best = 1e9
    halfway.save()

    Fit(music(), folder, SMALL, resume=True).until_done()

    ours, theirs = (checkpoint.read_tensors(each / "last.safetensors")[0] for each in (folder, run))
    assert ours.keys() == theirs.keys()
    assert all((ours[name] == theirs[name]).all() for name in ours)


def test_a_folder_with_a_run_is_not_overwritten(run: Path) -> None:
    with pytest.raises(TrainError, match="already holds a run"):
        Fit(music(), run, SMALL, resume=False)


def test_a_run_goes_on_with_its_own_plans_alone(run: Path) -> None:
    other = replace(music(), about={"sources": ["others"]})

    with pytest.raises(TrainError, match="other plans"):
        Fit(other, run, SMALL, resume=True)
