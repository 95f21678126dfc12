"""Voice leading as players meet it: rules with defaults of the model, counted, and part of what is saved."""

import json
from pathlib import Path

import pytest

import linnet
from linnet.cli import main
from linnet.core import Tracker
from linnet.tokens import codec

ASKED = {"seed": 3, "bars": 6, "form": ""}
COUNTS = ("parallel_moves", "crossed_notes")


@pytest.fixture(scope="module")
def chorale() -> linnet.Model:
    return linnet.load("chorale")


def counted(score: linnet.Score) -> tuple[int, int]:
    """What the core counts in a piece that is there."""
    tracker = Tracker()
    tracker.restrict(parallels=1, crossing=1)
    for token in codec.encode(score).tolist():
        tracker.advance(token)
    return tracker.parallels, tracker.crossings


def told(score: linnet.Score) -> tuple[int, int]:
    """What its texts say."""
    facts = json.loads(score.texts[1])
    return facts.get(COUNTS[0], 0), facts.get(COUNTS[1], 0)


def test_voices_move_in_parallel_only_where_they_may(chorale: linnet.Model) -> None:
    free = chorale.generate(**ASKED, parallels="allowed", crossing="allowed", count=8)
    led = chorale.generate(**ASKED, parallels="forbidden", crossing="forbidden", count=8)

    assert sum(counted(score)[0] for score in free) > 8
    assert all(counted(score) == (0, 0) for score in led)


def test_counting_changes_no_note_and_the_texts_tell(chorale: linnet.Model) -> None:
    free = chorale.generate(**ASKED, parallels="allowed", crossing="allowed")
    same = chorale.generate(**ASKED, parallels="counted", crossing="counted")

    assert codec.encode(free).tolist() == codec.encode(same).tolist()
    assert told(free) == (0, 0)
    assert told(same) == counted(same)


def test_what_a_primer_did_is_not_counted(chorale: linnet.Model) -> None:
    primer = chorale.generate(**ASKED, parallels="allowed", crossing="allowed")
    whole = chorale.generate(
        primer=primer, bars=2, seed=1, parallels="counted", crossing="counted", with_primer=True
    )

    assert counted(primer)[0] > 0
    assert told(whole)[0] == counted(whole)[0] - counted(primer)[0]


def test_a_saved_stream_keeps_to_the_rule_and_goes_on_counting(chorale: linnet.Model) -> None:
    stream = chorale.stream(seed=1, form="", parallels="counted", crossing="counted")
    stream.tokens(600)
    other = chorale.restore(stream.save())

    assert other.parallel_moves == stream.parallel_moves > 0
    assert other.tokens(300) == stream.tokens(300)
    assert (other.parallel_moves, other.crossed_notes) == (stream.parallel_moves, stream.crossed_notes)


def test_it_can_be_changed_while_a_stream_plays(chorale: linnet.Model) -> None:
    stream = chorale.stream(seed=1, form="", parallels="forbidden")
    stream.tokens(600)
    assert stream.parallel_moves == 0
    stream.restrict(parallels="counted")
    stream.tokens(600)
    assert stream.parallel_moves > 0


def test_the_command_tells_how_often(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["generate", "chorale", "--seed", "3", "--bars", "6", "--form", "", "-o", str(tmp_path / "a.mid")]

    assert main([*asked, "--parallels", "counted"]) == 0
    assert "a.mid: parallel fifths and octaves: " in capsys.readouterr().err
    assert main([*asked[:-1], str(tmp_path / "b.mid"), "--parallels", "allowed"]) == 0
    assert "parallel" not in capsys.readouterr().err


def test_another_word_is_refused(chorale: linnet.Model) -> None:
    with pytest.raises(ValueError, match="parallels must be forbidden, counted or allowed, got 'no'"):
        chorale.generate(parallels="no")
