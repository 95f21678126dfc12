"""So many seconds exactly, tempos that move, curves, and scenes that begin when they are asked to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import cli
from linnet.controls.options import Options
from linnet.music.pace import microticks
from linnet.music.score import Score
from tests.runtime.streams import PERFORMED


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def lasts(score: Score, seconds: float) -> bool:
    """Whether it ends at so many seconds, to the microsecond."""
    return microticks(score) == round(seconds * 1e6) * score.ticks_per_beat


# ---- how long


@pytest.mark.parametrize("seconds", [4.0, 30.0, 47.5, 61.037, 179.999999])
def test_a_piece_lasts_exactly_so_many_seconds(folk: linnet.Model, seconds: float) -> None:
    score = folk.generate(seconds=seconds, seed=1)

    assert lasts(score, seconds)
    assert score.bars * 4 > seconds / 4  # there are bars, and at a tempo that people play
    assert 40 <= score.tempos[0].bpm <= 240
    tempos = [change.tempo for change in score.tempos]
    assert max(tempos) - min(tempos) <= 1  # a microsecond a quarter
    assert folk.generate(seconds=seconds, seed=1) == score


def test_bars_and_forms_say_how_many_bars_the_seconds_have(folk: linnet.Model) -> None:
    assert folk.generate(seconds=20, bars=8, seed=1).full_bars == 8
    song = folk.generate(seconds=30, form="A:4 B:4 A:4", seed=1)
    assert (song.full_bars, lasts(song, 30)) == (12, True)
    assert lasts(folk.generate(minutes=0.5, seed=1), 30)


def test_half_an_hour_is_made(folk: linnet.Model) -> None:
    with pytest.raises(ValueError, match="seconds and minutes are two words for the length"):
        folk.generate(minutes=30, seconds=30)
    options, pacing = settled(folk, minutes=30)
    assert pacing is not None
    assert sum(each.microseconds for each in pacing.stretches) == 1_800_000_000
    assert 500 < options.bars < 3000


def settled(model: linnet.Model, **options: Any) -> tuple[Any, Any]:
    from linnet.controls.pacing import paced

    return paced(model.info, Options(seed=1, **options))


def test_the_length_wins_over_the_tempo_and_says_so(
    folk: linnet.Model, caplog: pytest.LogCaptureFixture
) -> None:
    assert lasts(folk.generate(seconds=47.5, bpm=120, time_signature="4/4", seed=1), 47.5)
    assert "the length wins: 24 bars in 47.5 seconds are 121.3 bpm, and not 120" in caplog.text
    with pytest.raises(ValueError, match=r"16 bars in 0\.5 seconds would be 7680 quarters a minute"):
        folk.generate(seconds=0.5, bars=16, time_signature="4/4")


def test_models_without_bars_take_minutes() -> None:
    score = linnet.load(PERFORMED).generate(minutes=0.1, seed=1)

    assert score.seconds(score.end) == pytest.approx(6)
    with pytest.raises(ValueError, match="groove keeps human timing: it has no bpm, at and curve"):
        linnet.load(PERFORMED).generate(at=[(1, "hit")])


# ---- tempos that move


def test_a_tempo_moves_from_one_to_another(folk: linnet.Model) -> None:
    score = folk.generate(bars=8, bpm="80:60", seed=1, time_signature="4/4")
    bpm = [change.bpm for change in score.tempos]

    assert bpm[0] == pytest.approx(80, abs=0.5)
    assert bpm[-1] == pytest.approx(60, abs=0.5)
    assert bpm == sorted(bpm, reverse=True)
    there_and_back = [change.bpm for change in folk.generate(bars=8, bpm=(60, 90, 60), seed=1).tempos]
    assert max(there_and_back) == pytest.approx(90, abs=1.5)
    assert lasts(folk.generate(seconds=20, bpm="80:60", seed=1), 20)


@pytest.mark.parametrize("bpm", ["80:", "80:5000", "fast", 5, [80], True])
def test_what_is_no_tempo_is_refused(bpm: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="bpm"):
        Options(bpm=bpm)


def test_a_stream_has_one_tempo_at_a_time(folk: linnet.Model) -> None:
    with pytest.raises(ValueError, match="bpm must be one number here"):
        folk.stream(bpm="80:60")
    stream = folk.stream(bpm=90, seed=1)
    with pytest.raises(ValueError, match="bpm must be one number here"):
        stream.wish(bpm="80:60")


# ---- scenes


def test_a_scene_begins_when_it_is_asked_to(folk: linnet.Model) -> None:
    score = folk.generate(
        seconds=47.5, mood="sad", at=[("0:20", "joyful+hit"), (31.25, "hit")], seed=3, time_signature="4/4"
    )
    starts = score.bar_ticks().tolist()

    assert lasts(score, 47.5)
    assert [(round(score.seconds(m.tick), 6), m.text) for m in score.markers] == [
        (20.0, "joyful hit"), (31.25, "hit"),
    ]  # fmt: skip
    assert all(marker.tick in starts for marker in score.markers)
    for marker in score.markers:
        struck = [note.velocity for note in score.notes if note.onset == marker.tick]
        around = [note.velocity for note in score.notes if 0 < abs(note.onset - marker.tick) < 192]
        assert struck
        assert max(struck) > np.mean(around)
    first, later = score.key_signatures[:2]
    assert (first.is_minor, later.is_minor, later.tick) == (True, False, score.markers[0].tick)


def test_the_music_follows_a_curve(folk: linnet.Model) -> None:
    rising = [{"time": 0, "density": 2, "arousal": -0.9}, {"time": 60, "density": 8, "arousal": 0.9}]
    early, late, soft, loud = 0.0, 0.0, 0.0, 0.0
    for score in folk.generate(seconds=60, curve=rising, seed=1, count=4, bpm=110):
        half = score.ticks(30.0)
        notes = score.notes
        early += int((notes.onset < half).sum())
        late += int((notes.onset >= half).sum())
        soft += float(notes.velocity[notes.onset < half].mean())
        loud += float(notes.velocity[notes.onset >= half].mean())

    assert late > 1.1 * early
    assert loud > soft + 40


def test_a_curve_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mood.csv"
    file.write_text("time,valence,arousal,key\n0:00,0.5,-0.7,D major\n0:40,-0.6,0.8,\n", encoding="utf-8")

    assert Options(curve=str(file)).curve == (
        (0.0, (("arousal", -0.7), ("key", "D major"), ("valence", 0.5))),
        (40.0, (("arousal", 0.8), ("valence", -0.6))),
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"curve": [{"time": 5, "density": 1}, {"time": 2, "density": 2}]},
            "must go forward in time, and row 2",
        ),
        ({"curve": [{"t": 5}]}, "must have a column time"),
        ({"curve": [{"time": 0, "valence": 3}]}, "valence must be between -1 and 1, got 3.0 in row 1"),
        ({"at": [(5, "calm"), (2, "sad")]}, "must go forward in time, and 2 s comes after 5 s"),
        ({"at": [("soon", "calm")]}, "a time must be such as 20, 0:20 or 1:02:03.5, got 'soon'"),
        ({"at": [(5, "purple")]}, "must be a mood"),
    ],
)
def test_curves_and_scenes_that_cannot_be_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Options(**options)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_what_no_piece_can_change_is_refused(folk: linnet.Model) -> None:
    with pytest.raises(ValueError, match=r"curve can change temperature, .*, and not 'bars'"):
        folk.generate(seconds=10, curve=[{"time": 0, "bars": 3}])
    with pytest.raises(ValueError, match="at must be within the 10 seconds of the piece, got 12"):
        folk.generate(seconds=10, at=[(12, "hit")])
    with pytest.raises(ValueError, match="at cannot change the bpm"):
        folk.generate(seconds=10, at=[(5, "bpm=90")])


def test_the_command_has_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mood.csv").write_text("time,valence,arousal\n0,0.5,-0.7\n8,-0.6,0.8\n", encoding="utf-8")
    order = ["generate", "--seed", "1", "--seconds", "9.5", "--curve", str(tmp_path / "mood.csv")]
    order += ["--at", "0:04", "hit", "-o", str(tmp_path / "cue.mid")]
    assert cli.main(order) == 0
    cue = Score.open(tmp_path / "cue.mid")
    assert cue.seconds(cue.end) == pytest.approx(9.5, abs=1e-6)
    assert [marker.text for marker in cue.markers] == ["hit"]
    (tmp_path / "back.csv").write_text("time,valence\n5,0.5\n2,-0.6\n", encoding="utf-8")
    order[order.index(str(tmp_path / "mood.csv"))] = str(tmp_path / "back.csv")
    assert cli.main(order) == 1
    assert "back.csv: must go forward in time" in capsys.readouterr().err
