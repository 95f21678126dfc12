"""Which engine plays the model files of linnet-train."""

from pathlib import Path

import pytest

import linnet
from linnet.errors import ModelError, ModelFormatError
from linnet_train.sampling import opened

TINY = Path(__file__).parents[2] / "data" / "tiny.onnx"


@pytest.fixture(autouse=True)
def _nobody_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINNET_ENGINE", raising=False)


def test_an_exact_model_plays_in_linnets_own_engine() -> None:
    assert opened.load(TINY).engine.runs_on == "native"


def test_another_model_plays_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(path: Path, engine: str = "auto") -> str:
        if engine == "native":
            raise ModelError("it is not exact")
        return engine

    monkeypatch.setattr(linnet, "load", load)

    assert opened.load(TINY) == "auto"


def test_who_has_chosen_an_engine_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINNET_ENGINE", "onnxruntime")

    assert opened.load(TINY).engine.runs_on == "onnxruntime"


def test_a_damaged_file_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "damaged.onnx").write_bytes(TINY.read_bytes()[:1000])

    with pytest.raises(ModelFormatError, match="damaged"):
        opened.load(tmp_path / "damaged.onnx")
