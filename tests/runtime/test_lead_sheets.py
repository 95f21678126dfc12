"""Chords from a lead sheet: its symbols, bar by bar, as the option takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

import linnet
from linnet import cli
from linnet.controls.options import Options
from linnet.music.score import Score, TimeSignature
from tests.runtime.chorded import TINY

TUNE = """X:1
T:Tune
M:4/4
L:1/4
K:C
G | "C"CDEF | "Am7"G2 "D7sus4"A2 | GFED | "N.C."C4 |]
"""


def test_the_symbols_of_a_score_are_its_chords() -> None:
    sheet = Score.from_notes([("C4", 16)]).with_markers(
        [(0, "C"), (0, "Verse"), (1920, "Am"), (2880, "F"), (3840, "Bbmaj9/D"), (5760, "N.C.")]
    )

    assert Options(chords=sheet).chords == "C | Am . F . | Bbmaj7/D | N"


def test_an_upbeat_has_no_bar_of_its_own() -> None:
    notes = Score.from_notes([("G4", 1), ("C5", 4)]).tracks
    meters = (TimeSignature(0, 1, 4), TimeSignature(480, 4, 4))
    sheet = Score(480, notes, time_signatures=meters).with_markers([(480, "G7")])

    assert Options(chords=sheet).chords == "G7"


@pytest.mark.parametrize("kind", ["abc", "musicxml", "mid"])
def test_a_lead_sheet_may_be_a_file(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("music21", reason="music21 is not installed")
    (tmp_path / "tune.abc").write_text(TUNE, encoding="utf-8")
    Score.open(tmp_path / "tune.abc").save(tmp_path / f"other.{kind}")

    assert Options(chords=str(tmp_path / f"other.{kind}")).chords == "C | Am7 . D7 . | D7 | N"


def test_a_tune_without_symbols_says_where_its_chords_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Score.from_notes([("C4", 4)]).save(tmp_path / "bare.mid")
    with pytest.raises(ValueError, match=r"bare\.mid has no chord symbols; linnet info --chords shows"):
        Options(chords=tmp_path / "bare.mid")  # type: ignore[arg-type]
    order = ["generate", "--chords", str(tmp_path / "bare.mid"), "-o", str(tmp_path / "x.mid")]
    assert cli.main(order) == 1
    assert "has no chord symbols" in capsys.readouterr().err


def test_what_a_model_has_not_learnt_is_said_in_one_line() -> None:
    with pytest.raises(ValueError, match="chords are a wish that tiny has not learnt"):
        linnet.load(TINY).generate(chords="I | vi | IV V7 | I")
