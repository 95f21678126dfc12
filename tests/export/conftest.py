"""A small corpus and runs on it, made the way everybody makes them."""

import random
from pathlib import Path

import pytest

import linnet_train.commands
from tests.data.make_tiny_model import tune


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty short tunes, prepared."""
    folder = tmp_path_factory.mktemp("music")
    dice = random.Random(7)
    (folder / "tunes").mkdir()
    for number in range(30):
        tune(dice).save(folder / "tunes" / f"{number:02}.mid")
    command = [
        "prepare",
        str(folder / "tunes"),
        "-o",
        str(folder / "corpus"),
        "--workers",
        "1",
        "--valid",
        "0.2",
    ]
    assert linnet_train.commands.main(command) == 0
    return folder / "corpus"


def fitted(corpus: Path, name: str, *options: str) -> Path:
    """A run of a few steps."""
    run = corpus.parent / name
    small = [
        "--embedding-dim",
        "16",
        "--hidden-size",
        "32",
        "--batch-size",
        "4",
        "--chunk",
        "64",
        "--average",
        "0",
    ]
    small += ["--heads", "none"]  # unless options say otherwise
    hurry = ["--learning-rate", "0.01", "--warmup-steps", "5", "--device", "cpu", "--threads", "1"]
    assert linnet_train.commands.main(["fit", str(corpus), "-o", str(run), *small, *hurry, *options]) == 0
    return run


@pytest.fixture(scope="session")
def run(corpus: Path) -> Path:
    """A network that has begun to learn."""
    return fitted(corpus, "run", "--steps", "60")


@pytest.fixture(scope="session")
def last_token_run(corpus: Path) -> Path:
    """A network that sees the last token alone."""
    return fitted(corpus, "last-token", "--steps", "5", "--inputs", "last-token")


@pytest.fixture(scope="session")
def headed_run(corpus: Path) -> Path:
    """A network with all heads there are, which reads music in its home key."""
    return fitted(corpus, "headed", "--steps", "40", "--heads", "all", "--home")
