"""Runs that begin with the weights of a network with other heads."""

import json
from dataclasses import replace
from pathlib import Path

import torch

from linnet.tokens.vocabulary import SIZE
from linnet_train.network import checkpoint
from linnet_train.network.config import BEFORE, RunConfig, read_config
from linnet_train.training import fit
from linnet_train.training.loop import Fit
from tests.train.corpora import TINY, corpus, pieces

RUN = RunConfig(steps=4, batch_size=3, chunk=16, warmup_steps=0, valid_every=4, threads=1, device="cpu")
MUSIC = corpus(pieces(4), pieces(1, first_seed=100))


def test_heads_that_both_have_keep_their_weights_and_others_begin_at_zero(tmp_path: Path) -> None:
    before = fit(MUSIC, tmp_path / "before", replace(TINY, heads="interval:last_pitch,tonic"), RUN)
    old = checkpoint.load_weights(before, read_config(before)[0]).output.weight
    assert old[SIZE:].any(dim=1).all()
    after = replace(TINY, heads="tonic,pointers,interval:last_pitch")
    new = Fit(MUSIC, tmp_path / "after", after, RUN, resume=False, start=before).training.network.output
    assert torch.equal(new.weight[: SIZE + 49 + 12], old)
    assert len(new.weight) > SIZE + 49 + 12
    assert not new.weight[SIZE + 49 + 12 :].any()
    less = replace(TINY, heads="tonic")
    new = Fit(MUSIC, tmp_path / "less", less, RUN, resume=False, start=before).training.average.output
    assert torch.equal(new.weight[SIZE:], old[SIZE + 49 :])


def test_a_run_of_before_there_were_heads_is_read_as_one_without(tmp_path: Path) -> None:
    run = fit(MUSIC, tmp_path / "run", replace(TINY, heads="none"), RUN)
    config = json.loads((run / "config.json").read_text())
    for name in BEFORE:
        del config["model"][name]
    (run / "config.json").write_text(json.dumps(config))
    model, _, _ = read_config(run)
    assert (model.heads, model.home, model.plan, model.roles) == ("none", False, "none", False)
    assert checkpoint.load_weights(run, model).output.out_features == SIZE
    headed = replace(TINY, heads="all")
    begun = Fit(MUSIC, tmp_path / "headed", headed, RUN, resume=False, start=run).training.network
    assert begun.output.out_features == SIZE + begun.heads.size
