"""Figures of plans say what a musician would read there."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.music import composed
from benchmarks.music.composed import FIGURES, Planned, text
from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import Conditions
from tests.runtime.plans import TUNE, drawn

DATA = Path(__file__).parents[1] / "data"
C, F, G7 = 1, 1 + 7 * 5, 1 + 7 * 7 + 4


def period(*sources: int, upbeat: bool = False) -> Planned:
    """Phrases of four bars C F G7 C that close every other time; a number for each bar that comes back."""
    bars = [
        PlanBar(
            source, 30 if source else 0, 2 + number // 4 % 2, 4 - number % 4, [cell] * 4, shape=[3, 1, 3, 4]
        )
        for number, (source, cell) in enumerate(zip(sources, [C, F, G7, C] * 20, strict=False))
    ]
    if upbeat:
        bars.insert(0, PlanBar(0, 0, 2, 5, [85] * 4))
    return Planned(Conditions("4/4", minor=False, bars=len(sources), upbeat=upbeat), bars)


@pytest.mark.parametrize("upbeat", [False, True])
def test_cadences_are_found_by_their_place(upbeat: bool) -> None:
    plan = period(*[0] * 16, upbeat=upbeat)

    found = {name: FIGURES[name](plan) for name in ("bar 4 closes", "bar 8 closes", "bar 16 closes")}

    assert list(found.values()) == [0, 1, 1]
    assert FIGURES["V-I in 8 bars"](plan) == 2
    assert np.isnan(FIGURES["bar 16 closes"](period(*[0] * 8)))


def test_half_bars_that_change() -> None:
    assert FIGURES["chord changes, of half bars"](period(*[0] * 8)) == pytest.approx(6 / 15)


def test_what_comes_back_by_way_of_others_has_come_back() -> None:
    again = period(*[0] * 8, *[8] * 40)
    half = period(*[0] * 8, *[0] * 24, *[32] * 4, *[0] * 4)

    assert FIGURES["opening that comes back after 32 bars"](again) == 1
    assert FIGURES["opening that comes back after 32 bars"](half) == 0.5
    assert FIGURES["new bars"](again) == pytest.approx(8 / 48)


def test_a_plan_is_printed_four_bars_a_line() -> None:
    lines = text(period(*[0] * 8, *[8] * 8, upbeat=True))

    assert len(lines) == 5
    assert lines[1].startswith(" new o4  C . . .")
    assert lines[3].startswith("  8* o4  C . . .")


def test_the_command_compares_a_model_with_a_corpus(tmp_path, capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    people = [Planned(TUNE, drawn(seed)) for seed in range(8)]
    monkeypatch.setattr(composed, "read_plans", lambda corpus, split: people)
    monkeypatch.setattr(composed, "held_out_split", lambda corpus: "test")
    monkeypatch.setattr(composed.Corpus, "open", lambda path: None)
    file = tmp_path / "figures.json"

    composed.main([str(DATA / "planned.onnx"), "any", "--seeds", "10", "--json", str(file), "--show", "1"])

    assert "| V-I in 8 bars " in capsys.readouterr().out
    assert file.is_file()
