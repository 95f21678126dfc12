"""Training: it learns, it can be killed, it says what is wrong."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from linnet.tokens import features, vocabulary
from linnet_train.corpus.corpus import Corpus
from linnet_train.errors import TrainError
from linnet_train.network import checkpoint
from linnet_train.network.config import RunConfig, read_config, wider
from linnet_train.training import fit
from linnet_train.training.heldout import tally
from linnet_train.training.loop import Fit
from linnet_train.training.step import Training
from tests.train import eight_notes
from tests.train.corpora import TINY, corpus, pieces

RUN = RunConfig(
    steps=12,
    batch_size=3,
    chunk=16,
    warmup_steps=2,
    valid_every=4,
    save_every=4,
    log_every=2,
    threads=1,
    device="cpu",
)


def small() -> Corpus:
    return corpus(pieces(7), pieces(2, first_seed=100))


def resume_file(folder: Path) -> dict[str, torch.Tensor]:
    return checkpoint.read_tensors(folder / checkpoint.RESUME)[0]


def assert_same_run(a: Path, b: Path) -> None:
    """Two runs ended in the same state, to the last bit, and remember the same figures."""
    first, second = resume_file(a), resume_file(b)
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert (a / "best.safetensors").read_bytes() == (b / "best.safetensors").read_bytes()
    clocks = ("tokens_per_second", "elapsed_seconds")
    lines = [
        [
            {k: v for k, v in json.loads(line).items() if k not in clocks}
            for line in (f / "metrics.jsonl").open()
        ]
        for f in (a, b)
    ]
    assert lines[0] == lines[1]


def test_it_overfits_eight_notes_in_seconds(tmp_path: Path) -> None:
    """`python -m tests.train.eight_notes` has more seeds, and other arithmetic: at worst .018 nats."""
    learnt = eight_notes.learn(tmp_path / "run", replace(eight_notes.RECIPE, seed=1))

    assert learnt.nats_per_token < eight_notes.ENOUGH
    assert learnt.played == eight_notes.MUSIC
    assert learnt.seconds < 60  # of CPU time; about three on a quiet core


def test_the_same_seed_is_the_same_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fit(small(), tmp_path / name, TINY, RUN)
    assert_same_run(tmp_path / "a", tmp_path / "b")
    fit(small(), tmp_path / "c", TINY, replace(RUN, seed=2))
    a, c = resume_file(tmp_path / "a"), resume_file(tmp_path / "c")
    assert not torch.equal(a["network.output.bias"], c["network.output.bias"])


KILLED = """
import os, signal, sys
from pathlib import Path
from linnet_train.training import fit, step
from tests.train.training.test_fit import RUN, TINY, small

advance = step.Training.advance

def advance_and_die(self, learning_rate):
    if self.step == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return advance(self, learning_rate)

step.Training.advance = advance_and_die
fit(small(), Path(sys.argv[1]), TINY, RUN)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("step", [2, 4, 7])  # before the first checkpoint, just after it, between two
def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, step: int) -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
    killed = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED, str(killed), str(step)]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (killed / checkpoint.RESUME).exists() == (step >= RUN.save_every)

    fit(small(), killed, TINY, RUN, resume=True)
    fit(small(), tmp_path / "straight", TINY, RUN)
    assert_same_run(killed, tmp_path / "straight")
    assert not list(killed.glob(".*")), "no temporary file stays behind"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_saves_and_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    advance = Training.advance

    def advance_and_signal(self: Training, learning_rate: float) -> tuple[float, int]:
        if self.step == 6:
            signal.raise_signal(number)
        return advance(self, learning_rate)

    before = signal.getsignal(number)
    monkeypatch.setattr(Training, "advance", advance_and_signal)
    with pytest.raises(TrainError, match="stopped at step 7; --resume goes on from here"):
        fit(small(), tmp_path / "stopped", TINY, RUN)
    assert signal.getsignal(number) == before
    monkeypatch.undo()
    assert int(resume_file(tmp_path / "stopped")["step"]) == 7
    fit(small(), tmp_path / "stopped", TINY, RUN, resume=True)
    fit(small(), tmp_path / "straight", TINY, RUN)
    assert_same_run(tmp_path / "stopped", tmp_path / "straight")


