"""`linnet-train prepare`: every file is accounted for, twins stay together, bad input ends in one line."""

import argparse
import json
import resource
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet import midi
from linnet.controls import wishes
from linnet.music.key import home_key
from linnet.music.roles import ordered, roles
from linnet.music.score import Notes, Track
from linnet.tokens import codec
from linnet_train.commands import prepare
from linnet_train.corpus.align import align
from linnet_train.corpus.corpus import SPLITS, Corpus
from linnet_train.corpus.scan import FEWEST_LEVELS
from linnet_train.errors import TrainError
from tests.train.tunes import DATA, tune, write_tunes

TUNES = 24


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    return prepare.run(parser.parse_args([str(argument) for argument in arguments]))


def report(corpus: Path) -> dict[str, dict[str, Any]]:
    return {row["file"]: row for row in json.loads((corpus / "report.json").read_text())["files"]}


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good and bad files of all kinds, in two folders."""
    folder = tmp_path_factory.mktemp("in") / "music"
    reels, odd = folder / "reels", folder / "odd"
    write_tunes(reels, TUNES)
    odd.mkdir()
    louder = tune(100)
    notes = louder.notes
    louder = replace(
        louder,
        tracks=(Track(Notes(notes.onset, notes.duration, notes.pitch, np.full(len(notes), 60)), program=40),),
    )
    midi.write(louder, odd / "louder.mid")
    shutil.copy(reels / "tune000.mid", odd / "copy.MID")
    midi.write(tune(100).transpose(5), odd / "transposed.mid")
    midi.write(tune(bars=(8,)), odd / "short.mid")
    midi.write(replace(tune(), tracks=()), odd / "silent.mid")
    midi.write(tune(1, upbeat=2).mix(tune(2, bars=(8,) * 7 + (10,) + (8,) * 8, upbeat=2)), odd / "torn.mid")
    (odd / "photo.midi").write_bytes(b"\xff\xd8\xff\xe0JFIF" + bytes(500))
    (odd / "empty.mid").touch()
    (odd / "truncated.kar").write_bytes((reels / "tune001.mid").read_bytes()[:9])
    (odd / "readme.txt").write_text("no music")
    (odd / "README.md").write_text("# odd\n\n- Source: a drawer\n- Licence, short: CC0\n")
    (folder / "ATTRIBUTION.md").write_text("Thanks to the drawer.\n")
    return folder


@pytest.fixture(scope="module")
def prepared(music: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("out") / "corpus"
    assert run(music, "-o", corpus, "--workers", 2) == 0
    return corpus


def test_the_report_accounts_for_every_file(music: Path, prepared: Path) -> None:
    rows = report(prepared)
    found = {
        str(path.relative_to(music))
        for path in music.rglob("*")
        if path.suffix[1:].lower() in ("mid", "midi", "kar")
    }
    assert set(rows) == found
    assert rows["odd/copy.MID"]["status"] == "used"  # the first by name stays
    copy = rows["reels/tune000.mid"]
    assert (copy["status"], copy["reason"], copy["of"]) == ("duplicate", "same file", "odd/copy.MID")
    louder = rows["odd/louder.mid"]
    assert (louder["status"], louder["reason"], louder["of"]) == ("duplicate", "same music", "odd/copy.MID")
    reasons = {name: rows[f"odd/{name}"]["reason"] for name in ("short.mid", "silent.mid", "torn.mid")}
    assert reasons == {
        "short.mid": "too few notes",
        "silent.mid": "no notes",
        "torn.mid": "voices drift apart",
    }
    for name in ("photo.midi", "empty.mid", "truncated.kar"):
        assert rows[f"odd/{name}"]["reason"] == "unreadable"
        assert rows[f"odd/{name}"]["detail"]
    used = [row for row in rows.values() if row["status"] == "used"]
    assert all(row["notes"] and row["tokens"] and row["split"] in SPLITS for row in used)


def test_the_totals_add_up(prepared: Path) -> None:
    totals = json.loads((prepared / "report.json").read_text())["totals"]
    rows = report(prepared)
    assert totals["found"] == len(rows) == TUNES + 9
    assert (
        totals["used"] + sum(totals["skipped"].values()) + sum(totals["duplicates"].values())
        == totals["found"]
    )
    assert totals["used"] == sum(totals["splits"].values()) == TUNES + 1
    assert Counter(row["status"] for row in rows.values())["used"] == totals["used"]
    assert totals["alignment"] == {"aligned": 16, "right": 9}


def test_the_corpus_holds_tokens_and_wishes_of_the_aligned_music(music: Path, prepared: Path) -> None:
    corpus = Corpus.open(prepared)
    pieces = [piece for split in SPLITS for piece in corpus.pieces(split)]
    assert len(pieces) == TUNES + 1
    for piece in pieces:
        aligned = align(midi.read(music / piece.name)).score
        score = ordered(codec.quantise(aligned, "grid"))
        assert np.array_equal(piece.tokens, codec.encode(score))
        measured = wishes.measure(score, piece.style, key=home_key(aligned))
        if len(np.unique(score.notes.velocity)) < FEWEST_LEVELS:
            measured[:, wishes.INDEX["loudness"]] = 0
        assert np.array_equal(piece.wishes, measured)
        assert [role for role in piece.roles if role] == list(roles(score))
        assert piece.notes == len(score.notes)
        assert piece.seconds == pytest.approx(score.seconds(score.end))


@pytest.mark.parametrize("seed", range(3))
def test_a_transposed_twin_is_on_the_same_side(
    music: Path, prepared: Path, tmp_path: Path, seed: int
) -> None:
    corpus = shutil.copytree(prepared, tmp_path / "corpus")
    run(music, "-o", corpus, "--seed", seed, "--valid", 0.3, "--test", 0.3)
    rows = report(corpus)
    twins = rows["odd/transposed.mid"], rows["odd/copy.MID"]
    assert twins[0]["split"] == twins[1]["split"]
    assert twins[0]["group"] == twins[1]["group"]


def test_another_seed_makes_another_split_of_the_same_shards(
    music: Path, prepared: Path, tmp_path: Path
) -> None:
    corpus = shutil.copytree(prepared, tmp_path / "corpus")
    shards = {path: path.stat().st_mtime_ns for path in (corpus / "shards").iterdir()}
    splits = {}
    for seed in (1, 2, 1):
        run(music, "-o", corpus, "--seed", seed, "--valid", 0.2)
        now = {name: row.get("split") for name, row in report(corpus).items()}
        assert splits.setdefault(seed, now) == now
    assert splits[1] != splits[2]
    assert {path: path.stat().st_mtime_ns for path in (corpus / "shards").iterdir()} == shards


def test_folders_below_the_one_given_are_styles_and_sources(prepared: Path) -> None:
    corpus = Corpus.open(prepared)
    assert corpus.styles == ("odd", "reels")
    by_name = {source["name"]: source for source in corpus.sources}
    assert (by_name["odd"]["licence"], by_name["odd"]["origin"]) == ("CC0", "a drawer")
    assert by_name["reels"]["licence"] == "not stated"
    assert sum(source["pieces"] for source in corpus.sources) == TUNES + 1
    assert corpus.attribution == "Thanks to the drawer.\n"
    for piece in corpus.pieces("train"):
        assert piece.name.startswith(corpus.styles[piece.style])
        assert piece.source == corpus.styles[piece.style]
        assert set(piece.wishes[:, wishes.INDEX["style"]]) == {piece.style + 1}


def test_several_folders_are_a_style_each_and_none_is_none(music: Path, tmp_path: Path) -> None:
    run(music / "reels", music / "odd", "-o", tmp_path / "two")
    corpus = Corpus.open(tmp_path / "two")
    assert corpus.styles == ("odd", "reels")
    assert all(piece.name.startswith(("odd/", "reels/")) for piece in corpus.pieces("train"))
    run(music, "-o", tmp_path / "none", "--style-from", "none")
    corpus = Corpus.open(tmp_path / "none")
    assert corpus.styles == ()
    assert all(
        piece.style == -1 and not piece.wishes[:, wishes.INDEX["style"]].any()
        for piece in corpus.pieces("train")
    )


def test_no_align_and_performance_keep_the_bars_and_times_of_the_file(music: Path, tmp_path: Path) -> None:
    run(music / "reels", "-o", tmp_path / "raw", "--no-align")
    run(music / "reels", "-o", tmp_path / "played", "--time-base", "performance")
    for folder, time_base in (("raw", "grid"), ("played", "performance")):
        corpus = Corpus.open(tmp_path / folder)
        assert corpus.time_base == time_base
        piece = corpus.pieces("train")[0]
        assert np.array_equal(
            piece.tokens, codec.encode(midi.read(music / "reels" / piece.name), corpus.time_base)
        )


def test_strict_leaves_out_pieces_with_unclear_bars(tmp_path: Path) -> None:
    write_tunes(tmp_path / "in", 3)
    midi.write(tune(bars=(7, 9, 8, 6, 11, 7, 10, 5, 8, 9, 6, 7)), tmp_path / "in" / "odd.mid")
    run(tmp_path / "in", "-o", tmp_path / "kept")
    run(tmp_path / "in", "-o", tmp_path / "strict", "--strict")
    assert report(tmp_path / "kept")["odd.mid"]["alignment"] == "unclear"
    assert report(tmp_path / "strict")["odd.mid"]["reason"] == "unclear bars"


def test_limits_skip_with_a_reason(tmp_path: Path) -> None:
    write_tunes(tmp_path / "in", 2)
    midi.write(tune(bars=(8,) * 60), tmp_path / "in" / "long.mid")
    run(tmp_path / "in", "-o", tmp_path / "tokens", "--max-tokens", 1000)
    assert report(tmp_path / "tokens")["long.mid"]["reason"] == "too long"
    size = (tmp_path / "in" / "long.mid").stat().st_size
    run(tmp_path / "in", "-o", tmp_path / "bytes", "--max-megabytes", (size - 1) / 1e6)
    assert report(tmp_path / "bytes")["long.mid"]["reason"] == "too large"


def test_an_index_says_where_pieces_come_from_and_how_they_may_be_used(tmp_path: Path) -> None:
    write_tunes(tmp_path / "scores", 4)
    rows = [
        {"file": f"tune{i:03}.mid", "licence": "CC BY 4.0", "credit": f"An Institute; by {i}"}
        for i in range(3)
    ]
    index = tmp_path / "scores" / "index.json"
    for text, licence, origin in (
        (json.dumps([*rows, {"licence": "CC0"}, "no object"]), "CC BY 4.0, CC0", "An Institute"),
        (json.dumps({"licence": "CC0"}), "not stated", "not stated"),
        ("no JSON", "not stated", "not stated"),
    ):
        index.write_text(text)
        assert run(tmp_path / "scores", "-o", tmp_path / "corpus", "--fresh") == 0
        (source,) = Corpus.open(tmp_path / "corpus").sources_used
        assert (source["licence"], source["origin"]) == (licence, origin)


def test_pieces_of_so_many_parts_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tunes(tmp_path / "in", 2)
    midi.write(tune(5).mix(tune(6)), tmp_path / "in" / "duet.mid")
    for parts, used in (("1", 2), ("2-3", 1), ("1-", 3)):
        corpus = tmp_path / f"parts {parts}"
        assert run(tmp_path / "in", "-o", corpus, "--parts", parts) == 0
        rows = report(corpus)
        assert sum("reason" not in row for row in rows.values()) == used
        assert run(tmp_path / "in", "-o", corpus, "--parts", parts) == 0  # it is what it was begun with
    assert report(tmp_path / "parts 1")["duet.mid"]["reason"] == "not so many parts"
    for wrong in ("0", "3-2", "two", "-4"):
        with pytest.raises(SystemExit):
            run(tmp_path / "in", "-o", tmp_path / "wrong", f"--parts={wrong}")
        assert "must be a number of parts such as 4, 2-5 or 4-" in capsys.readouterr().err


@pytest.mark.usefixtures("pictures")
def test_it_prints_counts_and_draws_a_picture(
    music: Path, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(music, "-o", prepared)
    printed = capsys.readouterr().out
    for expected in (
        "train/valid/test",
        "reels",
        "in all",
        "near-duplicates: 2 pieces in 1 groups",
        "bar lines: ",
    ):
        assert expected in printed
    picture = (prepared / "corpus.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def test_it_checks_itself_against_a_list_of_near_duplicates(
    music: Path, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"{music.name}/odd/{name}" for name in ("transposed.mid", "copy.MID")]
    (music / "near_duplicates.json").write_text(
        json.dumps([[*names, 1.0], ["elsewhere/a.mid", "elsewhere/b.mid", 0.5]])
    )
    run(music, "-o", prepared)
    assert "lists 1 pairs: 1 found, 1 on one side" in capsys.readouterr().out


def test_other_options_for_the_same_corpus_are_refused_until_fresh(music: Path, tmp_path: Path) -> None:
    run(music, "-o", tmp_path / "corpus")
    with pytest.raises(TrainError, match="begun differently \\(options\\)"):
        run(music, "-o", tmp_path / "corpus", "--min-notes", 30)
    (tmp_path / "corpus" / "mine.txt").write_text("keep me")
    run(music, "-o", tmp_path / "corpus", "--min-notes", 30, "--fresh")
    assert (tmp_path / "corpus" / "mine.txt").read_text() == "keep me"


def test_bad_folders_are_refused(music: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(TrainError, match="no MIDI files"):
        run(tmp_path / "nothing", "-o", tmp_path / "corpus")
    with pytest.raises(TrainError, match="no such folder"):
        run(tmp_path / "missing", "-o", tmp_path / "corpus")
    with pytest.raises(TrainError, match="not a folder"):
        run(music / "odd" / "copy.MID", "-o", tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()
    (tmp_path / "diary").mkdir()
    (tmp_path / "diary" / "monday.txt").write_text("private")
    for arguments in ([], ["--fresh"]):
        with pytest.raises(TrainError, match="is not a corpus"):
            run(music, "-o", tmp_path / "diary", *arguments)
    assert [path.name for path in (tmp_path / "diary").iterdir()] == ["monday.txt"]
    with pytest.raises(TrainError, match="is not a folder"):
        run(music, "-o", tmp_path / "diary" / "monday.txt")
    with pytest.raises(TrainError, match="nothing to train on"):
        run(music, "-o", tmp_path / "corpus", "--valid", 0.5, "--test", 0.5)


def test_a_folder_where_nothing_can_be_used_ends_in_one_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "photo.mid").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    with pytest.raises(TrainError, match="none of the 1 files can be used: 1 unreadable"):
        run(tmp_path / "in", "-o", tmp_path / "corpus")
    with pytest.raises(TrainError, match="not finished"):
        Corpus.open(tmp_path / "corpus")


def test_a_disk_that_takes_no_more_is_one_line_and_leaves_nothing_half_written(
    music: Path, tmp_path: Path
) -> None:
    def no_more_than_8_kB() -> None:  # noqa: N802
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    done = subprocess.run(
        [sys.executable, "-m", "linnet_train", "prepare", music, "-o", tmp_path / "corpus"],
        capture_output=True, text=True, timeout=120, preexec_fn=no_more_than_8_kB,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("linnet-train: cannot write ")
    assert done.stderr.count("\n") == 1
    assert all(path.stat().st_size < 8192 for path in (tmp_path / "corpus").rglob("*") if path.is_file())
    assert not list((tmp_path / "corpus").rglob("*.part"))
    with pytest.raises(TrainError, match="not finished"):
        Corpus.open(tmp_path / "corpus")


@pytest.mark.skipif(not (DATA / "train").is_dir(), reason="no training music at LINNET_DATA")
def test_listed_near_duplicates_stay_on_one_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(DATA / "train" / "open-hymnal", "-o", tmp_path / "corpus", "--valid", 0.3, "--test", 0.3)
    printed = capsys.readouterr().out
    lists = next(line for line in printed.splitlines() if "near_duplicates.json" in line)
    listed, found, together = (int(word) for word in lists.replace(",", "").split() if word.isdigit())
    assert listed == found == together > 20
