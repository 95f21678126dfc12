"""What a model file does unasked can be changed without another export."""

from pathlib import Path

import onnx
import pytest

import linnet
from linnet_export.defaults import main

TINY = Path(__file__).parents[1] / "data/tiny.onnx"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy = tmp_path / "tiny.onnx"
    copy.write_bytes(TINY.read_bytes())
    return copy


def test_settings_change_and_nothing_else(file: Path) -> None:
    before = linnet.load(TINY).info
    assert main([str(file), "parallels=forbidden", "temperature=0.9"]) == 0

    after = linnet.load(file).info
    assert after.defaults == before.defaults | {"parallels": "forbidden", "temperature": 0.9}
    assert (after.features, after.vocabulary, after.states) == (
        before.features,
        before.vocabulary,
        before.states,
    )
    assert onnx.load(str(file)).graph == onnx.load(str(TINY)).graph


@pytest.mark.parametrize("setting", ["parallels=never", "temperature=-1", "top_p=2"])
def test_a_setting_that_is_none_leaves_the_file_as_it_was(
    file: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), setting]) == 1

    assert file.read_bytes() == TINY.read_bytes()
    assert "linnet.defaults is missing or damaged" in capsys.readouterr().err
