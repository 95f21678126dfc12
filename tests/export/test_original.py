"""The filter of the training music that export puts into a model file."""

from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet._core import runs_of
from linnet_export import original
from linnet_export.defaults import rewrite
from linnet_train.corpus.corpus import Corpus


def test_what_was_learnt_from_is_found_and_little_else(corpus: Path) -> None:
    music = Corpus.open(corpus)
    found = original.measure(music)

    assert found is not None
    assert found.measured["false_alarms"] < 0.1
    for piece in list(music.pieces("train"))[:5]:
        tokens = np.ascontiguousarray(piece.tokens, np.uint16)
        hashes, slots = np.zeros(len(tokens), np.uint64), np.zeros(len(tokens), np.uint8)
        count = runs_of(tokens, pairs=found.pairs, hashes=hashes, slots=slots)
        line = hashes[:count][slots[:count] == 0]
        for at in range(len(line) - found.window + 1):  # of so many runs in a row one is there
            window = line[at : at + found.window]
            assert not window.all() or found.runs.count(np.ascontiguousarray(window)) > 0


def test_a_command_gives_a_file_its_filter(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tiny.onnx"
    file.write_bytes((Path(__file__).parents[1] / "data/tiny.onnx").read_bytes())
    assert linnet.load(file).info.original is None
    assert original.main([str(file), str(corpus)]) == 0
    assert "false alarms" in capsys.readouterr().out

    about = linnet.load(file).info.original
    assert about is not None
    assert about.runs.bits
    assert original.main([str(file), str(tmp_path)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_damaged_filter_is_refused(corpus: Path, tmp_path: Path) -> None:
    file = tmp_path / "tiny.onnx"
    file.write_bytes((Path(__file__).parents[1] / "data/tiny.onnx").read_bytes())
    before = file.read_bytes()
    found = original.measure(Corpus.open(corpus))
    assert found is not None
    with pytest.raises(linnet.ModelError, match=r"linnet\.original"):
        rewrite(file, {"linnet.original": found.entry() | {"log2": 3}})
    assert file.read_bytes() == before
