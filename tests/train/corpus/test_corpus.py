"""A corpus is read through memory maps, and what is none is refused in one clear line."""

import argparse
import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from linnet_train.commands import prepare
from linnet_train.corpus.corpus import SPLITS, Corpus
from linnet_train.errors import TrainError
from tests.train.tunes import write_tunes


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_tunes(folder / "tunes", 20)
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    prepare.run(parser.parse_args([str(folder / "tunes"), "-o", str(folder / "corpus"), "--valid", "0.2"]))
    return folder / "corpus"


@pytest.fixture
def copy(prepared: Path, tmp_path: Path) -> Path:
    return shutil.copytree(prepared, tmp_path / "corpus")


def test_every_piece_is_in_one_split(prepared: Path) -> None:
    corpus = Corpus.open(prepared)
    names = [piece.name for split in SPLITS for piece in corpus.pieces(split)]
    assert sorted(names) == [f"tune{i:03}.mid" for i in range(20)]
    assert all(len(corpus.pieces(split)) > 0 for split in SPLITS)


def test_pieces_are_a_sequence(prepared: Path) -> None:
    pieces = Corpus.open(prepared).pieces("train")
    assert [piece.name for piece in pieces[2:4]] == [pieces[2].name, pieces[3].name]
    assert pieces[-1].name == pieces[len(pieces) - 1].name
    with pytest.raises(IndexError):
        pieces[len(pieces)]


def test_tokens_are_memory_mapped_and_cannot_be_changed(prepared: Path) -> None:
    piece = Corpus.open(prepared).pieces("train")[0]
    assert isinstance(piece.tokens, np.memmap)
    assert (piece.tokens.dtype, piece.wishes.dtype) == (np.uint16, np.uint8)
    with pytest.raises(ValueError, match="read-only"):
        piece.tokens[0] = 1


def test_the_fingerprint_tells_other_pieces_and_other_splits_apart(prepared: Path, copy: Path) -> None:
    first = Corpus.open(prepared).fingerprint
    assert Corpus.open(copy).fingerprint == first
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    prepare.run(
        parser.parse_args([str(prepared.parent / "tunes"), "-o", str(copy), "--valid", "0.2", "--seed", "9"])
    )
    assert Corpus.open(copy).fingerprint != first


def test_an_unknown_split_is_refused(prepared: Path) -> None:
    with pytest.raises(ValueError, match="split must be one of train, valid, test, got 'dev'"):
        Corpus.open(prepared).pieces("dev")  # type: ignore[arg-type]


def test_what_is_no_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="no such corpus"):
        Corpus.open(tmp_path / "missing")
    with pytest.raises(TrainError, match="is not a corpus: there is no corpus"):
        Corpus.open(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 2}', '"corpus"', "\x00\xff"])
def test_a_damaged_or_foreign_corpus_json_is_refused(copy: Path, text: str) -> None:
    (copy / "corpus.json").write_text(text, encoding="latin-1")
    with pytest.raises(TrainError, match="is damaged"):
        Corpus.open(copy)


def test_another_format_is_refused_with_both_versions(copy: Path) -> None:
    about = json.loads((copy / "corpus.json").read_text())
    (copy / "corpus.json").write_text(json.dumps(about | {"format": 99}))
    with pytest.raises(TrainError, match="corpus format 99, this linnet reads 2"):
        Corpus.open(copy)


@pytest.mark.parametrize("key", ["vocabulary", "wishes"])
def test_another_vocabulary_is_refused(copy: Path, key: str) -> None:
    about = json.loads((copy / "corpus.json").read_text())
    (copy / "corpus.json").write_text(json.dumps(about | {key: []}))
    with pytest.raises(TrainError, match="another vocabulary or other wishes"):
        Corpus.open(copy)


@pytest.mark.parametrize(
    "name", ["index.npy", "shards/00000.tokens.npy", "shards/00000.wishes.npy", "names.txt"]
)
@pytest.mark.parametrize("damage", ["gone", "empty", "pickle"])
def test_missing_and_damaged_files_are_named(copy: Path, name: str, damage: str) -> None:
    path = copy / name
    path.unlink()
    if damage != "gone":
        path.write_bytes(pickle.dumps(print) if damage == "pickle" else b"")
    with pytest.raises(TrainError, match=path.name):
        Corpus.open(copy).pieces("train")[0]


def test_a_part_of_a_corpus_keeps_splits_and_numbers(tmp_path: Path) -> None:
    write_tunes(tmp_path / "reels", 12)
    write_tunes(tmp_path / "jigs", 12, first_seed=50)
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    folders = [str(tmp_path / "reels"), str(tmp_path / "jigs")]
    prepare.run(parser.parse_args([*folders, "-o", str(tmp_path / "all"), "--valid", "0.2", "--test", "0.2"]))
    whole = Corpus.open(tmp_path / "all")
    jigs = Corpus.open(f"{tmp_path / 'all'}:jigs")
    assert jigs.styles == whole.styles
    for split in SPLITS:
        expected = [piece.name for piece in whole.pieces(split) if piece.source == "jigs"]
        assert [piece.name for piece in jigs.pieces(split)] == expected != []
    assert [source["name"] for source in jigs.sources_used] == ["jigs"]
    assert Corpus.open(jigs.address).part == ("jigs",)
    assert Corpus.open(whole.address).part == ()
    with pytest.raises(TrainError, match=r"has no style 'waltzes'; it has jigs, reels"):
        Corpus.open(f"{tmp_path / 'all'}:waltzes")
    with pytest.raises(TrainError, match="no such corpus"):
        Corpus.open(f"{tmp_path / 'nothing'}:jigs")
