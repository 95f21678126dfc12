"""Streams that are recorded: what was heard, at its ticks, as a score."""

from __future__ import annotations

from pathlib import Path

import pytest

import linnet
from linnet import midi
from tests.runtime.streams import PERFORMED

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def test_a_recording_holds_what_was_heard(folk: linnet.Model) -> None:
    stream = folk.stream(seed=7, key="G major", bpm=100)
    heard: list[tuple[float, float, int, int]] = []
    frames = 20 * 30
    for frame in range(frames):
        heard += [
            (frame / 30 + note.onset, note.duration, note.pitch, note.velocity)
            for note in stream.advance(1 / 30, budget=None)
        ]
        if frame == 300:
            stream.wish(bpm=140, key="E minor")
    score = stream.record()

    assert [(note.pitch, note.velocity) for note in score.notes] == [each[2:] for each in heard]
    assert score.onset_seconds(score.notes).tolist() == pytest.approx([at for at, *_ in heard], abs=1e-4)
    assert score.duration_seconds(score.notes).tolist() == pytest.approx([d for _, d, *_ in heard], abs=1e-4)
    assert score.seconds(score.end) == pytest.approx(20, abs=1e-3)
    assert [round(change.bpm) for change in score.tempos] == [100, 140]
    assert all(note.onset % 20 == 0 for note in score.notes)  # ticks of the grid
    assert score.tempos[1].tick in score.bar_ticks()
    assert midi.loads(midi.dumps(score)) == score


def test_a_recording_can_be_played_on_as_fast_as_it_goes(folk: linnet.Model, tmp_path: Path) -> None:
    stream = folk.stream(seed=3)
    score = stream.record(30)

    assert score.seconds(score.end) == pytest.approx(30, abs=1e-3)
    assert stream.seconds == pytest.approx(30)
    longer = stream.record(5)
    assert longer.notes.rows()[: len(score.notes) // 2] == score.notes.rows()[: len(score.notes) // 2]
    assert longer.seconds(longer.end) == pytest.approx(35, abs=1e-3)
    score.save(tmp_path / "a.mid")
    assert linnet.Score.open(tmp_path / "a.mid") == score


def test_what_was_skipped_is_silence() -> None:
    stream = linnet.load(TINY).stream(seed=1, bpm=120)
    stream.record(4)
    stream.advance(60, budget=0.001)  # a laptop that slept
    score = stream.record(4)

    assert score.seconds(score.end) == pytest.approx(stream.seconds, abs=0.3)
    onsets = score.onset_seconds(score.notes)
    assert not ((onsets > 7) & (onsets < 63)).any()


def test_music_without_bars_and_drums_are_recorded_too() -> None:
    score = linnet.load(PERFORMED).stream(seed=1).record(10)

    assert score.seconds(score.end) == pytest.approx(10, abs=0.02)
    assert score.tracks[0].is_drum
    assert len(score.notes) > 10


def test_nothing_heard_is_an_empty_score_and_a_stream_that_is_read_has_none() -> None:
    model = linnet.load(TINY)
    assert not model.stream(seed=1).record().notes
    stream = model.stream(seed=1)
    stream.tokens(10)
    with pytest.raises(ValueError, match="this stream is read by its tokens"):
        stream.record()
    with pytest.raises(ValueError, match="seconds must be between 0 and 86400"):
        model.stream(seed=1).record(-1)
