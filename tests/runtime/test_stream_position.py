"""Where a stream is, what happens on the way, and who is heard of it."""

from __future__ import annotations

from typing import Any

import pytest

import linnet
from tests.runtime.streams import PERFORMED, TINY, even


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def hear(stream: linnet.Stream, seconds: float, step: float = 1 / 60) -> tuple[list[Any], list[Any]]:
    """Notes and events, at their places on the stream's clock."""
    notes, events = [], []
    end = stream.seconds + seconds
    while stream.seconds < end - 1e-9 and not stream.done:
        now = stream.seconds
        heard = stream.advance(min(step, end - now), budget=None)
        notes += [(round(now + n.onset, 6), n.pitch, n.velocity, n.program, n.role) for n in heard]
        events += [(e.kind, round(now + e.onset, 6), e.bar, e.beat, e.section) for e in heard.events]
    return notes, events


def test_the_position_counts_bars_and_beats(folk: linnet.Model) -> None:
    stream = folk.stream(seed=3, key="G major", bpm=120, time_signature="3/4", form="AB")
    assert stream.position.bar == 0
    stream.advance(0.75 + 1.5, budget=None)
    here = stream.position
    assert (here.bar, here.beat, here.tick, here.bpm) == (2, 2, 36, 120)
    assert (here.meter, here.key, here.section, here.section_bar) == ("3/4", "G major", "A", 2)
    assert here.seconds_to_bar == pytest.approx(0.75)
    assert here.seconds == pytest.approx(2.25)
    stream.advance(8 * 1.5, budget=None)
    assert (stream.position.section, stream.position.section_bar) == ("B", 2)


def test_the_chord_is_the_one_that_is_asked_for(folk: linnet.Model) -> None:
    stream = folk.stream(seed=3, key="G major", bpm=120, time_signature="4/4", chords="G | Em C")
    stream.advance(1, budget=None)
    assert stream.position.chord == "G"
    stream.advance(1.5, budget=None)
    assert stream.position.chord == "Em"
    stream.advance(1, budget=None)
    assert stream.position.chord == "C"


def test_beats_and_bars_are_told_once_however_time_is_divided(model: linnet.Model) -> None:
    told = [hear(even(model), 8.1, step)[1] for step in (1 / 30, 1 / 144, 0.77, 8.1)]
    assert all(each == told[0] for each in told)
    bars = [at for kind, at, *_ in told[0] if kind == "bar"]
    beats = [(at, beat) for kind, at, _, beat, _ in told[0] if kind == "beat"]
    assert bars == [0, 2, 4, 6, 8]
    assert beats == [(n / 2, n % 4 + 1) for n in range(17)]


def test_a_wish_tells_when_it_takes_effect(folk: linnet.Model) -> None:
    stream = folk.stream(seed=3, key="G major", bpm=120, time_signature="4/4")
    stream.advance(1, budget=None)
    stream.wish(density=7)
    heard = stream.advance(2, budget=None)
    (event,) = [event for event in heard.events if event.kind == "wish"]
    assert event.about == {"density": 7}
    assert event.onset == pytest.approx(1)
    assert [event.kind for event in heard.events if event.kind == "section"] == ["section"]


def test_a_wish_at_the_next_section_waits_for_it(folk: linnet.Model) -> None:
    stream = folk.stream(seed=3, key="G major", bpm=120, time_signature="4/4", form="AABB")
    stream.advance(3, budget=None)
    stream.wish(density=7, at="section")
    _, events = hear(stream, 20)
    assert [at for kind, at, *_ in events if kind == "wish"] == [16]


def test_roles_and_tracks_are_told_with_each_note() -> None:
    stream = linnet.load("chorale").stream(seed=3, key="G major", bpm=120)
    roles = {(note.track, note.role) for note in stream.advance(4, budget=None)}
    assert roles == {(0, "soprano"), (1, "alto"), (2, "tenor"), (3, "low voice")}


def test_layers_enter_and_leave_at_bar_lines_and_the_music_stays() -> None:
    model = linnet.load("chorale")
    whole, _ = hear(even(model, drums=None), 8)
    stream = even(model, drums=None)
    stream.layers("low voice")
    one, _ = hear(stream, 3)
    stream.layers("low voice", "soprano")
    two, _ = hear(stream, 2)
    stream.layers()
    all_of_them, _ = hear(stream, 3)

    def played(note: Any) -> bool:
        at, role = note[0], note[4]
        return at >= 6 or role == "low voice" or (role == "soprano" and at >= 4)

    assert one + two + all_of_them == [note for note in whole if played(note)]


def test_mutes_solos_volumes_and_instruments_are_heard_at_once() -> None:
    stream = even(linnet.load("chorale"), drums=None)
    stream.prepare()
    stream.mute("alto", 2)
    assert {note.role for note in stream.advance(2, budget=None)} == {"soprano", "low voice"}
    stream.unmute()
    stream.solo("alto")
    assert {note.role for note in stream.advance(2, budget=None)} == {"alto"}
    stream.solo()
    stream.volume("soprano", 0.5)
    stream.instrument("soprano", "flute")
    twin = stream.fork()
    twin.volume("soprano", 1)
    twin.instrument("soprano", None)
    for quiet, loud in zip(stream.advance(2, budget=None), twin.advance(2, budget=None), strict=True):
        upper = quiet.role == "soprano"
        assert quiet.program == (73 if upper else loud.program)
        assert quiet.velocity == (max(round(loud.velocity / 2), 1) if upper else loud.velocity)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda stream: stream.mute("tuba"), "a part is one of"),
        (lambda stream: stream.mute(), "at least one part"),
        (lambda stream: stream.layers(99), "a part is one of"),
        (lambda stream: stream.volume("bass", 9), "volume"),
        (lambda stream: stream.solo("bass", at="soon"), "at must be"),
        (lambda stream: stream.wish(density=3, at="soon"), "at must be"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(model: linnet.Model, call: Any, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        call(even(model))


def test_mutes_layers_and_ringing_notes_are_saved() -> None:
    model = linnet.load("chorale")
    stream = even(model, drums=None)
    stream.mute("alto")
    stream.volume("tenor", 0.3)
    stream.layers("alto", "tenor", "soprano")
    stream.advance(2.3, budget=None)
    stream.layers("soprano", at="section")
    other = model.restore(stream.save())
    assert other.ringing
    assert other.ringing == stream.ringing
    assert all(note.duration > 0 for note in other.ringing)
    assert hear(other, 20) == hear(stream, 20)


def test_a_recording_has_what_was_heard() -> None:
    stream = even(linnet.load("chorale"), drums=None)
    stream.layers("soprano")
    stream.instrument("soprano", 73)
    score = stream.record(6)
    assert [(track.program, track.is_drum) for track in score.tracks] == [(73, False)]


def test_music_without_bars_has_seconds_alone() -> None:
    stream = linnet.load(PERFORMED).stream(seed=1)
    heard = stream.advance(5, budget=None)
    assert heard
    assert not [event for event in heard.events if event.kind in ("bar", "beat", "section")]
    here = stream.position
    assert (here.bar, here.meter, here.seconds) == (0, "", 5)
