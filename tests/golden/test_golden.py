"""The golden pieces, here and now; `check.py` says what they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden import check


@pytest.fixture
def golden() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(check.GOLDEN.read_text(encoding="utf-8"))
    return loaded


def few(golden: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Two pieces, the first one with these changes."""
    first, second, *_ = golden["pieces"]
    return golden | {"pieces": [first | changes, second]}


def test_long_pieces_of_every_model_and_all_kinds_of_the_one_that_plans(golden: dict[str, Any]) -> None:
    pieces = golden["pieces"]
    assert len({json.dumps(piece, sort_keys=True) for piece in pieces}) == len(pieces) >= 64
    assert {piece["model"] for piece in pieces} == set(golden["models"]) == set(check.MODELS)
    assert min(piece["tokens"] for piece in pieces if check.kind(piece) != "plan") >= check.TOKENS
    assert {check.kind(piece) for piece in pieces if piece["model"] == "home"} == {"piece", "plan", "stream"}


def test_an_eighth_has_some_of_everything(golden: dict[str, Any]) -> None:
    few = check.every_nth(golden["pieces"], 8)
    assert len(few) < len(golden["pieces"]) / 4
    groups = ({(each["model"], check.kind(each)) for each in some} for some in (few, golden["pieces"]))
    assert next(groups) == next(groups)


def test_the_notes_are_those_they_have_always_been(golden: dict[str, Any]) -> None:
    assert check.changed_models(golden) == [], "after a new export: python tests/golden/check.py --remake"

    assert [(piece, wrong) for piece, wrong in check.differences(golden) if wrong] == []


def test_one_changed_digit_is_found(
    golden: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digit = golden["pieces"][0]["midi"][0]
    changed = ("0" if digit != "0" else "1") + golden["pieces"][0]["midi"][1:]
    file = tmp_path / "golden.json"
    file.write_text(check.dumps(few(golden, midi=changed)))

    assert check.main([str(file), "--json"]) == 1
    printed = capsys.readouterr()
    assert "piece 1 differs" in printed.err
    assert json.loads(printed.out)["equal"] == 1


def test_another_model_is_not_taken_for_another_cpu(
    golden: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "golden.json"
    file.write_text(check.dumps(golden | {"models": golden["models"] | {"tiny": "0" * 64}}))

    assert check.main([str(file)]) == 2
    assert "hashes were made with: tiny" in capsys.readouterr().err


def test_remaking_changes_hashes_alone(golden: dict[str, Any], tmp_path: Path) -> None:
    right, file = few(golden), tmp_path / "golden.json"
    file.write_text(check.dumps(few(golden, midi="0" * 64, tokens=1)))

    assert check.main([str(file), "--remake"]) == 0
    assert json.loads(file.read_text()) == right


def test_a_piece_that_came_out_too_short_is_made_longer(golden: dict[str, Any]) -> None:
    short = few(golden, settings={"bars": 100, "seed": 1})
    piece = check.remake(short)["pieces"][0]

    assert piece["settings"]["bars"] > 100
    assert piece["tokens"] >= check.TOKENS
