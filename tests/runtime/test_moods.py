"""Moods: what they ask for, what they leave to the player, and how they are played."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import Score, cli
from linnet.controls import moods
from linnet.controls.keys import usual
from linnet.controls.moods import MOODS
from linnet.controls.wishes import INDEX
from linnet.music.key import KEYS

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
BAR = 4 * 60 / 120
"""Seconds, in 4/4 at 120 BPM."""

G_MAJOR = (0, 2, 4, 6, 7, 9, 11)


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def bpm(score: Score) -> float:
    return score.tempos[0].bpm


def same(a: Score, b: Score) -> bool:
    """Apart from the texts."""
    return a == b


# ---- what a mood is


def test_a_mood_is_a_name_or_a_point() -> None:
    assert moods.point("calm") == MOODS["calm"]
    assert moods.point((0.4, -0.2)) == moods.point([0.4, -0.2]) == moods.point("0.4,-0.2") == (0.4, -0.2)
    assert moods.point(np.array([1, -1])) == (1, -1)


@pytest.mark.parametrize(
    "bad", ["blue", "", "0.4", "0.4,x", "1,2", (0.1,), (0, 1.01), (float("nan"), 0), 3, (1, 0, 0)]
)
def test_what_is_no_mood_is_refused_in_one_line(model: linnet.Model, bad: Any) -> None:
    with pytest.raises(ValueError, match=r"^mood must be one of joyful, .*from -1 to 1, got .*$"):
        model.generate(bars=2, seed=1, mood=bad)
    with pytest.raises(ValueError, match=r"^mood must be one of"):
        model.stream(seed=1).wish(mood=bad)


def test_every_quadrant_has_two_names() -> None:
    quadrants = [(valence > 0, arousal > 0) for valence, arousal in MOODS.values()]

    assert all(
        quadrants.count(each) == 2 for each in ((True, True), (True, False), (False, True), (False, False))
    )


# ---- a piece


def test_moods_are_found_again_in_the_music(folk: linnet.Model) -> None:
    """Over ten pieces of each; single pieces of one mood differ by less than 0.3 in arousal."""
    found = {
        mood: [linnet.describe(folk.generate(bars=8, seed=seed, mood=mood)) for seed in range(10)]
        for mood in ("joyful", "tense", "sad", "calm")
    }
    mean = {
        mood: (np.mean([each["valence"] for each in some]), np.mean([each["arousal"] for each in some]))
        for mood, some in found.items()
    }

    assert min(mean["joyful"][0], mean["calm"][0]) > max(mean["tense"][0], mean["sad"][0]) + 0.3
    assert min(mean["joyful"][1], mean["tense"][1]) > max(mean["calm"][1], mean["sad"][1]) + 0.8


def test_what_is_asked_for_by_name_wins(folk: linnet.Model) -> None:
    asked: dict[str, Any] = {"bars": 8, "seed": 5}
    own = {"key": "D major", "bpm": 77.0, "density": 6, "register": 5}

    calm, tense = (folk.generate(mood=mood, **own, **asked) for mood in ("calm", "tense"))

    assert bpm(calm) == bpm(tense) == pytest.approx(77, abs=1e-3)
    assert (calm.notes.pitch == tense.notes.pitch).all()  # the notes are the same, and played differently
    assert (calm.notes.velocity < tense.notes.velocity).all()


def test_a_scale_of_the_players_settles_the_key_too(folk: linnet.Model) -> None:
    score = folk.generate(bars=8, seed=2, mood="sad", scale="D dorian")

    assert set((score.notes.pitch % 12).tolist()) <= {2, 4, 5, 7, 9, 11, 0}


def test_the_key_is_one_that_the_model_knows(folk: linnet.Model) -> None:
    usual = folk.info.defaults["keys"]
    for mood in ("sad", "joyful"):
        for seed in range(8):
            stream = folk.stream(seed=seed, mood=mood)
            key = stream._player.composer.loop.tracker.wishes[INDEX["key"]]
            assert KEYS[key - 1] in usual


def test_the_mood_is_written_into_the_texts(model: linnet.Model) -> None:
    by_name, by_point = (model.generate(bars=2, seed=1, mood=mood) for mood in ("calm", MOODS["calm"]))

    assert json.loads(by_name.texts[1])["mood"] == "calm"
    assert json.loads(by_point.texts[1])["mood"] == list(MOODS["calm"])
    assert same(by_name, by_point)


def test_a_mood_leaves_the_primer_as_it_was(model: linnet.Model) -> None:
    primer = model.generate(bars=3, seed=8, bpm=100)
    both = model.generate(bars=3, seed=9, primer=primer, with_primer=True, mood="excited")
    new = model.generate(bars=3, seed=9, primer=primer, mood="excited")

    assert both.slice_bars(0, 3).tracks == primer.tracks
    assert both.slice_bars(3).notes == new.notes
    assert bpm(new) == pytest.approx(155, abs=1e-3)


def test_without_bars_there_is_no_tempo_to_ask_for(
    model: linnet.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    performer = linnet.load(TINY)
    monkeypatch.setattr(performer.engine, "info", dataclasses.replace(model.info, time_base="performance"))

    plain, soft = (
        performer.generate(seconds=4, seed=1, density=2, register=3, key="C", mood=m) for m in (None, "calm")
    )

    assert (plain.notes.onset == soft.notes.onset).all()
    assert (np.maximum(plain.notes.velocity.astype(int) - 18, 1) == soft.notes.velocity).all()


def test_wishes_that_a_model_has_not_learnt_are_not_asked_for(
    model: linnet.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = linnet.load(TINY)
    unlearnt = tuple({**wish, "trained": wish["name"] == "likeness"} for wish in plain.info.wishes)
    monkeypatch.setattr(plain.engine, "info", dataclasses.replace(plain.info, wishes=unlearnt))

    score = plain.generate(bars=4, seed=1, mood="sad")

    assert bpm(score) == pytest.approx(80, abs=1e-3)
    tonic = usual(plain.info, 1, MOODS["sad"]) or 0
    assert set((score.pitched_notes.pitch.astype(int) - tonic) % 12) <= {
        0,
        2,
        3,
        5,
        7,
        8,
        11,
    }  # harmonic minor


def test_density_moves_around_what_the_model_learnt_from(model: linnet.Model) -> None:
    """Notes a second of the passport's corpora: at 120 BPM half as many a quarter."""

    def density(notes: int, arousal: float) -> int:
        info = dataclasses.replace(model.info, passport={"corpora": [{"notes": notes, "seconds": 100}]})
        return int(moods.implied((0, arousal), (), 0, info)["density"])

    assert [density(90, arousal) for arousal in (-1, 0, 1)] == [1, 1, 3]
    assert [density(500, arousal) for arousal in (-1, 0, 1)] == [2, 5, 7]
    assert [density(2000, arousal) for arousal in (-1, 0, 1)] == [5, 8, 8]
    nothing = dataclasses.replace(model.info, passport={})
    assert moods.implied((0, 0), (), 0, nothing)["density"] == 5


