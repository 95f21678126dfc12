"""What a network is tuned for, as TOML: rewards with their weights, linnet's or the reader's own.

[[reward]]
name = "in_key"          # one of linnet_train.tuning.rewards.REWARDS
weight = 0.5             # 1 unless given; below 0 it is a penalty

[[reward]]
name = "mostly_steps"    # a function of yours: takes a `played.Played`, returns a number
file = "mine.py"         # beside the TOML file

[tune]                   # settings of `linnet-train tune`, all optional
updates = 100
"""

import difflib
import importlib.util
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from linnet_train.errors import TrainError
from linnet_train.evaluation.figures import SIXTEEN
from linnet_train.network.config import current_names
from linnet_train.tuning.played import Bars, Played
from linnet_train.tuning.rewards import EARLIER_NAMES, REWARDS, Function

_ENTRIES = ("name", "weight", "file")


@dataclass(frozen=True, slots=True)
class Reward:
    """A function with its weight."""

    name: str
    weight: float
    function: Function
    source: str = "linnet"
    """Where the function is from: linnet, or a Python file and the hash of what it holds."""

    def __call__(self, piece: Played, who: str) -> float | Bars:
        """What a piece earned, unweighted; TrainError, naming the reward, when the function fails or gives
        NaN.
        """
        try:
            found = self.function(piece)
            value = found.astype(np.float64) if isinstance(found, np.ndarray) and found.ndim else float(found)
        except Exception as error:  # whatever a stranger's function may raise
            problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise TrainError(f"reward {self} failed on {who}: {problem}") from error
        if not np.isfinite(value).all():
            raise TrainError(f"reward {self} is {value} for {who}; it must be a finite number")
        if np.shape(value) not in ((), (piece.score.bars,)):
            shape = " by ".join(map(str, np.shape(value)))
            raise TrainError(
                f"reward {self} is an array of {shape} for {who}; it must have a number for each of the "
                f"{piece.score.bars} bars"
            )
        return value

    def __str__(self) -> str:
        return self.name if self.source == "linnet" else f"{self.name} ({self.source.split(',')[0]})"

    def about(self) -> dict[str, Any]:
        """As plain data."""
        return {"name": self.name, "weight": self.weight, "source": self.source}


@dataclass(frozen=True, slots=True)
class RewardValues:
    """What a piece earned by all rewards."""

    values: dict[str, float]
    """By name and unweighted."""

    whole: float
    """What every bar counts for: the weighted sum of rewards that are numbers."""

    bars: Bars
    """What each bar earned by rewards that are arrays. (bars)"""

    @property
    def total(self) -> float:
        """The weighted sum of all."""
        return self.whole + float(self.bars.sum())


@dataclass(frozen=True, slots=True)
class Rewards:
    """All rewards of a run."""

    each: tuple[Reward, ...]

    def __call__(self, piece: Played, who: str) -> RewardValues:
        """What a piece earned; `who` names it in messages."""
        values, whole, bars = {}, 0.0, np.zeros(piece.score.bars)
        for reward in self.each:
            found = reward(piece, who)
            values[reward.name] = float(np.sum(found))
            if isinstance(found, float):
                whole += reward.weight * found
            else:
                bars += reward.weight * found
        return RewardValues(values, whole, bars)


def read(path: Path) -> tuple[Rewards, dict[str, Any]]:
    """The rewards of a file, and its table [tune] unchecked; TrainError for what is wrong with it."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainError(f"{path}: not a TOML file: {error}") from error
    for name in tables:
        if name not in ("reward", "tune"):
            raise TrainError(f"{path}: unknown entry '{name}'; a reward file has [[reward]] and [tune]")
    entries, settings = tables.get("reward", []), tables.get("tune", {})
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TrainError(f"{path}: rewards are written as [[reward]], each with its name")
    if not isinstance(settings, dict):
        raise TrainError(f"{path}: settings are written under [tune]")
    rewards = [_reward(path, entry) for entry in entries]
    if not rewards:
        raise TrainError(f"{path}: there is no [[reward]] in it")
    names = [reward.name for reward in rewards]
    for name in names:
        if names.count(name) > 1:
            raise TrainError(f"{path}: reward '{name}' stands there twice")
    return Rewards(tuple(rewards)), current_names("tune", settings)


def _reward(path: Path, entry: dict[str, Any]) -> Reward:
    name, weight, file = (entry.get(key, usual) for key, usual in zip(_ENTRIES, ("", 1.0, None), strict=True))
    for key in entry:
        if key not in _ENTRIES:
            raise TrainError(f"{path}: unknown entry '{key}' in a [[reward]]; it has {', '.join(_ENTRIES)}")
    if not isinstance(name, str) or not name:
        raise TrainError(f"{path}: a [[reward]] has no name")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
        raise TrainError(f"{path}: the weight of reward '{name}' must be a number, got {weight!r}")
    if file is None:
        name = EARLIER_NAMES.get(name, name)
        return Reward(name, float(weight), _known(path, name))
    if not isinstance(file, str):
        raise TrainError(
            f"{path}: the file of reward '{name}' must be the name of a Python file, got {file!r}"
        )
    place = path.parent / file
    function = getattr(_module(place), name, None)
    if not callable(function):
        raise TrainError(f"{place} has no function {name}")
    return Reward(name, float(weight), function, f"{file}, sha256 {sha256(place.read_bytes()).hexdigest()}")


def _known(path: Path, name: str) -> Function:
    if name in REWARDS:
        return REWARDS[name]
    if name in (*SIXTEEN, "range_hit", "frechet_distance", "classifier_auc"):
        raise TrainError(
            f"{path}: '{name}' is one of the judges, which compare with people, and cannot be a reward"
        )
    near: Sequence[str] = difflib.get_close_matches(name, REWARDS, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(REWARDS)}; others need a file"
    raise TrainError(f"{path}: unknown reward '{name}'; {hint}")


def _module(path: Path) -> ModuleType:
    """The Python file, run as a module of its own."""
    if not path.is_file():
        raise FileNotFoundError(2, "no such file of rewards", str(path))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise TrainError(f"{path}: not a Python file; it is to be called something.py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a stranger's file may raise
        raise TrainError(f"{path} cannot be read: {type(error).__name__}: {error}") from error
    return module
