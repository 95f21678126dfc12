"""How a stream comes to its end."""

from __future__ import annotations

import pytest

import linnet
from tests.runtime.streams import PERFORMED
from tests.runtime.test_stream_position import hear

G_MAJOR = {"seed": 3, "key": "G major", "bpm": 120, "time_signature": "4/4"}


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


@pytest.mark.parametrize("name", ["folk", "chorale", "band", "piano"])
@pytest.mark.parametrize("bars", [1, 2, 4])
def test_it_finishes_on_the_tonic_so_many_bars_after_the_line(name: str, bars: int) -> None:
    stream = linnet.load(name).stream(**G_MAJOR)
    stream.advance(3.1, budget=None)
    stream.finish(bars=bars)
    notes, ends = [], []
    while not stream.done:
        now = stream.seconds
        heard = stream.advance(0.05, budget=None)
        notes += [(now + n.onset, now + n.onset + n.duration, n.pitch) for n in heard if not n.is_drum]
        ends += [round(now + event.onset, 6) for event in heard.events if event.kind == "end"]
    end = 4 + 2 * bars
    assert ends == [end]
    assert stream.seconds == pytest.approx(end)
    assert not stream.advance(1)
    last = max(onset for onset, _, _ in notes)
    assert min(pitch for _, stop, pitch in notes if stop > last + 1e-6) % 12 == 7  # G, struck or held


@pytest.mark.parametrize(
    ("key", "begun", "seeds"),
    [
        ("G major", 0.5, (7, 17, 18, 20, 21, 23, 32, 36, 39, 44, 47)),
        ("D minor", 9.7, (2, 15, 22, 24, 26)),
    ],
)
def test_the_bass_is_under_the_last_chord_of_a_chorale(
    key: str, begun: float, seeds: tuple[int, ...]
) -> None:
    """The other voices closed first, where a rule against parallels left the bass no tonic: in 1 of 20."""
    chorale = linnet.load("chorale", engine="native")
    for seed in seeds:
        stream = chorale.stream(seed=seed, key=key, bpm=120)
        stream.advance(begun, budget=None, skip_after=60)
        stream.finish(bars=1)
        stream.advance(30, budget=None, skip_after=60)
        tracks = stream.record().tracks
        last = max(note.onset for track in tracks for note in track.notes)
        assert any(note.onset + note.duration > last for note in tracks[-1].notes), seed


def test_it_may_finish_with_a_section(folk: linnet.Model) -> None:
    stream = folk.stream(**G_MAJOR, form="AB")
    stream.advance(3.1, budget=None)
    stream.finish(at="section")
    assert [at for kind, at, *_ in hear(stream, 60)[1] if kind == "end"] == [16 + 4]


@pytest.mark.parametrize("seconds", [0.05, 0.4, 2.0, 7.3, 31.7])
def test_it_ends_exactly_when_it_is_asked_to(folk: linnet.Model, seconds: float) -> None:
    stream = folk.stream(**G_MAJOR)
    stream.advance(3.21, budget=None)
    stream.finish(in_seconds=seconds)
    notes, events = hear(stream, 60)
    (end,) = [at for kind, at, *_ in events if kind == "end"]
    assert end == pytest.approx(3.21 + seconds, abs=1e-5)
    assert notes
    assert notes[-1][0] < end


def test_a_save_on_the_way_to_the_end_comes_to_the_same_end(folk: linnet.Model) -> None:
    for before in (0.1, 1.7, 2.9):
        stream = folk.stream(**G_MAJOR)
        stream.advance(3.1, budget=None)
        stream.finish()
        stream.advance(before, budget=None)
        other = folk.restore(stream.save())
        assert hear(other, 60) == hear(stream, 60)
        assert other.done
        assert folk.restore(other.save()).done


def test_frames_do_not_matter_for_the_end(folk: linnet.Model) -> None:
    ends = []
    for step in (1 / 30, 1 / 144, 0.37):
        stream = folk.stream(**G_MAJOR)
        hear(stream, 3, step)
        stream.finish()
        ends.append(hear(stream, 60, step))
    assert ends[0] == ends[1] == ends[2]


def test_streams_that_cannot_finish_say_so(folk: linnet.Model) -> None:
    with pytest.raises(ValueError, match="has no bars"):
        linnet.load(PERFORMED).stream(seed=1).finish()
    read = folk.stream(seed=1)
    read.tokens(10)
    with pytest.raises(ValueError, match="read by its tokens"):
        read.finish()
    with pytest.raises(ValueError, match="not begun"):
        folk.stream(seed=1).finish(in_seconds=3)
    with pytest.raises(ValueError, match="bars"):
        folk.stream(seed=1).finish(bars=0)