def test_a_mood_asks_for_no_more_than_whole_pieces_have() -> None:
    info = linnet.load("folk").info
    least, most = info.typical("density") or (0, 9)
    assert (info.usual("density") or (0, 0))[0] < least < most

    asked = [moods.implied((0, arousal), (), 0, info)["density"] for arousal in (-1, 0, 1)]

    assert asked[0] == least < asked[1] < asked[2] == most
    assert linnet.load("phrase").info.typical("density") is None


# ---- a stream


def wishes(stream: linnet.Stream) -> dict[str, int]:
    values = stream._player.composer.loop.tracker.wishes
    return {name: values[INDEX[name]] for name in ("key", "density", "register")}


def settle(stream: linnet.Stream) -> linnet.Stream:
    """Until what was asked for is there."""
    stream.advance(0.3, budget=None)
    stream.prepare()
    return stream


def test_a_mood_comes_to_a_stream_and_goes(folk: linnet.Model) -> None:
    stream = folk.stream(seed=1, form="", time_signature="4/4", key="D minor", mood="joyful")
    assert KEYS[wishes(settle(stream))["key"] - 1] == "D minor"  # it was asked for

    stream.wish(key=None)
    assert KEYS[wishes(settle(stream))["key"] - 1] == "D major"
    stream.wish(mood="sad")
    sad = wishes(settle(stream))
    assert KEYS[sad["key"] - 1] == "D minor"
    assert sad["density"] < 4
    assert stream._player.composer.request.scale == "D harmonic minor"
    assert stream._player.composer.request.bpm == 80

    stream.wish(mood=None)
    assert wishes(settle(stream)) == {"key": 0, "density": 0, "register": 0}
    assert stream._player.composer.request.scale is None
    assert stream._player.composer.request.bpm is None


