"""`linnet-train report`: from a model and a corpus to a page, and trouble in one line."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

import linnet
from linnet_train import commands
from linnet_train.commands.report import RECORDED
from linnet_train.corpus.corpus import Corpus
from linnet_train.evaluation import statistics
from linnet_train.evaluation.figures import FIGURES, SIXTEEN
from linnet_train.evaluation.reference import title
from linnet_train.evaluation.words import words
from linnet_train.progress import Stages
from linnet_train.report import card
from linnet_train.report.verdict import Goal
from tests.pictures import painted
from tests.train.corpora import corpus as memory_corpus
from tests.train.corpora import pieces
from tests.train.tunes import write_tunes

TINY = str(Path(__file__).parents[2] / "data" / "tiny.onnx")
SMALL = ["--samples", "20", "--bars", "8"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    write_tunes(folder / "midi", 44)
    command = ["prepare", str(folder / "midi"), "-o", str(folder / "corpus"), "--workers", "1"]
    assert commands.main([*command, "--valid", "0.3", "--test", "0.3"]) == 0
    return folder / "corpus"


@pytest.fixture(scope="module")
def measured(corpus: Path) -> card.Card:
    """What the command measures with SMALL."""
    with Stages("report") as stages:
        return card.measure(linnet.load(TINY), Corpus.open(corpus), count=20, bars=8, seed=0, stages=stages)


@pytest.fixture(scope="module")
def made(corpus: Path, measured: card.Card, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "new"
    with painted(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "measure", lambda *model, **settings: measured)
        assert commands.main(["report", TINY, "--against", str(corpus), "-o", str(folder), *SMALL]) == 0
    return folder


def test_a_report_is_a_page_a_picture_and_data(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == ["tiny.html", "tiny.json", "tiny.png"]
    picture = (made / "tiny.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def test_the_page_needs_nothing_beside_it(made: Path) -> None:
    page = (made / "tiny.html").read_text()
    links = re.findall(r"(?:src|href)\s*=\s*['\"]([^'\"]*)", page)
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    assert "<script" not in page
    assert page.count("data:image/png") == 2
    assert page.count("data:audio/midi") == 3
    assert page.count("<svg") == 1
    assert all(f">{words(name)}</" in page for name in SIXTEEN)
    assert "another corpus" in page  # the tiny model never heard these tunes


def test_the_data_hold_every_group_with_intervals_and_the_floor(made: Path) -> None:
    data = json.loads((made / "tiny.json").read_text())
    assert set(data["comparisons"]) == set(card.COMPARISONS)
    for row in data["comparisons"].values():
        assert set(row) == {"as_shipped", "unconstrained", "people"}
        assert all(cell["low"] <= cell["value"] <= cell["high"] for cell in row.values())
    assert set(data["figures"]) >= set(FIGURES)
    assert all(set(row) == {"as_shipped", "unconstrained", "people"} for row in data["figures"].values())
    assert data["validity"]["grammar_valid_with_masks"]["as_shipped"]["value"] == 1
    assert data["validity"]["file_valid"]["as_shipped"]["value"] == 1
    assert set(data["validity"]["wrong_on_its_face"]) == {"as_shipped", "unconstrained", "people"}
    assert set(data["violations_per_1000_notes"].values()) == {0}
    assert data["likelihood"]["nats_per_token_unconditional"] > 0
    assert set(data["self_gap"]) == {"as_shipped", "unconstrained"}
    assert all(gap["low"] < gap["high"] for gap in data["self_gap"].values())
    assert (
        data["protocol"]["samples"]
        == len(data["pieces"]["as_shipped"]["names"]) + data["too_short"]["as_shipped"]
    )
    assert data["corpus"]["trained_on"] is False


def test_the_verdict_holds_every_goal_against_what_was_measured(made: Path) -> None:
    data = json.loads((made / "tiny.json").read_text())
    verdict = data["verdict"]

    classifier_auc = verdict["classifier_auc"]
    assert classifier_auc["verdict"] == "missed"
    assert classifier_auc["value"] == data["comparisons"]["classifier_auc"]["as_shipped"]["value"]
    assert verdict["files_valid"]["verdict"] == "aim reached"
    assert verdict["stuck"]["verdict"] == "not measured"
    assert verdict["stuck"]["value"] is None
    assert len(verdict) == 13
    assert (
        verdict["wrong_on_its_face"]["value"] == data["validity"]["wrong_on_its_face"]["as_shipped"]["value"]
    )
    far = [row["far"] for row in data["musician"].values()]
    assert verdict["figures_far_from_people"]["value"] == pytest.approx(sum(far) / len(far), abs=1e-4)
    assert data["overall"] == "missed"
    assert all(f">{words(name)}</td>" in (made / "tiny.html").read_text() for name in verdict)


@pytest.mark.parametrize(
    ("better", "value", "verdict"),
    [
        ("higher", 0.89, "missed"),
        ("higher", 0.9, "met"),
        ("higher", 0.97, "aim reached"),
        ("lower", 0.98, "missed"),
        ("lower", 0.95, "met"),
        ("lower", 0.9, "aim reached"),
        ("lower", math.nan, "not measured"),
    ],
)
def test_a_goal_is_met_from_its_limit_on(
    better: Literal["higher", "lower"], value: float, verdict: str
) -> None:
    must, aim = (0.9, 0.97) if better == "higher" else (0.97, 0.9)

    assert Goal("x", must, aim, value, better, str).verdict == verdict


def test_pieces_that_got_stuck_are_those_of_this_very_file(
    corpus: Path,
    measured: card.Card,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(card, "measure", lambda *model, **settings: measured)
    info = linnet.load(TINY).info
    rows = {
        at: {"unconstrained_with_watchdog": {"stuck": share}} for at, share in (("0.7", 0.03), ("1.2", 0.0))
    }
    recorded = tmp_path / "quality.json"
    command = ["report", TINY, "--against", str(corpus), "-o", str(tmp_path), *SMALL]
    for sha256, said in ((info.sha256, "1.5%"), ("another", "not measured")):
        found = {"sha256": sha256, "temperatures": rows}
        recorded.write_text(json.dumps({"stuck": {info.name: found}}))
        assert commands.main([*command, "--record", str(recorded)]) == 0
        [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| stuck, ")]
        assert said in line
        everything = json.loads(recorded.read_text())
        assert everything["stuck"] == {info.name: found}, "what others recorded stays"
        made = json.loads((tmp_path / "tiny.json").read_text())
        assert everything["report"] == {"tiny": {name: made[name] for name in RECORDED}}


def test_a_model_that_wanders_is_told_from_tunes(made: Path) -> None:
    comparisons = json.loads((made / "tiny.json").read_text())["comparisons"]
    assert comparisons["classifier_auc"]["unconstrained"]["value"] > 0.9
    assert comparisons["classifier_auc"]["people"]["value"] < 0.7
    for name in ("mean_ks", "frechet_distance"):
        assert comparisons[name]["unconstrained"]["value"] > comparisons[name]["people"]["high"]


@pytest.mark.usefixtures("pictures")
def test_the_same_arguments_give_the_same_bytes(
    corpus: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "new"
    assert commands.main(["report", TINY, "--against", str(corpus), "-o", str(again), *SMALL]) == 0
    for path in made.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name
    told = capsys.readouterr()
    assert "| told apart (AUC)" in told.out
    assert told.err.splitlines() == [
        "tiny was trained on another corpus: it may know the held-out pieces",
        f"report: {again / 'tiny.html'}",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["nosuch", "--against", "{corpus}", "-o", "{tmp}/r"],
            "nosuch is neither a file nor a",
        ),
        ([TINY, "--against", "nowhere", "-o", "{tmp}/r"], "nowhere: no such corpus"),
        ([TINY, "--against", "{corpus}", "-o", __file__], "is a file, and the report needs a folder"),
        ([TINY, "--against", "{corpus}", "-o", TINY], "is the file that is read"),
        ([TINY, "--against", "{corpus}", "-o", "{tmp}/r", "--seconds", "30"], "ask for --bars"),
        (
            [TINY, "--against", "{corpus}", "-o", "{tmp}/r", "--bars", "900"],
            "pieces of at least 900 bars",
        ),
    ],
)
def test_expected_trouble_is_one_line_and_nothing_is_written(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    typed = [part.format(corpus=corpus, tmp=tmp_path) for part in arguments]
    assert commands.main(["report", *typed]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert message in told.err
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_makes_next_to_nothing_is_told_so(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = [linnet.Score(24, end=96 * 8)] * 20
    monkeypatch.setattr(linnet.Model, "generate", lambda self, **asked: silent)
    assert commands.main(["report", TINY, "--against", str(corpus), "-o", str(tmp_path / "r"), *SMALL]) == 1
    assert "0 of the 20 pieces that tiny made (as shipped) have 16 notes" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_a_test_split_the_valid_split_is_scored() -> None:
    valid, silent = pieces(2), replace(pieces(1)[0], notes=0)
    assert card._held_out(memory_corpus([], valid, [silent])) == valid
    assert card._held_out(memory_corpus([], valid, valid[:1])) == valid[:1]


@pytest.mark.parametrize("wrong", [["--samples", "5"], ["--bars", "x"], ["--seed", "-1"]])
def test_numbers_out_of_range_are_wrong_usage(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        commands.main(["report", TINY, "--against", "c", "-o", "r", *wrong])
    assert "must be a whole number from" in capsys.readouterr().err


def test_shares_of_all_are_not_certain() -> None:
    every, half = statistics.share(100, 100), statistics.share(50, 100)
    assert (every.value, every.high) == (1, pytest.approx(1))
    assert every.low == pytest.approx(0.963, abs=5e-4)  # Wilson (1927), as any table of it has it
    assert (half.low, half.high) == (pytest.approx(0.404, abs=5e-4), pytest.approx(0.596, abs=5e-4))


def test_titles_are_made_of_file_names() -> None:
    assert title("a/0809_The_Grumbling_Rustic.mid") == "The Grumbling Rustic"
    assert title("b/TidalWaveJig.mid") == "Tidal Wave Jig"
    assert title("c/REEL.mid") == "Reel"
    assert title("12.mid") == "12"