def test_a_finished_run_can_be_made_longer(tmp_path: Path) -> None:
    fit(small(), tmp_path / "run", TINY, RUN)
    fit(small(), tmp_path / "run", TINY, replace(RUN, steps=16), resume=True)
    assert int(resume_file(tmp_path / "run")["step"]) == 16
    assert read_config(tmp_path / "run")[1].steps == 16


def test_a_run_folder_is_not_overwritten(tmp_path: Path) -> None:
    fit(small(), tmp_path / "run", TINY, RUN)
    with pytest.raises(TrainError, match="already holds a run: go on with --resume"):
        fit(small(), tmp_path / "run", TINY, RUN)


def test_a_run_does_not_go_on_with_another_corpus(tmp_path: Path) -> None:
    fit(small(), tmp_path / "run", TINY, RUN)
    other = small()
    other.fingerprint = "4567"
    with pytest.raises(TrainError, match="trained on another corpus"):
        fit(other, tmp_path / "run", TINY, RUN, resume=True)


@pytest.mark.usefixtures("pictures")
def test_everything_is_written_and_nothing_is_pickled(tmp_path: Path) -> None:
    folder = fit(small(), tmp_path / "run", TINY, RUN)
    files = {path.name for path in folder.iterdir()}
    assert files == {
        "config.json", "best.safetensors", "best.json", "last.safetensors", "last.json", checkpoint.RESUME,
        "metrics.jsonl", "loss.png", "tensorboard",
    }  # fmt: skip
    picture = (folder / "loss.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
    assert list((folder / "tensorboard").iterdir())
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").open()]
    assert [line["step"] for line in lines if "loss" in line] == [2, 4, 6, 8, 10, 12]
    assert [line["step"] for line in lines if "valid" in line] == [4, 8, 12]
    assert all(line["tokens_per_second"] > 0 for line in lines if "loss" in line)
    best = json.loads((folder / "best.json").read_text())
    assert best["metrics"]["valid"] == min(line["valid"] for line in lines if "valid" in line)


def test_the_held_out_loss_counts_wishes_told_and_untold_alike(tmp_path: Path) -> None:
    music = small()
    folder = fit(music, tmp_path / "run", TINY, RUN)
    network, best = (
        checkpoint.load_weights(folder, TINY),
        json.loads((folder / "best.json").read_text())["metrics"],
    )
    conditional, unconditional = (
        tally(network, music.pieces("valid"), "grid", wishes=w).nats_per_token for w in (True, False)
    )
    assert conditional != unconditional
    assert best["valid_with_wishes"] == pytest.approx(conditional, abs=1e-6)
    assert best["valid_without_wishes"] == pytest.approx(unconditional, abs=1e-6)
    assert best["valid"] == pytest.approx((conditional + unconditional) / 2, abs=1e-6)


def test_training_stops_when_held_out_music_gets_no_better(tmp_path: Path) -> None:
    # nothing is learned at a learning rate of zero
    run = replace(RUN, steps=1000, learning_rate=0.0, valid_every=3, patience=2)
    folder = fit(small(), tmp_path / "run", TINY, run)
    assert int(resume_file(folder)["step"]) == 3 * (1 + 2)
    assert json.loads((folder / "best.json").read_text())["step"] == 3


def test_minutes_end_a_run_and_steer_the_learning_rate(tmp_path: Path) -> None:
    run = replace(RUN, steps=0, minutes=0.01, warmup_steps=0, valid_every=1000, save_every=1000)
    folder = fit(small(), tmp_path / "run", TINY, run)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").open()]
    rates = [line["learning_rate"] for line in lines if "loss" in line]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.2 * run.learning_rate
    assert 0.01 <= json.loads((folder / "last.json").read_text())["elapsed_seconds"] / 60 < 0.2


def test_epochs_end_a_run_when_all_was_seen(tmp_path: Path) -> None:
    music = small()
    folder = fit(music, tmp_path / "run", TINY, replace(RUN, steps=0, epochs=3, valid_every=1000))
    lengths = [len(p.tokens) - 1 for p in music.pieces("train")]
    steps = round(3 * sum(-(-n // RUN.chunk) for n in lengths) / RUN.batch_size)
    assert int(resume_file(folder)["step"]) == steps
    assert 3 * 7 <= int(resume_file(folder)["lanes"][-1, 0]) <= 3 * 7 + RUN.batch_size


def test_the_learning_rate_rises_then_falls_along_a_cosine(tmp_path: Path) -> None:
    run = replace(RUN, steps=100, warmup_steps=10, learning_rate=1.0, final_rate=0.1)
    running = Fit(small(), tmp_path / "run", TINY, run, resume=False)

    def at(step: int) -> float:
        running.training.step = step
        return running.learning_rate

    assert at(0) == pytest.approx(0.1, rel=1e-3)
    assert at(4) == pytest.approx(0.5, rel=1e-2)
    assert at(50) == pytest.approx((1 + 0.1) / 2)
    assert at(100) == pytest.approx(0.1)
    assert all(at(step) > at(step + 1) for step in range(10, 99))


def test_a_loss_that_is_no_number_ends_the_run_with_advice(tmp_path: Path) -> None:
    with pytest.raises(
        TrainError, match=r"the loss became (nan|inf) at step .*: try a lower --learning-rate"
    ):
        fit(
            small(),
            tmp_path / "run",
            TINY,
            replace(RUN, learning_rate=1e30, clip_norm=0.0, steps=50, valid_every=50),
        )


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    fit(small(), folder, TINY, RUN)
    before = (folder / checkpoint.RESUME).read_bytes()
    write_bytes: Callable[[Path, bytes], int] = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        write_bytes(self, data[: len(data) // 2])
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TrainError, match=r"cannot write .*: No space left"):
        fit(small(), folder, TINY, replace(RUN, steps=16), resume=True)
    assert (folder / checkpoint.RESUME).read_bytes() == before
    assert not list(folder.glob(".*"))


def test_a_corpus_without_training_pieces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="no pieces to train on"):
        fit(corpus([], pieces(1)), tmp_path / "run", TINY, RUN)


def test_a_corpus_without_held_out_pieces_still_trains(tmp_path: Path) -> None:
    folder = fit(corpus(pieces(3), []), tmp_path / "run", TINY, RUN)
    assert json.loads((folder / "best.json").read_text())["step"] == RUN.steps


def test_bf16_on_a_cpu_that_has_it_learns_the_same_and_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = replace(RUN, precision="bf16")
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        losses = [
            json.loads((fit(small(), tmp_path / name, TINY, run) / "best.json").read_text())["metrics"][
                "valid"
            ]
            for name, run in (("whole", RUN), ("half", half))
        ]
        assert losses[1] == pytest.approx(losses[0], rel=0.02)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    with pytest.raises(TrainError, match="this CPU has no bf16 arithmetic"):
        fit(small(), tmp_path / "run", TINY, half)


def test_a_run_begins_with_the_weights_of_another(tmp_path: Path) -> None:
    before = fit(corpus(pieces(3), pieces(1), styles=("other", "tests")), tmp_path / "all", TINY, RUN)
    here = corpus(pieces(3), pieces(1), styles=("tests", "new"))
    begun = Fit(here, tmp_path / "one", TINY, RUN, resume=False, start=before)
    old = checkpoint.load_weights(before, TINY).state_dict()
    new = begun.training.average.state_dict()
    style = next(family for family in features.FAMILIES if family.name == "wish_style").first_id
    no_style, other, tests = old["embedding.weight"][style : style + 3]
    assert not torch.equal(no_style, other)
    assert torch.equal(new["embedding.weight"][style], no_style)
    assert torch.equal(new["embedding.weight"][style + 1], tests)
    assert torch.equal(new["embedding.weight"][style + 2], no_style)  # which it has never heard of
    assert torch.equal(new["lstm.weight_hh_l1"], old["lstm.weight_hh_l1"])


def test_a_run_remembers_what_the_first_weights_had_heard(tmp_path: Path) -> None:
    before = fit(small(), tmp_path / "all", TINY, RUN)
    config = json.loads((before / "config.json").read_text())
    config["corpus"]["sources"] = [{"name": "much music", "licence": "CC0"}]
    (before / "config.json").write_text(json.dumps(config))
    after = fit(small(), tmp_path / "one", TINY, RUN, start=before)
    _, _, about = read_config(after)
    assert about["sources"] == [{"name": "much music", "licence": "CC0"}]
    fit(small(), after, TINY, replace(RUN, steps=14), resume=True)
    assert read_config(after)[2] == about


def test_a_run_may_begin_with_a_network_of_before_the_bag_grew(tmp_path: Path) -> None:
    before = fit(small(), tmp_path / "all", TINY, RUN)
    earlier = features.table(features.EARLIER[0])
    tensors, notes = checkpoint.read_tensors(before / "best.safetensors")
    tensors["embedding.weight"] = tensors["embedding.weight"][: earlier["count"]].contiguous()  # type: ignore[misc]
    checkpoint.write_tensors(before / "best.safetensors", tensors, notes)
    config = json.loads((before / "config.json").read_text())
    config["model"] |= {"feature_count": earlier["count"], "feature_width": earlier["width"]}
    (before / "config.json").write_text(json.dumps(config))

    assert wider(read_config(before)[0]) == TINY
    begun = Fit(small(), tmp_path / "one", TINY, RUN, resume=False, start=before)
    rows = begun.training.network.embedding.weight
    family = {each.name: each for each in features.FAMILIES}
    rare = range(vocabulary.COMMON_METERS, len(vocabulary.METERS))
    alike = [vocabulary.common_meter(meter) for meter in rare]
    meters = torch.tensor(vocabulary.SIGNATURE_TOKENS)
    tokens = tensors["embedding.weight"][1 : 1 + family["last_token"].count].clone()
    tokens[meters[rare]] = tokens[meters[alike]]
    assert torch.equal(rows[1 : 1 + len(tokens)], tokens)
    told, new = rows[family["time_signature"].first_id :], rows[family["rare_time_signature"].first_id :]
    assert told[alike].any()
    assert torch.equal(new[: len(rare)], told[alike])
    assert not new[len(rare) :].any()
    assert not rows[earlier["count"] : family["rare_time_signature"].first_id].any()  # type: ignore[misc]


def test_a_run_cannot_begin_with_a_network_of_another_shape(tmp_path: Path) -> None:
    before = fit(small(), tmp_path / "all", TINY, RUN)
    with pytest.raises(TrainError, match="another shape"):
        fit(small(), tmp_path / "one", replace(TINY, hidden_size=20), RUN, start=before)


@pytest.mark.parametrize("trick", [{"weight_drop": 0.3}, {"dropout_kind": "locked"}])
def test_other_kinds_of_dropout_are_drawn_from_the_seed_too(tmp_path: Path, trick: dict[str, Any]) -> None:
    run = replace(RUN, **trick)
    first, again = (fit(small(), tmp_path / name, TINY, run) for name in ("first", "again"))
    assert_same_run(first, again)
    plain = fit(small(), tmp_path / "plain", TINY, RUN)
    assert (first / "best.safetensors").read_bytes() != (plain / "best.safetensors").read_bytes()