def test_later_wishes_win_over_a_mood_until_they_are_taken_back(model: linnet.Model) -> None:
    stream = model.stream(seed=1, mood="tense")
    stream.wish(bpm=90, density=1)
    stream.restrict(scale="C major")
    stream.wish(mood="excited")
    request = settle(stream)._player.composer.request
    assert (request.bpm, request.scale, wishes(stream)["density"]) == (90, "C major", 1)

    stream.wish(bpm=None, density=None)
    stream.restrict(scale=None)
    request = settle(stream)._player.composer.request
    assert (request.bpm, request.scale, wishes(stream)["density"]) == (155, G_MAJOR, 5)  # of the mood's key


def test_a_stream_is_played_as_the_piece_is(model: linnet.Model) -> None:
    asked: dict[str, Any] = {
        "key": "C major",
        "density": 4,
        "register": 3,
        "bpm": 120,
        "time_signature": "4/4",
    }
    plain, loud = (
        model.stream(seed=3, mood=mood, **asked).advance(8 * BAR, budget=None) for mood in (None, "excited")
    )
    louder, share = moods.touch(MOODS["excited"])

    assert [(note.onset, note.pitch) for note in plain] == [(note.onset, note.pitch) for note in loud]
    assert [min(note.velocity + louder, 127) for note in plain] == [note.velocity for note in loud]
    for one, other in zip(plain, loud, strict=True):
        assert other.duration == pytest.approx(one.duration * (1 if one.is_drum else share), abs=1e-5)


@pytest.mark.parametrize("at", ["bar", "beat", "now"])
def test_a_stream_in_a_mood_is_saved_and_forked(model: linnet.Model, at: Any) -> None:
    stream = model.stream(seed=4, mood="calm", density=3)
    stream.advance(3, budget=None)
    stream.wish(mood=np.array([-0.6, 0.5]), at=at)
    stream.advance(0.5, budget=None)
    other = model.restore(stream.save())

    assert other.advance(20, budget=None) == stream.advance(20, budget=None)


# ---- the command


def test_the_command_makes_the_same_piece(model: linnet.Model, tmp_path: Path) -> None:
    file = tmp_path / "tense.mid"
    args = ["generate", str(TINY), "--bars", "4", "--seed", "3", "-o", str(file)]

    assert cli.main([*args, "--mood=-0.6,0.8"]) == 0
    model.generate(bars=4, seed=3, mood="tense").save(tmp_path / "same.mid")
    assert same(Score.open(file), Score.open(tmp_path / "same.mid"))


def test_the_command_says_which_moods_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "blue.mid"

    assert cli.main(["generate", str(TINY), "--mood", "blue", "-o", str(file)]) == 1
    assert capsys.readouterr().err.startswith("linnet: --mood must be one of joyful, ")
    assert not file.exists()
