"""An upbeat is heard at once, and is none of the bars that were asked for."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import Notes, Score, TimeSignature, Track, midi
from linnet.music import upbeat


def padded() -> Score:
    """Two bars of 3/4 after a quarter that stands at the end of a bar of rest."""
    onset = np.array([960, 1440, 1920, 2400, 2880])
    notes = Notes(onset, np.full(5, 480), np.array([67, 72, 74, 76, 72]), np.full(5, 80))
    return Score(480, (Track(notes),), time_signatures=(TimeSignature(0, 3, 4),), end=4320)


def test_an_upbeat_is_a_short_first_bar() -> None:
    cut = upbeat.cut(padded())

    assert cut.bar_ticks().tolist() == [0, 480, 1920]
    assert (cut.upbeat, cut.bars, cut.full_bars, cut.end) == (480, 3, 2, 3360)
    assert cut.notes.onset.tolist() == [0, 480, 960, 1440, 1920]
    assert upbeat.pad(cut) == padded()
    assert midi.loads(midi.dumps(cut)) == cut


def test_an_upbeat_with_a_meter_of_its_own_is_one() -> None:
    """As MuseScore writes it: 1/4, then 3/4."""
    meters = (TimeSignature(0, 1, 4), TimeSignature(480, 3, 4))
    score = Score(480, upbeat.cut(padded()).tracks, time_signatures=meters, end=3360)

    assert (score.upbeat, score.full_bars) == (480, 2)
    assert upbeat.pad(score) == padded()


def test_what_begins_on_the_beat_stays() -> None:
    score = upbeat.pad(upbeat.cut(padded())).slice_bars(1)

    assert (score.upbeat, upbeat.cut(score), upbeat.pad(score)) == (0, score, score)


@pytest.mark.parametrize("settings", [{}, {"form": ""}, {"form": "AABA"}, {"time_signature": "6/8"}], ids=str)
@pytest.mark.parametrize("name", ["folk", "chorale"])
def test_a_piece_has_so_many_bars_after_its_upbeat_and_begins_with_a_note(
    name: str, settings: dict[str, Any]
) -> None:
    """40 of 100 tunes began with up to 1.4 s of silence, which was one of the bars."""
    model = linnet.load(name)
    found = [
        score for bars in (1, 2, 5) for score in model.generate(count=6, seed=bars, bars=bars, **settings)
    ]

    assert [score.full_bars for score in found] == [1] * 6 + [2] * 6 + [5] * 6
    assert {int(score.notes.onset.min()) for score in found} == {0}


def test_some_tunes_have_an_upbeat() -> None:
    scores = linnet.load("folk").generate(count=12, seed=1, bars=2)

    assert 0 < sum(score.upbeat > 0 for score in scores) < 12


@pytest.mark.parametrize("name", linnet.models())
def test_every_length_from_one_bar_on_works(name: str) -> None:
    """Two of three forms were refused for one bar: "again must be between 0 and 0"."""
    model = linnet.load(name)
    if model.info.time_base == "performance":
        assert all(len(score.notes) for score in model.generate(count=5, seed=1, seconds=1))
        return
    for bars, count in ((1, 30), (2, 4), (3, 4), (7, 3)):
        for meter in (None, "3/4", "9/8"):
            scores = model.generate(count=count, seed=bars, bars=bars, time_signature=meter)
            assert {score.full_bars for score in scores} == {bars}
            assert all(len(score.notes) for score in scores)


@pytest.mark.parametrize("number", range(0, 128, 3))
def test_every_form_serves_for_one_bar(number: int) -> None:
    score = linnet.load("folk").generate(bars=1, seed=number, form=str(number))

    assert score.full_bars == 1
    assert len(score.notes)


def test_going_on_from_a_tune_with_an_upbeat_keeps_its_bar_lines() -> None:
    model = linnet.load("folk")
    tune = next(score for score in model.generate(count=20, seed=1, bars=4) if score.upbeat)
    both = model.generate(primer=tune, bars=4, seed=2, with_primer=True)
    new = model.generate(primer=tune, bars=4, seed=2)

    assert (both.upbeat, both.full_bars) == (tune.upbeat, 8)
    assert (new.upbeat, new.full_bars) == (0, 4)
    assert both.slice_bars(0, tune.bars).notes == tune.notes


def test_a_new_piece_needs_no_numpy(tmp_path: Path) -> None:
    code = """
import sys, linnet
for seed in range(6):
    linnet.load("folk").generate(bars=2, seed=seed).save("tune.mid")
print("numpy" in sys.modules, "logging" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split() == ["False", "False"]
