"""Two processes of torchrun learn what one would, and either goes on where the other stopped."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from linnet_train import commands
from linnet_train.network.checkpoint import RESUME, group, read_tensors
from tests.train.tunes import write_tunes

SETTINGS = (
    *("--hidden-size", "12", "--embedding-dim", "12", "--heads", "none", "--batch-size", "5"),
    *("--chunk", "24", "--practice-every", "6", "--valid-every", "3", "--threads", "1", "--device", "cpu"),
)


def fit(corpus: Path, run: Path, steps: int, *more: str) -> list[str]:
    return ["fit", str(corpus), "-o", str(run), "--steps", str(steps), *more]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, a run of six steps by one process, and one by two. The batch cannot be halved."""
    folder = tmp_path_factory.mktemp("ranks")
    write_tunes(folder / "tunes", 16)
    prepare = ["prepare", str(folder / "tunes"), "-o", str(folder / "corpus"), "--workers", "1"]
    assert commands.main([*prepare, "--valid", "0.2"]) == 0
    assert commands.main(fit(folder / "corpus", folder / "one", 6, *SETTINGS)) == 0
    start = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "linnet_train"]
    done = subprocess.run(
        [*start, *fit(folder / "corpus", folder / "two", 6, *SETTINGS)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(folder / "two")]
    assert "[rank 0 of 2] step 6: held out" in done.stderr
    return folder


def near(a: Path, b: Path) -> None:
    """What both have learnt is the same but for rounding, and so is where they are."""
    ours, theirs = (read_tensors(run / RESUME)[0] for run in (a, b))
    assert ours.keys() == theirs.keys()
    assert torch.equal(ours["lanes"], theirs["lanes"])
    assert torch.equal(ours["random.cpu"], theirs["random.cpu"])
    for name, moment in group("optimizer", ours).items():
        other = theirs[f"optimizer.{name}"]
        torch.testing.assert_close(moment, other, rtol=1e-3, atol=1e-5 * float(moment.abs().max()))
    for part in ("network", "average", "state"):
        for name, tensor in group(part, ours).items():
            torch.testing.assert_close(tensor, theirs[f"{part}.{name}"], rtol=1e-3, atol=1e-3)


def held_out(run: Path) -> list[float]:
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line["valid"] for line in lines if "valid" in line]


def test_two_processes_learn_what_one_learns(trained: Path) -> None:
    near(trained / "one", trained / "two")
    assert held_out(trained / "two") == pytest.approx(held_out(trained / "one"), rel=1e-5)


def test_one_process_goes_on_with_what_two_began(trained: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(trained / name, tmp_path / name)
        assert commands.main(fit(trained / "corpus", tmp_path / name, 8, "--resume")) == 0
    near(tmp_path / "one", tmp_path / "two")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runs", "."], "torchrun is for linnet-train fit; other commands are started without it"),
        (["fit", "nowhere", "-o", "run"], "nowhere: no such corpus"),
    ],
)
def test_the_log_says_which_rank_complains(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert commands.main(arguments) == 1
    assert capsys.readouterr().err.startswith(f"linnet-train [rank 1]: {words}")
