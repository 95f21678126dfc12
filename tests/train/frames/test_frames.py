"""`linnet-train frames` learns, says its figures, goes on after a stop, and says what is wrong in a line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from linnet_train import commands
from linnet_train.errors import TrainError
from linnet_train.frames.baselines import markov
from linnet_train.frames.batches import FrameData, FrameLanes, Transposing
from linnet_train.frames.controls import BernoulliLstm, TokenLstm
from linnet_train.frames.features import PARTS
from linnet_train.frames.model import FrameConfig, FrameNetwork
from linnet_train.frames.training import FrameFit, FrameRecipe, frame_nats, micro
from tests.train.frame_toys import toy_rolls, toy_set, write_toy

SMALL = FrameConfig(8, embedding_dim=24, hidden_size=24, head_size=24, shared_size=8, widest=2)
RECIPE = FrameRecipe(
    epochs=12,
    learning_rate=5e-3,
    weight_decay=0.01,
    lanes=2,
    chunk=10,
    transposing=Transposing(2, 0.5),
    evaluations=4,
)
BUILDS = {
    "bernoulli": partial(BernoulliLstm, 8, hidden_size=16, num_layers=2, dropout=0.2),
    "token": partial(TokenLstm, 8, embedding_dim=8, hidden_size=16, num_layers=2, dropout=0.2),
    "features": partial(FrameNetwork, SMALL),
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Toys are too small to share out, and a busy machine makes the threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def splits() -> tuple[FrameData, FrameData]:
    music = toy_set()
    return FrameData(music.train), FrameData(music.valid)


def fit(
    name: str, splits: tuple[FrameData, FrameData], saved: Path | None = None, **changes: float
) -> FrameFit:
    return FrameFit(name, BUILDS[name], *splits, RECIPE, minutes=changes.get("minutes", 60), saved=saved)


def test_it_learns_phrases_that_repeat(splits: tuple[FrameData, FrameData]) -> None:
    network = fit("features", splits).until_done()
    music = toy_set()
    test = FrameData(music.test)
    assert micro(frame_nats(network, test), test) < 0.7 * micro(markov(music.train, music.test), test)


@pytest.mark.parametrize("name", BUILDS)
def test_a_run_that_was_stopped_ends_as_if_it_never_was(
    name: str, splits: tuple[FrameData, FrameData], tmp_path: Path
) -> None:
    straight = fit(name, splits)
    expected = straight.until_done().state_dict()

    first = fit(name, splits, tmp_path / "run.safetensors")
    while first.progress < 0.4:
        first._advance()
        if first.evaluation_is_due:
            first._evaluate()
    first._save(tmp_path / "run.safetensors")
    second = fit(name, splits, tmp_path / "run.safetensors")
    assert second.step == first.step > 0
    after = second.until_done().state_dict()
    assert second.record.best == straight.record.best
    assert [key for key in expected if not torch.equal(expected[key], after[key])] == []


def test_time_is_a_limit(splits: tuple[FrameData, FrameData]) -> None:
    run = fit("features", splits, minutes=0.2 / 60)
    run.until_done()
    assert run.step < run.steps
    assert run.record.elapsed_seconds < 10
    assert run.record.best < float("inf")  # there was a look, however short the time


def test_steps_are_a_limit(splits: tuple[FrameData, FrameData]) -> None:
    run = FrameFit("bernoulli", BUILDS["bernoulli"], *splits, replace(RECIPE, steps=3), minutes=60)
    run.until_done()
    assert run.step == 3


def test_a_run_ends_when_nothing_gets_better(splits: tuple[FrameData, FrameData]) -> None:
    recipe = replace(RECIPE, learning_rate=0.0, patience=2)
    run = FrameFit("features", BUILDS["features"], *splits, recipe, minutes=60)
    run.until_done()
    assert run.record.looks == 3  # the first sets the mark
    assert run.step < run.steps


def test_a_damaged_checkpoint_is_refused(splits: tuple[FrameData, FrameData], tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    path.write_bytes(b"no tensors")
    with pytest.raises(TrainError, match="damaged"):
        fit("features", splits, path)
    fit("bernoulli", splits, path := tmp_path / "other.safetensors")._save(path)
    with pytest.raises(TrainError, match="not a checkpoint of this run"):
        fit("features", splits, path)


def test_transposed_pieces_stay_on_the_keyboard() -> None:
    rolls = toy_rolls(4, pitches=20)
    rolls.roll[:, :2] = rolls.roll[:, -3:] = False
    lanes = FrameLanes(
        rolls, rolls.offsets, lanes=2, chunk=8, skip=1, seed=1, transposing=Transposing(widest=6, home=0.0)
    )
    drawn = set()
    for _ in range(60):
        batch = next(lanes)
        pitch = torch.from_numpy(rolls.roll)[batch.index] * (torch.arange(20) + batch.transposition[:, None])
        assert pitch.min() >= 0
        assert pitch.max() < 20
        drawn.update(batch.transposition.tolist())
    assert {-2, -1, 0, 1, 2, 3} <= drawn <= set(range(-6, 7))


def test_the_command_prints_figures_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, figures, record = write_toy(tmp_path / "toy.npz"), tmp_path / "toy.json", tmp_path / "all.json"
    record.write_text('{"frames": {"other": {"nll_micro": 1.5}}, "report": {}}')
    options = ["-o", str(tmp_path / "run"), "--epochs", "1"]
    assert (
        commands.main(["frames", str(path), *options, "--json", str(figures), "--record", str(record)]) == 0
    )
    said = json.loads(figures.read_text())
    for key in ("micro", "macro", "control_bernoulli", "last_token_only", "marginal", "markov"):
        assert 0 < said[f"nll_{key}"] < 88
    assert said["parameters"] <= 5_000_000
    assert said["minutes"] > 0
    assert f"{said['nll_micro']:.3f}" in capsys.readouterr().out
    everything = json.loads(record.read_text())
    assert everything == {"frames": {"other": {"nll_micro": 1.5}, "toy --epochs 1": said}, "report": {}}
    # all is done: a resumed run repeats the figures
    assert commands.main(["frames", str(path), *options, "--resume", "--json", str(figures)]) == 0
    assert json.loads(figures.read_text())["models"] == said["models"]


STOPPED = """
import signal, sys
from linnet_train import commands
from linnet_train.frames.training import FrameFit

