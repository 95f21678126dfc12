"""Rules for care: loudness, tempo, fades, an end at once, and a log."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.cli import main
from linnet.controls.loudness import Dynamics, Loudness
from tests.runtime.streams import PERFORMED


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def velocities_by_bar(score: linnet.Score) -> list[list[int]]:
    return [
        [int(v) for track in score.slice_bars(i, i + 1).tracks for v in track.notes.velocity]
        for i in range(score.bars)
    ]


@pytest.mark.parametrize("mood", [None, "calm", "excited"])
@pytest.mark.parametrize(("name", "length"), [("band", {"bars": 4}), (PERFORMED, {"seconds": 6})])
def test_no_note_or_stroke_is_softer_or_louder_whatever_the_mood(
    name: str | Path, length: dict[str, Any], mood: str | None
) -> None:
    score = linnet.load(name).generate(seed=1, loudness_range=(40, 70), mood=mood, **length)

    loud = [int(v) for track in score.tracks for v in track.notes.velocity]
    assert loud
    assert min(loud) >= 40
    assert max(loud) <= 70


def test_loudness_changes_no_faster_than_it_may() -> None:
    score = linnet.load("band").generate(seed=2, bars=6, loudness_change=6)
    sounding = [bar for bar in velocities_by_bar(score) if bar]

    assert len(sounding) > 3
    for before, after in pairwise(sounding):
        assert max(before + after) - min(before + after) <= 6


def test_any_velocities_are_brought_into_the_range_step_by_step() -> None:
    """Whatever was heard before a rule, the rule of change is kept, and the range is reached."""
    dynamics, rules = Dynamics(), Loudness()
    for velocity in (90, 100, 95):
        _, dynamics = dynamics.heard(rules, 0, velocity)
    rules, last = Loudness(40, 70, 15), 95
    for bar in range(1, 8):
        for velocity in (1, 127, 64):
            loud, dynamics = dynamics.heard(rules, bar, velocity)
            assert abs(loud - last) <= 15
            last = loud
    assert 40 <= last <= 70


def test_a_stream_keeps_to_its_loudness_through_moods_and_saves_it(folk: linnet.Model) -> None:
    stream = folk.stream(seed=1, bpm=120, loudness_range=(30, 60), loudness_change=4, time_signature="4/4")
    heard = stream.advance(4.1, budget=None)
    stream.wish(mood="excited")
    heard += stream.advance(4.0, budget=None)
    again = folk.restore(stream.save())
    rest = stream.advance(8.0, budget=None)

    assert again.advance(8.0, budget=None) == rest
    assert all(30 <= note.velocity <= 60 for note in [*heard, *rest])
    assert all(abs(a.velocity - b.velocity) <= 4 for a, b in pairwise([*heard, *rest]))


def test_tempos_stay_in_their_range_and_glide(folk: linnet.Model) -> None:
    for seed in range(3):
        score = folk.generate(seed=seed, bars=2, bpm_range=(60, 80))
        assert all(60 <= change.bpm <= 80.001 for change in score.tempos)
    assert folk.generate(seed=1, bars=2, mood="excited", bpm_range=(60, 90)).tempos[0].bpm <= 90.001

    stream = folk.stream(seed=1, bpm=60, bpm_change=10, time_signature="4/4")
    stream.advance(0.5, budget=None)
    stream.wish(bpm=90)
    stream.advance(30, budget=None)
    tempos = {round(segment.tempos[-1][1]) for segment in stream._player.timeline.segments}
    assert len(tempos) == 1  # it has arrived

    with pytest.raises(ValueError, match="bpm must be within bpm_range, 60 to 80, got 100"):
        folk.generate(bpm=100, bpm_range=(60, 80))
    with pytest.raises(ValueError, match="bpm_range must hold one of the tempos"):
        folk.generate(bpm_range=(61, 63))


def test_a_piece_fades(folk: linnet.Model) -> None:
    plain, soft = (folk.generate(seed=1, bars=6, fade=fade) for fade in (None, 3))
    start = plain.bar_tick(plain.bars - 3)

    assert [n.pitch for n in plain.notes] == [n.pitch for n in soft.notes]
    pairs = list(zip(plain.notes, soft.notes, strict=True))
    assert all(a.velocity == b.velocity for a, b in pairs if a.onset <= start)
    assert all(a.velocity > b.velocity for a, b in pairs if a.onset > start)
    assert soft.notes.velocity[-1] < 40


def test_a_stream_fades_and_stops_at_once(folk: linnet.Model) -> None:
    stream = folk.stream(seed=1, bpm=120)
    stream.prepare()
    stream.advance(2.0, budget=None)
    stream.fade(4.0)
    fading = [note.velocity for _ in range(20) for note in stream.advance(0.25, budget=None)]
    assert fading[-1] < fading[0] / 2
    assert stream.advance(4.0, budget=None) == []

    stream.resume()
    assert stream.advance(4.0, budget=None)
    stream.stop()
    assert stream.advance(4.0, budget=None) == []


def test_a_log_says_what_was_asked_and_played(folk: linnet.Model, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    with folk.stream(seed=1, bpm=120) as stream:
        stream.log(file)
        notes = stream.advance(2.0, budget=None)
        stream.wish(density=3)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    assert lines[0]["asked"]["model"] == "folk"
    assert [line["note"]["pitch"] for line in lines if "note" in line] == [note.pitch for note in notes]
    assert lines[-1]["asked"] == {"density": 3}


def test_the_commands_write_a_log_and_take_two_velocities(tmp_path: Path) -> None:
    tune, log = tmp_path / "tune.mid", tmp_path / "log.jsonl"
    words = ["generate", "--seed", "1", "--bars", "4", "--loudness", "40", "70", "-o", str(tune)]
    assert main([*words, "--log", str(log)]) == 0
    (line,) = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]

    assert line["asked"]["loudness_range"] == [40, 70]
    assert line["made"] == [str(tune)]
    assert all(40 <= v <= 70 for v in linnet.Score.open(tune).notes.velocity)
