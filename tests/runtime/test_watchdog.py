"""The watchdog as players meet it: on unless told otherwise, counted, and part of what is saved."""

import json
from itertools import groupby
from pathlib import Path

import pytest

import linnet
from linnet.cli import main
from linnet.music.similarity import bar_contents

SEEDS = range(3, 11)


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def equal_bars(score: linnet.Score) -> int:
    """The most in a row."""
    return max(len(list(run)) for bar, run in groupby(bar_contents(score)) if bar)


def interventions(score: linnet.Score) -> int:
    return int(json.loads(score.texts[1]).get("interventions", 0))


def stubborn(model: linnet.Model, **settings: object) -> linnet.Stream:
    """A stream that loops: without a form, the likeliest token each time."""
    return model.stream(seed=5, form="", temperature=0, **settings)


def test_music_loops_only_without_it(folk: linnet.Model) -> None:
    asked = {"count": len(SEEDS), "seed": SEEDS[0], "bars": 48, "form": "", "temperature": 0.5}
    stuck, free = folk.generate(**asked, watchdog=False), folk.generate(**asked)

    assert max(map(equal_bars, stuck)) > 4
    assert max(map(interventions, stuck)) == 0
    assert max(map(equal_bars, free)) <= 3
    assert min(map(interventions, free)) > 0


def test_a_piece_is_the_same_alone_and_in_company(folk: linnet.Model) -> None:
    asked = {"bars": 24, "form": "", "temperature": 0.5}
    together = folk.generate(count=len(SEEDS), seed=SEEDS[0], **asked)

    assert together == [folk.generate(seed=seed, **asked) for seed in SEEDS]
    assert any(map(interventions, together))


def test_a_form_repeats_itself_undisturbed(folk: linnet.Model) -> None:
    for seed in SEEDS:
        score = folk.generate(seed=seed, bars=16, form="AAAA", temperature=0.5)
        assert interventions(score) == 0


def test_the_likeliest_music_gets_out_of_its_loop(folk: linnet.Model) -> None:
    stream = stubborn(folk)
    stream.tokens(2000)

    assert stream.interventions > 0
    assert stubborn(folk, watchdog=False).tokens(2000) != stubborn(folk).tokens(2000)


def test_a_saved_stream_goes_on_in_the_middle_of_a_recovery(folk: linnet.Model) -> None:
    stream, tracker = stubborn(folk), None
    while not (tracker and tracker.recovers):
        stream.tokens(1)
        tracker = stream._player.composer.loop.tracker
    fork, count = stream.fork(), stream.interventions

    assert fork.interventions == count > 0
    assert fork.tokens(1500) == stream.tokens(1500)
    assert fork.interventions == stream.interventions > count


def test_a_heard_stream_counts_what_it_kept(folk: linnet.Model) -> None:
    """What is composed a second time is counted once."""
    stream, twin = stubborn(folk), stubborn(folk)
    for _ in range(60):
        stream.advance(1.0, budget=None)
        stream.wish(density=3)
        stream.wish(density=None)
        twin.advance(1.0, budget=None)
    stream.prepare()
    twin.prepare()

    assert stream.interventions == twin.interventions > 0


def test_it_can_be_switched_off_and_on_while_a_stream_plays(folk: linnet.Model) -> None:
    stream = stubborn(folk, watchdog=False)
    stream.tokens(2000)
    assert stream.interventions == 0
    stream.restrict(watchdog=None)
    stream.tokens(2000)
    assert stream.interventions > 0


def test_the_command_tells_how_often_it_stepped_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["generate", "folk", "--seed", "1", "--bars", "48", "--form", "", "--temperature", "0.5"]

    assert main([*asked, "-o", str(tmp_path / "free.mid")]) == 0
    assert "free.mid: interventions of the watchdog: " in capsys.readouterr().err
    assert main([*asked, "--no-watchdog", "-o", str(tmp_path / "stuck.mid")]) == 0
    assert "watchdog" not in capsys.readouterr().err
    assert equal_bars(linnet.Score.open(tmp_path / "stuck.mid")) > 4
