"""Transitions, with fills and bridges, at cues, and back again."""

from __future__ import annotations

from typing import Any

import pytest

import linnet
from tests.runtime.test_stream_position import hear

CALM: dict[str, Any] = {"key": "G major", "bpm": 120, "density": 3}
TENSE: dict[str, Any] = {"key": "E minor", "bpm": 150, "density": 7}


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def begun(folk: linnet.Model, seconds: float = 3.1, **more: Any) -> linnet.Stream:
    stream = folk.stream(seed=3, time_signature="4/4", **CALM, **more)
    stream.advance(seconds, budget=None)
    return stream


def heard(stream: linnet.Stream, seconds: float) -> list[tuple[float, dict[str, Any]]]:
    """What took effect, and when."""
    found = []
    end = stream.seconds + seconds
    while stream.seconds < end:
        now = stream.seconds
        events = stream.advance(1 / 60, budget=None).events
        found += [
            (round(now + e.onset, 3), dict(e.about)) for e in events if e.kind in ("wish", "transition")
        ]
    return found


@pytest.mark.parametrize(("at", "when"), [("bar", 4.0), ("section", 16.0)])
def test_a_transition_begins_where_it_is_to(folk: linnet.Model, at: Any, when: float) -> None:
    stream = begun(folk)
    stream.transition(at=at, **TENSE)
    assert heard(stream, 14) == [(when, {"leave": {}}), (when, TENSE)]
    assert (stream.position.key, stream.position.bpm) == ("E minor", 150)


@pytest.mark.parametrize("at", ["now", "beat"])
def test_a_transition_may_come_inside_the_bar(folk: linnet.Model, at: Any) -> None:
    stream = begun(folk)
    stream.transition(at=at, **TENSE)
    stream.advance(0.7, budget=None)
    assert stream.position.bpm == 150
    stream.back()
    stream.advance(4, budget=None)
    assert stream.position.bpm == 120


def test_a_fill_is_the_bar_before(folk: linnet.Model) -> None:
    stream = begun(folk)
    stream.transition(fill=True, **TENSE)
    assert heard(stream, 4) == [(4, {"leave": {}}), (4, {"density": 6}), (6, TENSE)]


def test_a_bridge_leads_over_bar_by_bar(folk: linnet.Model) -> None:
    stream = begun(folk)
    stream.transition(bridge=2, **TENSE)
    events = [about for _, about in heard(stream, 8)]
    assert events == [
        {"leave": {}},
        {"bpm": 130, "density": 4},
        {"bpm": 140, "density": 6, "chords": "V7"},
        {"chords": None, **TENSE},
    ]


@pytest.mark.parametrize("name", ["folk", "chorale", "piano"])
def test_back_it_goes_on_from_where_it_was_with_the_same_notes(name: str) -> None:
    """The key is the same as before, and so is the scale, which a key that is asked for anew would change."""
    model = linnet.load(name)
    stream = begun(model)
    plain, _ = hear(stream.fork(), 20)
    stream.transition(**TENSE)
    stream.advance(3, budget=None)
    stream = model.restore(stream.save())  # the place to go back to is saved
    stream.back()
    begin = stream.seconds + stream.position.seconds_to_bar
    notes, _ = hear(stream, 20)
    after = [(round(at - begin, 5), *rest) for at, *rest in notes if at >= begin - 1e-6]
    before = [(round(at - 4, 5), *rest) for at, *rest in plain if at >= 4]
    count = min(len(before), len(after))
    assert count > 40
    assert after[:count] == before[:count]
    assert stream.position.key == "G major"
    assert stream.position.bpm == 120


def test_what_was_asked_for_there_is_asked_for_again(folk: linnet.Model) -> None:
    stream = begun(folk)
    stream.transition(**TENSE)
    stream.back()
    stream.wish(**CALM)  # as it is: nothing
    stream.wish(density=5)
    stream.advance(4, budget=None)
    stream.wish(density=6)
    stream.transition(**TENSE)  # at the same line as the wish
    stream.advance(4, budget=None)
    stream.back()
    stream.advance(4, budget=None)
    assert (stream.position.key, stream.position.bpm) == ("G major", 120)
    assert stream._player.composer.request.options.density == 6


def test_a_transition_waits_for_its_cue(folk: linnet.Model) -> None:
    stream = begun(folk)
    stream.transition(at="cue", cue="door", fill=True, **TENSE)
    assert heard(stream, 4) == []
    stream = folk.restore(stream.save())
    with pytest.raises(KeyError, match="there are: door"):
        stream.cue("window")
    stream.cue("door")
    assert [about for _, about in heard(stream, 5)][-1] == TENSE
    with pytest.raises(KeyError, match="there are: none"):
        stream.cue("door")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda stream: stream.back(), "no place to go back to"),
        (lambda stream: stream.transition(at="beat", fill=True), "begin at a bar line"),
        (lambda stream: stream.transition(at="now", bridge=2), "begin at a bar line"),
        (lambda stream: stream.transition(at="cue"), "a cue has a name"),
        (lambda stream: stream.transition(at="soon"), "at must be"),
        (lambda stream: stream.transition(bridge=99), "bridge"),
        (lambda stream: stream.transition(density=99), "density"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(folk: linnet.Model, call: Any, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        call(begun(folk))
