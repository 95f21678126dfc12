"""Chords that a player asks for, on their way to the network: pieces, streams, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.cli import main
from linnet.controls.options import Options
from linnet.controls.plan_rows import chord_of
from linnet.controls.progression import Progression
from linnet.controls.resolve import resolve
from linnet.generation.parts import new_part
from linnet.music.key import KEYS, home_shift
from linnet.music.score import Score
from linnet.tokens import features
from tests.runtime.chorded import TINY, chorded
from tests.runtime.harmonised import music


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return chorded()


def told(model: linnet.Model, **options: Any) -> list[list[str]]:
    """The chords that the network knows of in each bar of a piece, as they sound."""
    request = resolve(model.info, Options(seed=1, **options))
    part = new_part(request, "grid")
    loop, found = model.engine.loop(part.piece), []
    while not part.piece.opened:
        loop.step()
    while not part.piece.tracker.finished:
        found.append(sounding(part.piece.tracker.chords[0], request.key))
        loop.play(until=part.piece.tracker.bar_end)
    return found


def sounding(cells: list[int], key: int) -> list[str]:
    return [str(chord_of(cell, home_shift(key)) or "N") for cell in cells if cell]


def playing(stream: linnet.Stream) -> list[str]:
    """The chords that are known where composing goes on."""
    stream.prepare()
    composer = stream._player.composer
    return sounding(composer.loop.tracker.chords[0], composer.request.key)


# ---- pieces


@pytest.mark.parametrize("seed", range(6))
def test_numerals_without_a_key_are_those_of_the_key_that_is_drawn(seed: int) -> None:
    """They were read in C, whatever key the piece took from the form that it drew."""
    info = linnet.load("chorale").info
    request = resolve(info, Options(seed=seed, chords="I vi IV V7", bars=8))
    assert request.progression == Progression.read("I vi IV V7", request.key)
    assert request.wishes[features.WISHES.index(("key", 25))] == request.key + 1


def test_the_keys_that_are_drawn_differ() -> None:
    info = linnet.load("chorale").info
    assert len({resolve(info, Options(seed=seed, chords="I vi IV V7", bars=8)).key for seed in range(6)}) > 1


@pytest.mark.parametrize("form", [None, "", "AB", "AABA"])
def test_every_bar_knows_its_chord_in_any_form(model: linnet.Model, form: str | None) -> None:
    found = told(model, chords="C Am F G7", bars=10, form=form, time_signature="4/4")
    assert found == [[chord] * 4 for chord in ("C", "Am", "F", "G7") * 3][:10]


def test_a_bar_of_several_is_dealt_to_its_beats(model: linnet.Model) -> None:
    found = told(model, chords="C | F G | N", bars=3, form="", time_signature="3/4")
    assert found == [["C", "C", "C"], ["F", "F", "G"], ["N", "N", "N"]]


def test_more_chords_than_beats_are_refused(model: linnet.Model) -> None:
    with pytest.raises(ValueError, match="bar 1 has 4 for the 3 of 3/4"):
        model.generate(chords="C F G C |", time_signature="3/4")


def test_after_a_primer_they_begin_with_the_new_part(model: linnet.Model) -> None:
    primer = music("C4 E4 G4 C5 F4 A4 C5 F5")
    request = resolve(model.info, Options(seed=1, chords="Dm G7", bars=4, primer=primer))
    part = new_part(request, "grid")
    loop = model.engine.loop(part.piece)
    while not part.piece.opened:
        loop.step()
    assert sounding(part.piece.tracker.chords[0], request.key)[0] == "Dm"
    assert sounding(part.piece.tracker.chords[1], request.key)[0] == "G7"


@pytest.mark.parametrize(("chords", "key"), [("D G A D", "D major"), ("Am Dm E7 Am", "A minor")])
def test_unless_a_key_is_asked_for_the_chords_say_it(model: linnet.Model, chords: str, key: str) -> None:
    score = model.generate(chords=chords, bars=4, seed=1)
    assert score.key == key
    assert json.loads(score.texts[1])["chords_in"] == key
    assert json.loads(score.texts[1])["chords"] == chords


def test_chords_stay_in_the_key_that_is_asked_for_and_numerals_follow_it(model: linnet.Model) -> None:
    options = {"bars": 2, "time_signature": "4/4", "form": ""}
    assert told(model, chords="C F", key="D major", **options) == [["C"] * 4, ["F"] * 4]
    assert told(model, chords="I IV", key="D major", **options) == [["D"] * 4, ["G"] * 4]
    score = model.generate(chords="I IV", key="D major", seed=1, bars=2)
    assert score.key == "D major"
    assert "chords_in" not in json.loads(score.texts[1])


def test_a_mood_leaves_the_key_to_the_chords(model: linnet.Model) -> None:
    request = resolve(model.info, Options(seed=1, chords="C Am F G", mood="sad"))
    assert (KEYS[request.key], request.scale) == ("C major", None)
    request = resolve(model.info, Options(seed=1, chords="i iv", key="A minor", mood="sad"))
    assert [str(bar[0]) for bar in request.progression.bars] == ["Am", "Dm"]  # type: ignore[union-attr]


def test_the_same_chords_make_the_same_piece_and_go_by_name(model: linnet.Model) -> None:
    one, two = (model.generate(chords=each, seed=3, bars=4) for each in ("C Am", ["C", "Am"]))
    assert one == two
    assert model.generate(chords="C Am", seed=3, bars=4, count=2)[0] == one


@pytest.mark.parametrize("seed", range(20))
def test_a_piece_closes_on_its_last_chord(model: linnet.Model, seed: int) -> None:
    score = model.generate(chords="C Dm F G7", bars=4, seed=seed, form="AB")
    last = score.pitched_notes
    assert last.pitch[last.onset == last.onset.max()].tolist()[-1] % 12 in (7, 11, 2)


def test_a_scale_that_nobody_asked_for_has_room_for_the_chords() -> None:
    folk = linnet.load("folk")
    request = resolve(folk.info, Options(seed=1, chords="C E7 Am Fm", bars=16))
    assert {8, 2, 11, 5, 0} <= set(request.limits.scale)
    request = resolve(folk.info, Options(seed=1, chords="C E7 Am Fm", scale="C major", bars=16))
    assert request.limits.scale == (0, 2, 4, 5, 7, 9, 11)


# ---- files


def test_they_stand_in_the_midi_file_as_markers(model: linnet.Model, tmp_path: Path) -> None:
    score = model.generate(chords="C | F G | Am | Am", bars=8, seed=1, time_signature="4/4")
    score.save(tmp_path / "tune.mid")
    read = Score.open(tmp_path / "tune.mid")
    bar = 4 * read.ticks_per_beat
    begin = score.upbeat
    assert [(marker.tick - begin, marker.text) for marker in read.markers] == [
        (0, "C"),
        (bar, "F"),
        (bar + bar // 2, "G"),
        (2 * bar, "Am"),
        (4 * bar, "C"),
        (5 * bar, "F"),
        (5 * bar + bar // 2, "G"),
        (6 * bar, "Am"),
    ]
    assert read == score
    assert read.texts == score.texts
    assert read.key == score.key == "C major"


def test_a_piece_without_them_has_no_markers(model: linnet.Model) -> None:
    assert model.generate(bars=4, seed=1).source is None


def test_with_a_primer_the_markers_follow_it(model: linnet.Model, tmp_path: Path) -> None:
    music("C4 E4 G4 C5 F4 A4 C5 F5").save(tmp_path / "primer.mid")
    primer = Score.open(tmp_path / "primer.mid")
    score = model.generate(chords="Dm G7", bars=2, primer=primer, with_primer=True, seed=1)
    score.save(tmp_path / "both.mid")
    read = Score.open(tmp_path / "both.mid")
    bar = 4 * read.ticks_per_beat
    assert [(marker.tick, marker.text) for marker in read.markers] == [(2 * bar, "Dm"), (3 * bar, "G7")]
    assert read == score


# ---- who has not learnt them


def test_who_has_not_learnt_them_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="chords are a wish that tiny has not learnt: key and scale"):
        linnet.load(TINY).generate(chords="C Am")
    with pytest.raises(ValueError, match="not learnt"):
        linnet.load(TINY).stream().wish(chords="C Am")
    assert main(["generate", str(TINY), "--chords", "C Am", "-o", str(tmp_path / "x.mid")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_command_says_what_it_did_not_understand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["generate", "folk", "--chords", "C Hm", "-o", str(tmp_path / "x.mid")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--chords must be chords, and 'Hm' in bar 2 is none that is known" in said


# ---- streams


def test_a_stream_goes_round(model: linnet.Model) -> None:
    stream = model.stream(chords="C Am F", seed=1, time_signature="4/4", form="")
    composer, heard, bars = stream._player.composer, [], 0
    while len(heard) < 7:
        stream.tokens(1)
        if composer.loop.tracker.bars > bars and composer.loop.pieces[0].opened:
            bars = composer.loop.tracker.bars
            heard += sounding(composer.loop.tracker.chords[0], composer.request.key)[:1]
    assert heard == ["C", "Am", "F", "C", "Am", "F", "C"]


def test_they_change_at_the_next_bar_line_and_can_be_taken_back(model: linnet.Model) -> None:
    stream = model.stream(seed=1, time_signature="4/4", key="C major", ahead=1)
    stream.advance(0.1, budget=None)
    assert playing(stream) == []
    stream.wish(chords="Dm G7 C")
    assert playing(stream)[0] in ("Dm", "G7", "C")
    assert stream._player.composer.request.chords_first > 1
    stream.wish(chords=None)
    stream.advance(8, budget=None)
    assert playing(stream) == []


def test_a_new_key_moves_numerals_on_and_leaves_chords(model: linnet.Model) -> None:
    for chords, after in (("I IV V", {"D", "G", "A"}), ("C F G", {"C", "F", "G"})):
        stream = model.stream(seed=1, time_signature="4/4", key="C major", chords=chords, ahead=1)
        stream.advance(5, budget=None)
        first = stream._player.composer.request.chords_first
        stream.wish(key="D major")
        stream.advance(8, budget=None)
        assert set(playing(stream)) <= after
        assert stream._player.composer.request.chords_first == first  # they go on


def test_a_saved_stream_follows_its_chords_on(model: linnet.Model) -> None:
    stream = model.stream(seed=1, time_signature="4/4", key="D major", chords="I vi", ahead=2)
    stream.advance(5, budget=None)
    stream.wish(chords="ii V7 I")
    stream.advance(4, budget=None)
    other = model.restore(stream.save())
    assert other.advance(20, budget=None) == stream.advance(20, budget=None)
    assert playing(other) == playing(stream)
    first = stream._player.composer.request.chords_first
    assert other._player.composer.request.chords_first == first > 1
