"""Words at the keyboard that `linnet-export` does not know."""

from pathlib import Path

import pytest

from linnet_export import cli


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("run -o x.onnx --int8", "there is no --int8: integers are usual; --fp32 keeps floats"),
        ("run -o x.onnx --temprature 1", "there is no --temprature; did you mean --temperature?"),
        ("run -o x.onnx --top-p 3", "--top-p must be between 0 and 1, got 3"),
        ("run", "missing: -o/--output; see linnet-export --help"),
    ],
)
def test_what_there_is_not_is_met_with_what_there_is(
    arguments: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments.split())
    said = capsys.readouterr().err

    assert (stop.value.code, said.count("\n")) == (2, 1)
    assert answer in said


def test_the_attribution_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("mine")

    assert cli.main([str(tmp_path), "-o", str(text), "--attribution", str(text)]) == 1
    assert "is the file that is read: give another name" in capsys.readouterr().err
    assert text.read_text() == "mine"


def test_help_fits_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    assert [line for line in cli.parser().format_help().splitlines() if len(line) > 80] == []
