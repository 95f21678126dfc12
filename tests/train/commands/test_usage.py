"""Words at the keyboard that `linnet-train` does not know."""

import pytest

from linnet_train import commands


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
