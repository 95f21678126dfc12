"""Chord tables without notes become plans: chords from the home key, sections that come back."""

import json
from pathlib import Path
from typing import Any

import pytest

from linnet.controls.plan_rows import NO_CHORD_CELL
from linnet_train.corpus.chord_tables import read_tables
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.errors import TrainError

C, G7, A_MINOR, F = 1, 1 + 7 * 7 + 4, 1 + 7 * 9 + 1, 1 + 7 * 5


def song(folder: Path, sections: list[dict[str, Any]], **facts: Any) -> PeoplesPlan:
    """The one song of a folder."""
    entry = {"id": "1", "metre": "4/4", "metres": [[1, "4/4"]], "tonics": [[1, "D"]], "sections": sections}
    (folder / "billboard").mkdir()
    (folder / "billboard" / "1.json").write_text(json.dumps(entry | facts))
    (plan,) = read_tables(folder)
    return plan


def section(letter: str, *bars: str) -> dict[str, Any]:
    return {"letter": letter, "name": "verse", "bars": [bar.split() for bar in bars], "leads": []}


VERSE = section("A", "D:maj D:maj D:maj D:maj", "A:7 A:7 A:7 A:7", "B:min B:min G:maj G:maj", "N N N N")


def test_chords_count_from_the_tonic(tmp_path: Path) -> None:
    plan = song(tmp_path, [VERSE, VERSE])

    assert [bar.cells for bar in plan.bars[:4]] == [
        [C] * 4,
        [G7] * 4,
        [A_MINOR, A_MINOR, F, F],
        [NO_CHORD_CELL] * 4,
    ]
    assert plan.conditions.minor is False


def test_minor_music_counts_from_a(tmp_path: Path) -> None:
    minor = section("A", *["D:min D:min A:7 D:min"] * 8)

    plan = song(tmp_path, [minor])

    assert plan.conditions.minor is True
    assert plan.bars[0].cells == [A_MINOR, A_MINOR, 1 + 7 * 4 + 4, A_MINOR]


def test_a_chord_counts_from_the_tonic_of_its_bar(tmp_path: Path) -> None:
    later = section("B", *["E:maj E:maj E:maj E:maj"] * 4)

    plan = song(tmp_path, [VERSE, later], tonics=[[1, "D"], [5, "E"]])

    assert plan.bars[4].cells == [C] * 4


def test_a_section_comes_back_from_the_last_one_of_its_letter(tmp_path: Path) -> None:
    other = section("B", *["G:maj G:maj A:maj A:maj"] * 4)
    changed = section("A", *[" ".join(bar) for bar in VERSE["bars"][:3]], "D:maj D:maj N N")

    plan = song(tmp_path, [VERSE, other, changed])

    assert [bar.source for bar in plan.bars] == [0] * 8 + [8] * 4
    assert [bar.how for bar in plan.bars[8:]] == [30, 30, 30, 0b1100]


def test_chords_without_a_third_are_told_by_their_root(tmp_path: Path) -> None:
    plan = song(tmp_path, [section("A", *["D:5 D:sus4 D:maj A:sus4(b7)"] * 8)])

    assert plan.bars[0].cells == [C, C, C, 1 + 7 * 7]


def test_songs_in_several_metres_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="no chord tables"):
        song(tmp_path, [VERSE, VERSE], metres=[[1, "4/4"], [3, "3/4"]])


def test_a_lead_sheet_says_its_chords_and_nothing_of_what_comes_back(tmp_path: Path) -> None:
    chords = [[2, 1.0, "G"], [3, 3.0, "D7"], [9, 1.0, "G"]]
    sheet = {"file": "x.mid", "metre": [[1, "4/4"]], "key": [1, 0], "chords": chords}
    (tmp_path / "openewld").mkdir()
    (tmp_path / "openewld" / "x.json").write_text(json.dumps(sheet))

    (plan,) = read_tables(tmp_path)

    assert [bar.cells for bar in plan.bars[:3]] == [[C] * 4, [C, C, G7, G7], [G7] * 4]
    assert all(bar.source is None for bar in plan.bars)
    assert len(plan.bars) == 8
