"""Carrying a network on with a little music: what learns, what stays, what is not forgotten."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from linnet.tokens import vocabulary
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import RunConfig, read_config
from linnet_train.training import fit
from linnet_train.training.adapt import WAYS, Adapt, Adaptation
from tests.train.corpora import TINY, corpus, pieces

RUN = RunConfig(
    steps=4,
    batch_size=4,
    chunk=16,
    warmup_steps=0,
    weight_decay=0.0,
    valid_every=4,
    save_every=2,
    practice_every=0,
    threads=1,
    device="cpu",
)
MUSIC = corpus(pieces(4), pieces(1, first_seed=100))
NEW = corpus(pieces(2, first_seed=50), pieces(1, first_seed=150), styles=("mine",))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fit(MUSIC, tmp_path_factory.mktemp("adapt") / "before", replace(TINY, heads="tonic"), RUN)


def carried(before: Path, folder: Path, adaptation: Adaptation, run: RunConfig = RUN) -> Adapt:
    adapt = Adapt(NEW, folder, read_config(before)[0], run, adaptation, resume=False, start=before)
    adapt.until_done()
    return adapt


@pytest.mark.parametrize("way", WAYS)
def test_nothing_learns_but_what_may(before: Path, tmp_path: Path, way: str) -> None:
    adapt = carried(before, tmp_path / "run", Adaptation(way))  # type: ignore[arg-type]  # one of WAYS
    first = Adapt(
        NEW, tmp_path / "first", read_config(before)[0], RUN, Adaptation(), resume=False, start=before
    ).training.network.state_dict()
    new = adapt.training.network.state_dict()
    changed = {name for name in new if not torch.equal(new[name], first[name])}
    if way == "all":
        assert changed == new.keys()
    elif way == "last":
        assert changed == {"output.weight", "output.bias"}
    else:
        rows = (new["embedding.weight"] != first["embedding.weight"]).any(dim=1).nonzero().flatten()
        assert changed == {"embedding.weight"}
        assert rows.tolist() == [1 + vocabulary.FAMILIES["bos"].first]


def test_weights_that_are_drawn_back_stay_nearer(before: Path, tmp_path: Path) -> None:
    first = checkpoint.load_weights(before, read_config(before)[0]).state_dict()["output.weight"]
    far, near = (
        float(
            (
                carried(before, tmp_path / f"{pull}", Adaptation(pull=pull)).training.network.output.weight
                - first
            ).norm()
        )
        for pull in (0.0, 100.0)
    )
    assert near < 0.9 * far


def test_old_music_is_read_in_turn_with_the_new(before: Path, tmp_path: Path) -> None:
    model = read_config(before)[0]
    adapt = Adapt(NEW, tmp_path / "run", model, RUN, Adaptation(), resume=False, start=before, replay=MUSIC)
    alone = Adapt(NEW, tmp_path / "alone", model, RUN, Adaptation(), resume=False, start=before)
    assert [len(adapt._load(2 * draw).targets) for draw in range(4)] == [
        len(alone._load(draw).targets) for draw in range(4)
    ]
    lengths = {len(piece.tokens) - 1 for piece in MUSIC.pieces("train")}
    run = replace(RUN, tail_share=0.0, form_share=0.0)
    adapt.run = run
    assert {len(adapt._load(2 * draw + 1).targets) for draw in range(8)} == lengths


def test_what_was_stopped_ends_with_the_same_weights(before: Path, tmp_path: Path) -> None:
    adaptation = Adaptation("last", pull=50.0)
    whole = carried(before, tmp_path / "whole", adaptation)
    model = read_config(before)[0]
    halted = Adapt(NEW, tmp_path / "parts", model, RUN, adaptation, resume=False, start=before)
    for _ in range(2):
        halted._advance()
    halted._save()
    resumed = Adapt(NEW, tmp_path / "parts", model, RUN, adaptation, resume=True)
    resumed.until_done()
    a, b = whole.training.tensors(), resumed.training.tensors()
    assert a.keys() == b.keys()
    assert [name for name in a if not torch.equal(a[name], b[name])] == []


def test_what_does_not_go_together_is_refused(before: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="way must be one of all, last, start"):
        Adaptation("some")  # type: ignore[arg-type]
    other = corpus(pieces(1), [])
    other.time_base = "performance"
    with pytest.raises(TrainError, match="is in the performance base"):
        Adapt(NEW, tmp_path, TINY, RUN, Adaptation(), resume=False, start=before, replay=other)
