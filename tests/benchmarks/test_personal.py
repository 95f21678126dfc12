"""The benchmark of ways to carry a network on."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.music.personal import VARIANTS, Few, measured
from linnet_train.network.config import RunConfig, read_config
from linnet_train.training import fit
from linnet_train.training.personal import RECIPE
from tests.train.corpora import TINY, corpus, pieces


def test_each_way_is_measured_once_on_both_musics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = corpus(pieces(2), pieces(1, first_seed=10), pieces(1, first_seed=20))
    new = corpus(pieces(2, first_seed=30), pieces(1, first_seed=40), pieces(1, first_seed=50))
    run = RunConfig(steps=1, batch_size=2, chunk=16, threads=1, device="cpu", practice_every=0)
    start = fit(old, tmp_path / "start", TINY, run)
    model, run = read_config(start)[0], replace(RECIPE, steps=1, batch_size=2, chunk=16, device="cpu")
    variant = next(each for each in VARIANTS if each.replays)
    assert len(Few(new, 1).pieces("train")) == 1  # type: ignore[arg-type]  # as good as a Corpus here
    found = measured(tmp_path / "run", new, old, model, run, variant, start)
    assert all(0 < nats < 100 for nats in found)
    monkeypatch.setattr("benchmarks.music.personal.Adapt", None)  # what is there is not made again
    assert measured(tmp_path / "run", new, old, model, run, variant, start) == found
