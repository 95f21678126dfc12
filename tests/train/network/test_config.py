"""Settings: one definition, on the command line, in recipes and beside checkpoints."""

import argparse
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from linnet_train.commands import options
from linnet_train.errors import TrainError
from linnet_train.network import config
from linnet_train.network.config import ModelConfig, RunConfig

RECIPES = Path(__file__).parents[3] / "train" / "recipes"


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    options.add_table(parser, "model", ModelConfig)
    options.add_table(parser, "run", RunConfig)
    return parser.parse_args(arguments)


def test_every_setting_of_a_run_is_an_option_with_an_explanation() -> None:
    parser = argparse.ArgumentParser()
    options.add_table(parser, "model", ModelConfig)
    options.add_table(parser, "run", RunConfig)
    text = parser.format_help()
    for field in fields(RunConfig):
        assert "--" + field.name.replace("_", "-") in text
        assert len(field.metadata["help"]) > 10


def test_options_arrive_with_their_types_and_only_when_typed() -> None:
    args = parsed("--learning-rate", "0.01", "--batch-size", "8", "--inputs", "last-token")
    assert options.typed(args, "run") == {"learning_rate": 0.01, "batch_size": 8}
    assert options.typed(args, "model") == {"inputs": "last-token"}


def test_the_command_line_wins_over_the_recipe_and_the_recipe_over_the_default(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[model]\nhidden_size = 64\n[run]\ndropout = 0.5\nseed = 7\n")
    model, run = config.read_recipe(recipe)
    assert config.build(ModelConfig, model).hidden_size == 64
    built = config.build(RunConfig, run, options.typed(parsed("--seed", "9"), "run"))
    assert (built.dropout, built.seed, built.chunk) == (0.5, 9, RunConfig().chunk)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[run]\nbatchsize = 3", "unknown setting 'batchsize' in .run.; did you mean 'batch_size'"),
        ("[model]\nfeature_count = 3", "unknown setting 'feature_count' in .model."),
        ("[runs]\nseed = 3", "unknown entry 'runs'"),
        ("seed = 3", "unknown entry 'seed'"),
        ("[run\n", "not a TOML file"),
        ("[run]\nseed = '\udcff'", "not a TOML file"),  # a byte that is no UTF-8
    ],
)
def test_a_wrong_recipe_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(TrainError, match=message) as caught:
        config.read_recipe(recipe)
    assert "\n" not in str(caught.value)
    assert "recipe.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"dropout": 1.5}, "dropout must be between 0 and 0.95, got 1.5"),
        ({"dropout": float("nan")}, "dropout must be between"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number, got 2.5"),
        ({"seed": True}, "seed must be a whole number, got True"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, got 'fast'"),
        ({"device": "tpu"}, "device must be one of auto, cpu, cuda, got 'tpu'"),
    ],
)
def test_a_wrong_value_is_named_with_its_limits(table: dict[str, object], message: str) -> None:
    with pytest.raises(TrainError, match=message):
        config.build(RunConfig, table)


def test_settings_survive_the_run_folder(tmp_path: Path) -> None:
    model, run = ModelConfig(hidden_size=40, inputs="last-token"), RunConfig(steps=3, seed=5)
    config.write_config(tmp_path / "config.json", model, run, {"time_base": "grid"})
    assert config.read_config(tmp_path) == (model, run, {"time_base": "grid"})


def test_runs_and_recipes_of_before_are_read_under_the_names_of_today(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model": {"bag": "last-token"}, "run": {}, "corpus": {}}')
    assert config.read_config(tmp_path)[0] == ModelConfig(inputs="last-token", **config.BEFORE)
    (tmp_path / "old.toml").write_text('[model]\nbag = "last-token"\n')
    assert config.read_recipe(tmp_path / "old.toml") == ({"inputs": "last-token"}, {})


@pytest.mark.parametrize("text", ["", "{}", '{"model": {"colour": 1}, "run": {}, "corpus": {}}'])
def test_a_foreign_config_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(TrainError, match=r"config\.json: not the settings"):
        config.read_config(tmp_path)


def test_a_folder_without_config_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="is not a run"):
        config.read_config(tmp_path)


def test_a_resumed_run_may_be_made_longer_but_not_different() -> None:
    run = RunConfig(steps=10)
    assert asdict(config.resumed(run, {"steps": 20})) == {**asdict(run), "steps": 20}
    assert config.resumed(run, {"chunk": run.chunk}) == run
    with pytest.raises(TrainError, match="--resume keeps the settings of the run: chunk is 128, not 64"):
        config.resumed(run, {"chunk": 64})


@pytest.mark.parametrize(
    "recipe",
    sorted(set(RECIPES.glob("*.toml")) - set(RECIPES.glob("reward*.toml"))),
    ids=lambda path: path.stem,
)
def test_the_recipes_we_ship_are_valid(recipe: Path) -> None:
    model, run = config.read_recipe(recipe)
    config.build(ModelConfig, model)
    config.build(RunConfig, run)
