"""Words at the keyboard that `linnet-train` does not know."""

from argparse import Namespace
from pathlib import Path

import pytest

from linnet_train import commands
from linnet_train.commands.options import check_outputs


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("fit x -o y --lr 0.1", "linnet-train fit: there is no --lr: --learning-rate 0.005"),
        ("fit x -o y --lerning-rate 0.1", "did you mean --learning-rate? peak learning rate of AdamW"),
        ("fit x -o y --learning-rate fast", "--learning-rate must be a number, got 'fast'"),
        ("fit x -o y --device tpu", "--device must be one of 'auto', 'cpu', 'cuda', got 'tpu'"),
        ("fit x -o y --min-notes 3", "there is no --min-notes here; linnet-train prepare has it"),
        ("report x --gpu 1", "there is no --gpu: in fit, --device cuda or cpu"),
        ("train x", "linnet-train: there is no command 'train'; did you mean linnet-train fit?"),
        ("export x", "linnet-export RUN -o FILE.onnx"),
        ("fit x", "linnet-train fit: missing: -o/--output; see linnet-train fit --help"),
    ],
)
def test_what_there_is_not_is_met_with_what_there_is(
    arguments: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        commands.main(arguments.split())
    said = capsys.readouterr().err

    assert (stop.value.code, said.count("\n")) == (2, 1)
    assert answer in said


def test_advice_names_options_that_there_are() -> None:
    whole = commands.parser()
    fit = whole.commands["fit"]

    for name, text in fit.advice.items():
        assert f"  --{name} " not in fit.format_help()
        assert all(f"{word} " in fit.format_help() for word in text.split() if word.startswith("--")), text
    known = {text for text in whole.synonyms.values() if " " not in text}
    assert known <= set(whole.commands)


@pytest.mark.parametrize(
    "arguments",
    [
        "evaluate run --json run/best.safetensors",
        "evaluate run --json run/config.json",
        "evaluate run --corpus corpus --json corpus/shards/0.npy",
        "evaluate run --against link --json run/metrics.jsonl",
        "frames set.npz --json set.npz",
        "wishes model.onnx --against corpus --record model.onnx",
        "report model.onnx --against corpus -o there --record corpus/corpus.json",
        "tuned run run --reward reward.toml --against corpus --record reward.toml",
        "tune run --reward reward.toml -o link",
        "fit corpus -o corpus",
        "fit corpus:style -o corpus",
        "prepare corpus -o corpus",
    ],
)
def test_nothing_is_written_over_what_is_read(
    arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("run/best.safetensors", "run/config.json", "run/metrics.jsonl", "corpus/shards/0.npy")
    files = [Path(name) for name in (*names, "corpus/corpus.json", "set.npz", "model.onnx", "reward.toml")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    Path("link").symlink_to("run")

    assert commands.main(arguments.split()) == 1
    assert "which is read: give another name" in (said := capsys.readouterr().err) or "that is read" in said
    assert said.count("\n") == 1
    assert all(file.read_text() == "{}" for file in files)


def test_figures_may_stand_beside_a_run(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    figures.write_text("{}")
    check_outputs(Namespace(folder=tmp_path, json=figures))


@pytest.mark.parametrize("name", ["", *(each.__name__.rpartition(".")[2] for each in commands.COMMANDS)])
def test_help_fits_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    whole = commands.parser()
    text = (whole.commands[name] if name else whole).format_help()

    assert [line for line in text.splitlines() if len(line) > 80] == []