save = FrameFit._save

def save_and_stop(self, path):
    save(self, path)
    if path.name == "features.safetensors" and self.progress < 1:
        signal.raise_signal(signal.SIGINT)

FrameFit._save = save_and_stop
sys.exit(commands.main(sys.argv[1:]))
"""


def test_the_command_is_stopped_and_resumed(tmp_path: Path) -> None:
    """By Ctrl-C in the third network, wherever a busy machine has got to by then."""
    path, run = write_toy(tmp_path / "toy.npz"), tmp_path / "run"
    arguments = ["frames", str(path), "-o", str(run), "--minutes", "0.03"]
    done = subprocess.run(
        [sys.executable, "-c", STOPPED, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("of features; --resume goes on from here")
    command = [sys.executable, "-m", "linnet_train", *arguments]
    again = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0
    assert "bernoulli: epoch" not in again.stderr  # was done
    assert "LSTM with all features" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.npz"], "nowhere.npz: No such file"),
        (["{toy}", "--resume"], "--resume needs -o"),
        (["{toy}", "--json", "{tmp}/none/figures.json"], "none: No such folder"),
        (["{toy}", "--record", "{toy}"], "toy.npz: is the file that is read"),
        (["{toy}", "--record", "{tmp}/torn.json"], "torn.json: damaged"),
        (["{toy}", "-o", "{tmp}/new", "--resume"], "holds no run"),
        (["{toy}", "-o", "{tmp}/old"], "already holds a run"),
        (["{toy}", "-o", "{tmp}/old", "--resume", "--minutes", "7"], "minutes is 5.0, not 7.0"),
        (["{toy}", "-o", "{tmp}/old", "--resume", "--minutes", "5"], "is a run on another file"),
    ],
)
def test_trouble_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old").mkdir()
    settings = {"minutes": 5.0, "epochs": None, "seed": 1, "only": None, "without": [], "sha256": "0"}
    (tmp_path / "old" / "settings.json").write_text(json.dumps(settings))
    (tmp_path / "torn.json").write_text('{"frames": ')
    toy = write_toy(tmp_path / "toy.npz")
    assert commands.main(["frames", *(text.format(tmp=tmp_path, toy=toy) for text in arguments)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("linnet-train: ")
    assert message in last


def test_one_network_alone_without_some_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, figures = write_toy(tmp_path / "toy.npz"), tmp_path / "toy.json"
    options = ["--epochs", "1", "--only", "features", "--without", "look-ups", "--without", "transposing"]
    assert commands.main(["frames", str(path), *options, "--json", str(figures)]) == 0
    assert list(json.loads(figures.read_text())["models"]) == ["marginal", "markov", "features"]
    assert "LSTM with all features, no look-ups, no transposing" in capsys.readouterr().out


def test_minutes_must_be_positive(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("0", "-1", "nan", "soon"):
        with pytest.raises(SystemExit) as caught:
            commands.main(["frames", "x.npz", "--minutes", text])
        assert caught.value.code == 2
        assert "--minutes" in capsys.readouterr().err


def test_every_part_can_be_left_out_and_no_other() -> None:
    data = FrameData(toy_rolls(2))
    for part in PARTS:
        torch.manual_seed(1)
        network = FrameNetwork(FrameConfig(8, hidden_size=8, without=(part,)))
        assert np.isfinite(frame_nats(network, data)).all()
    with pytest.raises(ValueError, match="without"):
        FrameNetwork(FrameConfig(8, without=("rhythm",)))
