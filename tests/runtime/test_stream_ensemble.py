"""Several streams on one clock and one harmony."""

from __future__ import annotations

from typing import Any

import pytest

import linnet
from benchmarks.music.together import all_of, clashes, ensemble

SETTINGS: dict[str, Any] = {"key": "G major", "bpm": 120, "time_signature": "4/4"}


def band(seed: int = 1) -> linnet.Ensemble:
    return linnet.Ensemble(
        {
            "tune": linnet.load("folk").stream(seed=seed, **SETTINGS),
            "choir": linnet.load("chorale").stream(seed=seed, **SETTINGS),
        }
    )


def hear(playing: linnet.Ensemble, seconds: float, step: float) -> list[Any]:
    found = []
    end = playing.seconds + seconds
    while playing.seconds < end - 1e-9:
        now = playing.seconds
        for name, notes in playing.advance(min(step, end - now), budget=None).items():
            found += [(round(now + n.onset, 6), name, n.pitch, n.velocity) for n in notes]
    return sorted(found)


def test_notes_of_an_ensemble_clash_less_than_those_inside_a_piece() -> None:
    free = [all_of(linnet.load("folk").stream(seed=seed, **SETTINGS), 20) for seed in (1, 51)]
    found, pairs = clashes(free)
    assert found / pairs > 0.15
    found, pairs = clashes(ensemble(("folk", "folk"), 1, 20))
    assert pairs > 50
    assert found / pairs < 0.03


def test_the_leader_plays_as_it_would_alone() -> None:
    playing = band()
    alone = linnet.load("folk").stream(seed=1, **SETTINGS)
    alone.wish(chords=linnet.stream.CHORDS)
    notes = [(round(n.onset, 6), n.pitch) for n in alone.advance(9, budget=None)]
    assert [(at, pitch) for at, name, pitch, _ in hear(playing, 9, 9) if name == "tune"] == notes


def test_it_keeps_time_together_through_changes_of_tempo() -> None:
    playing = band()
    hear(playing, 3, 1 / 60)
    playing.wish(bpm=90, key="E minor", density=6)
    hear(playing, 7, 1 / 60)
    here = [stream.position for stream in playing.values()]
    assert here[0].bpm == here[1].bpm == 90
    assert here[0].key == here[1].key == "E minor"
    assert here[0].seconds_to_bar == pytest.approx(here[1].seconds_to_bar)
    assert [stream.repeated for stream in playing.values()] == [0, 0]


def test_nobody_falls_behind_without_a_budget_to_compose() -> None:
    playing = band()
    playing.prepare()
    for _ in range(200):
        playing.advance(1 / 20, budget=0)
    assert [stream.repeated for stream in playing.values()] == [0, 0]


def test_frames_do_not_matter_and_a_save_goes_on() -> None:
    whole = hear(band(), 8, 1 / 30)
    playing = band()
    first = hear(playing, 3.3, 1 / 50)
    models = {"tune": linnet.load("folk"), "choir": linnet.load("chorale")}
    again = linnet.Ensemble.restore(models, playing.save())
    assert sorted(first + hear(again, 4.7, 0.21)) == whole


def test_it_ends_together() -> None:
    playing = band()
    hear(playing, 3, 0.25)
    playing.finish()
    hear(playing, 4.99, 0.25)
    assert not playing.done
    playing.advance(0.1)
    assert playing.done


def test_what_is_no_ensemble_is_said_in_one_line() -> None:
    folk = linnet.load("folk")
    with pytest.raises(ValueError, match="at least one"):
        linnet.Ensemble({})
    with pytest.raises(ValueError, match="the same bpm"):
        linnet.Ensemble({"a": folk.stream(seed=1, bpm=90), "b": folk.stream(seed=1, bpm=91)})
    with pytest.raises(ValueError, match="the same bpm"):
        linnet.Ensemble({"a": folk.stream(seed=1)})
    begun = folk.stream(seed=1, bpm=90)
    begun.advance(1, budget=None)
    with pytest.raises(ValueError, match="begin together"):
        linnet.Ensemble({"a": begun})
    with pytest.raises(TypeError, match="has learnt valence"):
        linnet.Ensemble({"a": folk.stream(seed=1, bpm=90)}).wish(valence=0.5)
    with pytest.raises(linnet.SnapshotError):
        linnet.Ensemble.restore({}, b"x")
