"""The models that a set of frames is measured with, and what they score."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet_train.frames import baselines, sets
from linnet_train.frames.batches import AS_IT_IS, FrameData, FrameModel, Transposing
from linnet_train.frames.controls import BernoulliLstm, TokenLstm
from linnet_train.frames.model import FrameConfig, FrameNetwork
from linnet_train.frames.sets import FrameSet
from linnet_train.frames.training import FrameFit, FrameRecipe, frame_nats, macro, micro
from linnet_train.storage import read_json, write_json


@dataclass(frozen=True, slots=True)
class Contestant:
    """A network to train: how to make it for so many pitches, its recipe, and its share of the minutes."""

    title: str
    build: Callable[[int], FrameModel]
    recipe: FrameRecipe
    share: float


def contestants(without: Sequence[str] = ()) -> dict[str, Contestant]:
    """The networks in the order in which they are trained, the last without some PARTS or "transposing"."""
    parts = tuple(part for part in without if part != "transposing")
    config = FrameConfig(sets.PITCHES, without=parts)
    transposing = AS_IT_IS if "transposing" in without else Transposing(config.widest, home=0.5)
    return {
        "bernoulli": Contestant(
            "independent-Bernoulli LSTM (control)",
            lambda pitches: BernoulliLstm(pitches, hidden_size=256, num_layers=2, dropout=0.3),
            FrameRecipe(learning_rate=5e-3, weight_decay=0.0, steps=3000, lanes=8),
            share=0.17,
        ),
        "last_token": Contestant(
            "LSTM, last token only",
            lambda pitches: TokenLstm(pitches, embedding_dim=256, hidden_size=256, num_layers=2, dropout=0.3),
            FrameRecipe(epochs=40, learning_rate=3e-3, weight_decay=0.05, chunk=256),
            share=0.15,
        ),
        "features": Contestant(
            "LSTM with all features" + "".join(f", no {part}" for part in without),
            lambda pitches: FrameNetwork(replace(config, pitches=pitches)),
            FrameRecipe(epochs=60, learning_rate=2e-3, weight_decay=0.05, transposing=transposing),
            share=0.68,
        ),
    }


TRAINING = 0.95
"""Share of the minutes that is for training; the rest is for features and for scoring."""

COUNTS = {
    "marginal": ("count: each pitch on its own", baselines.marginal),
    "markov": ("count: each pitch and itself before", baselines.markov),
}


@dataclass(frozen=True, slots=True)
class FrameFigures:
    """What a model scores on the test split, nats a frame, and what that took."""

    title: str
    nll_micro: float
    """Averaged over frames: the headline."""

    nll_macro: float
    """Averaged over pieces."""

    nll_valid: float | None = None
    """On the split that chose the weights, micro."""

    parameters: int = 0
    minutes: float = 0.0
    """Of training, with evaluations of the valid split."""

    epochs: float = 0.0
    best_epoch: float = 0.0


@dataclass(frozen=True, slots=True)
class FrameReport:
    """All models on one set."""

    figures: dict[str, FrameFigures]
    minutes: float
    """Everything: features, training and scoring, of earlier calls too where a run was resumed."""

    def to_json(self) -> dict[str, Any]:
        """The figures under the names that others rely on, then all of them."""
        names = {
            "nll_micro": ("features", "nll_micro"),
            "nll_macro": ("features", "nll_macro"),
            "nll_control_bernoulli": ("bernoulli", "nll_micro"),
            "nll_last_token_only": ("last_token", "nll_micro"),
            "nll_marginal": ("marginal", "nll_micro"),
            "nll_markov": ("markov", "nll_micro"),
            "parameters": ("features", "parameters"),
        }
        rows = {name: asdict(row) for name, row in self.figures.items()}
        headline = {name: rows[row][column] for name, (row, column) in names.items() if row in rows}
        return {**headline, "minutes": self.minutes, "models": rows}

    def table(self) -> str:
        """The figures for people to read."""
        columns = ("micro", "macro", "valid", "parameters", "minutes", "epochs", "best at")
        lines = [f"{'test nats a frame':38}" + "".join(f"{title:>12}" for title in columns)]
        for row in self.figures.values():
            line = f"{row.title:38}{row.nll_micro:12.3f}{row.nll_macro:12.3f}"
            if row.nll_valid is not None:
                line += f"{row.nll_valid:12.3f}{row.parameters:12,}{row.minutes:12.1f}"
                line += f"{row.epochs:12.1f}{row.best_epoch:12.1f}"
            lines.append(line)
        return "\n".join([*lines, f"{self.minutes:.1f} minutes in all"])


def measure(
    music: FrameSet,
    *,
    minutes: float,
    seed: int = 1,
    epochs: float | None = None,
    only: str | None = None,
    without: Sequence[str] = (),
    folder: Path | None = None,
) -> FrameReport:
    """Counts, trains and scores.

    Args:
        music: the set.
        minutes: for everything, networks by their shares.
        seed: of weights, order and dropout.
        epochs: at most so many for each network; None: as each recipe says.
        only: one network and the counts; None: all.
        without: PARTS, or "transposing", that the network with all features does without.
        folder: where what is done is kept, and not done again; None: nowhere.
    """
    began, fitting = time.monotonic(), 0.0
    train, valid, test = (FrameData(rolls) for rolls in (music.train, music.valid, music.test))
    figures = {
        name: _figures(title, count(music.train, music.test), test) for name, (title, count) in COUNTS.items()
    }
    chosen = {name: one for name, one in contestants(without).items() if only in (None, name)}
    shares = sum(contestant.share for contestant in chosen.values())
    for name, contestant in chosen.items():
        done = _file(folder, f"{name}.json")
        if done and done.exists():
            figures[name] = FrameFigures(**read_json(done))
            continue
        fit = FrameFit(
            name,
            partial(contestant.build, train.pitches),
            train,
            valid,
            contestant.recipe if epochs is None else replace(contestant.recipe, epochs=epochs),
            minutes=TRAINING * minutes * contestant.share / shares,
            seed=seed,
            saved=_file(folder, f"{name}.safetensors"),
        )
        started = time.monotonic()
        network = fit.until_done()
        fitting += time.monotonic() - started
        figures[name] = replace(
            _figures(contestant.title, frame_nats(network, test), test),
            nll_valid=fit.record.best,
            parameters=sum(parameter.numel() for parameter in network.parameters()),
            minutes=fit.record.elapsed_seconds / 60,
            epochs=fit.epoch,
            best_epoch=fit.record.best_epoch,
        )
        if done:
            write_json(done, asdict(figures[name]))
    others = (time.monotonic() - began - fitting) / 60
    return FrameReport(figures, others + sum(row.minutes for row in figures.values()))


def _file(folder: Path | None, name: str) -> Path | None:
    """Where a network or its figures are kept; runs of before call the network with all features "bag"."""
    if folder is None:
        return None
    earlier = folder / name.replace("features", "bag")
    return earlier if earlier.exists() else folder / name


def _figures(title: str, nats: NDArray[np.float64], data: FrameData) -> FrameFigures:
    return FrameFigures(title, micro(nats, data), macro(nats, data))
