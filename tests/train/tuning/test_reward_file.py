"""Reward files: what they may say, and trouble in one line."""

import re
from pathlib import Path

import numpy as np
import pytest

from linnet_train.errors import TrainError
from linnet_train.tuning import reward_file
from linnet_train.tuning.config import TuneConfig
from linnet_train.tuning.played import Played
from linnet_train.tuning.rewards import REWARDS
from tests.train.small_pieces import line

MINE = """
import numpy as np

def mostly_steps(piece):
    return float(np.mean(np.abs(np.diff(piece.pitches)) <= 2))

def broken(piece):
    return 1 / 0

def not_a_number(piece):
    return np.nan

def words(piece):
    return "good"

def too_many(piece):
    return np.zeros(3)
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "reward.toml"
    path.write_text(text)
    (folder / "mine.py").write_text(MINE)
    return path


def test_weights_add_up(tmp_path: Path) -> None:
    weights = {"in_key": 0.5, "no_loop": 1, "motifs": -2}
    text = "".join(f'[[reward]]\nname = "{name}"\nweight = {weight}\n' for name, weight in weights.items())
    path = write(tmp_path, text)
    rewards, settings = reward_file.read(path)
    piece = Played(line([60, 62, 64, 66] * 2), {"key": 1})
    earned = rewards(piece, "it")
    values = earned.values

    assert list(values) == ["in_key", "no_loop", "motifs"]
    assert earned.total == pytest.approx(0.5 * 0.75 + 1 * values["no_loop"] - 2 * values["motifs"])
    assert earned.whole == values["no_loop"] - 2 * values["motifs"]
    assert earned.bars == pytest.approx(np.array([0.5 * 3 / 8, 0.5 * 3 / 8]))  # F sharp in each
    assert settings == {}


def test_a_reward_of_ones_own_takes_five_lines(tmp_path: Path) -> None:
    path = write(tmp_path, '[[reward]]\nname = "mostly_steps"\nfile = "mine.py"\n[tune]\nupdates = 3\n')
    rewards, settings = reward_file.read(path)

    assert rewards(Played(line([60, 62, 64, 72, 71])), "it").values == {"mostly_steps": 0.75}
    assert settings == {"updates": 3}
    assert rewards.each[0].source.startswith("mine.py, sha256 ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken", r"reward broken \(mine.py\) failed on seed 7: ZeroDivisionError: division by zero"),
        ("not_a_number", r"reward not_a_number \(mine.py\) is nan for seed 7; it must be a finite number"),
        ("too_many", r"reward too_many \(mine.py\) is an array of 3 for seed 7; .* each of the 1 bars"),
        ("words", r"reward words \(mine.py\) failed on seed 7: ValueError: could not convert"),
    ],
)
def test_a_reward_that_fails_is_named_in_one_line(tmp_path: Path, name: str, said: str) -> None:
    rewards, _ = reward_file.read(write(tmp_path, f'[[reward]]\nname = "{name}"\nfile = "mine.py"\n'))
    with pytest.raises(TrainError, match=said) as caught:
        rewards(Played(line([60, 62])), "seed 7")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no .*reward"),
        ("reward = 1", "written as"),
        ("[[reward]]\nweight = 1\n", "has no name"),
        ('[[reward]]\nname = "in_keys"\n', "unknown reward 'in_keys'; did you mean 'in_key'"),
        ('[[reward]]\nname = "xyz"\n', "unknown reward 'xyz'; there are in_key"),
        ('[[reward]]\nname = "scale_consistency"\n', "one of the judges"),
        ('[[reward]]\nname = "in_key"\nwieght = 1\n', "unknown entry 'wieght'"),
        ('[[reward]]\nname = "in_key"\nweight = "much"\n', "weight of reward 'in_key' must be a number"),
        ('[[reward]]\nname = "in_key"\nweight = nan\n', "weight of reward 'in_key' must be a number"),
        ('[[reward]]\nname = "in_key"\n[[reward]]\nname = "in_key"\n', "stands there twice"),
        ('[[reward]]\nname = "missing"\nfile = "mine.py"\n', "mine.py has no function missing"),
        ('[[reward]]\nname = "in_key"\n[run]\n', "unknown entry 'run'"),
        ("[[reward]", "not a TOML file"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TrainError, match=said) as caught:
        reward_file.read(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_of_before_is_read_under_the_names_of_today(tmp_path: Path) -> None:
    text = '[[reward]]\nname = "wish_kept"\n[tune]\nleash = 0.1\ntakes = 4\n'
    rewards, settings = reward_file.read(write(tmp_path, text))
    assert [reward.name for reward in rewards.each] == ["wish_adherence"]
    assert settings == {"kl_coef": 0.1, "group_size": 4}


def test_a_python_file_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, '[[reward]]\nname = "f"\nfile = "other.py"\n')
    with pytest.raises(FileNotFoundError):
        reward_file.read(path)
    (tmp_path / "other.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(TrainError, match=r"other.py cannot be read: ModuleNotFoundError"):
        reward_file.read(path)


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs/tuning.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL))
    (tmp_path / "mine.py").write_text(blocks["python"])
    (tmp_path / "reward.toml").write_text(blocks["toml"])
    rewards, settings = reward_file.read(tmp_path / "reward.toml")
    assert rewards(Played(line([60, 62, 64, 72, 71])), "it").values["mostly_steps"] == 0.75
    assert settings == {"bars": 32}
    assert all(f"| `{name}` |" in text for name in REWARDS)


def test_the_recipe_of_the_packaged_model_can_be_read() -> None:
    recipes = Path(__file__).parents[3] / "train/recipes"
    rewards, settings = reward_file.read(recipes / "reward.toml")
    names = {reward.name for reward in rewards.each}
    for model in ("chorale", "folk"):
        of_plans, of_them = reward_file.read(recipes / f"reward-{model}.toml")
        names |= {reward.name for reward in of_plans.each}
        TuneConfig(**of_them)
    assert names == set(REWARDS)
    assert TuneConfig(**settings).min_p == 0.02  # as the model is exported
