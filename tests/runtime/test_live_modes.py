"""Playing together: what is played, when, and that every note is ended; to anything that has `send`."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mido import Message

import linnet
from linnet.live.accompanying import moved
from linnet.live.filed import FilePlayer
from linnet.live.jam import Jam
from linnet.live.listening import Listener, chord_of
from linnet.live.ringing import Ringing
from linnet.music.chord import Chord
from linnet.music.score import Score
from tests.runtime.calm import Calm

BPM = 170
QUARTER = 60 / BPM
CALL = [(0, 1, 62), (1, 1, 66), (2, 0.5, 69), (2.5, 0.5, 67), (3, 1, 66), (4, 1, 64), (5, 1, 64), (6, 1, 62)]


class Written:
    """An output that writes down what it is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, Any]] = []

    def send(self, message: Any) -> None:
        self.sent.append((time.perf_counter(), message))

    @property
    def onsets(self) -> list[tuple[float, Any]]:
        return [(t, m) for t, m in list(self.sent) if m.type == "note_on" and m.velocity]

    @property
    def ringing(self) -> list[tuple[int, int]]:
        out: list[tuple[int, int]] = []
        for _, message in self.sent:
            if message.type == "note_on" and message.velocity:
                out.append((message.channel, message.note))
            elif message.type in ("note_on", "note_off"):
                if (message.channel, message.note) in out:
                    out.remove((message.channel, message.note))
            elif message.type == "control_change" and message.control == 123:
                out = [each for each in out if each[0] != message.channel]
        return out


def play(jam: Jam, notes: list[tuple[float, float, int]]) -> float:
    """Plays notes (beat, beats, pitch); when it began."""
    begin = time.perf_counter() + 0.01
    due = [(begin + beat * QUARTER, 1, Message("note_on", note=p, velocity=90)) for beat, _, p in notes]
    due += [(begin + (b + d * 0.9) * QUARTER, 0, Message("note_off", note=p)) for b, d, p in notes]
    for moment, _, message in sorted(due, key=lambda each: each[:2]):
        time.sleep(max(moment - time.perf_counter(), 0))
        jam.receive(message)
    return begin


def wait(until: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        time.sleep(0.005)


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk", engine="native")


@pytest.fixture(scope="module")
def band() -> linnet.Model:
    return linnet.load("band", engine="native")


# ---- the three ways ----------------------------------------------------------------------------------------


def test_a_call_is_answered_on_the_next_beat_in_its_tempo_and_key(folk: linnet.Model, tmp_path: Path) -> None:
    with Calm():
        out, said = Written(), []
        with Jam(folk, out, seed=1, tell=said.append) as jam:
            begin = play(jam, CALL)
            wait(lambda: len(out.onsets) >= 5)
            ((decided, beat),) = jam.scene.decided
            first = out.onsets[0][0]
            due = jam.transport.past(first)
        score = jam.score()

        assert jam.transport.bpm == pytest.approx(BPM, rel=0.03)
        assert due == pytest.approx(beat, abs=0.06)  # 20 ms
        assert beat == round(beat)
        assert beat - jam.transport.past(decided) <= 1.02
        assert first - begin < 10 * QUARTER + 0.02
        assert "8 notes in D major" in said[0]
        assert not out.ringing
        assert [track.name for track in score.tracks] == ["You", "linnet: Acoustic Grand Piano"]
        assert [note.pitch for note in score.tracks[0].notes] == [pitch for _, _, pitch in CALL]
        scale = linnet.theory.scale_classes("D major")
        assert sum(note.pitch % 12 in scale for note in score.tracks[1].notes) >= 0.8 * len(
            score.tracks[1].notes
        )
        score.save(tmp_path / "jam.mid")
        onsets = [note.onset for note in Score.open(tmp_path / "jam.mid").tracks[0].notes]
        assert max(abs(tick / 480 - at) for tick, (at, _, _) in zip(onsets, CALL, strict=True)) < 0.15


def test_a_call_of_some_bars_is_answered_at_their_end(folk: linnet.Model) -> None:
    with Calm():
        out = Written()
        with Jam(folk, out, seed=1, bars=1, bpm=BPM) as jam:
            begin = play(jam, CALL[:5])
            wait(lambda: bool(out.onsets))
            ((_, beat),) = jam.scene.decided

        assert beat == 4
        assert out.onsets[0][0] - begin == pytest.approx(4 * QUARTER, abs=0.1)


def test_who_plays_on_is_listened_to(folk: linnet.Model) -> None:
    with Calm():
        out = Written()
        with Jam(folk, out, seed=1) as jam:
            play(jam, CALL)
            wait(lambda: len(out.onsets) >= 2)
            jam.receive(Message("note_on", note=50, velocity=80))
            time.sleep(0.05)
            so_far = len(out.onsets)
            assert not out.ringing
            time.sleep(0.3)

        assert len(out.onsets) == so_far


def test_chords_are_accompanied_as_they_come(band: linnet.Model) -> None:
    with Calm():
        out = Written()
        chords = [(60, 64, 67), (53, 57, 60, 65)]
        with Jam(band, out, mode="accompany", bpm=BPM, seed=2) as jam:
            begin = play(jam, [(4 * i, 3.9, pitch) for i, chord in enumerate(chords) for pitch in chord])
        onsets = [((moment - begin) / QUARTER, message) for moment, message in out.onsets]
        bass = [(beat, message.note % 12) for beat, message in onsets if message.channel != 9]

        assert onsets[0][0] < 0.6
        assert {message.channel for _, message in onsets} == {1, 9}
        for k, chord in enumerate(chords):
            under = [pitch for beat, pitch in bass if 4 * k + 0.1 <= beat < 4 * k + 4]
            inside = sum(pitch in {each % 12 for each in chord} for pitch in under)
            assert under
            assert inside >= len(under) / 2
        assert not out.ringing


def test_a_duet_joins_in_and_keeps_time(folk: linnet.Model) -> None:
    with Calm():
        out = Written()
        scale = [62, 64, 66, 67, 69, 71, 73, 74, 73, 71, 69, 67, 66, 64, 62, 61]
        with Jam(folk, out, mode="duet", seed=3) as jam:
            play(jam, [(i / 2, 0.5, scale[i % 16]) for i in range(28)])
            bpm = jam.transport.bpm
            beats = [jam.transport.past(moment) for moment, _ in out.onsets]

        assert bpm == pytest.approx(BPM, rel=0.04)
        assert len(beats) >= 2
        off = sorted(abs(beat * 4 - round(beat * 4)) / 4 for beat in beats)
        assert off[len(off) // 2] < 0.05
        assert not out.ringing


# ---- what ends notes ---------------------------------------------------------------------------------------


def test_what_fails_ends_every_note(folk: linnet.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    with Calm():
        out = Written()
        jam = Jam(folk, out, seed=1)
        jam.start()
        play(jam, CALL)
        wait(lambda: bool(out.onsets))

        def fail(*_: float) -> Any:
            raise RuntimeError("a string broke")

        monkeypatch.setattr(jam.mode, "play", fail)
        wait(lambda: jam.error is not None)
        time.sleep(0.05)

        assert not out.ringing
        with pytest.raises(RuntimeError, match="a string broke"):
            jam.close()


def test_an_output_that_fails_is_lost_and_silenced_when_found() -> None:
    class Broken:
        def send(self, message: Any) -> None:
            raise OSError("unplugged")

    out = Ringing(Written())
    out.send(Message("note_on", note=60, velocity=9))
    out.found(Broken())
    assert str(out.lost) == "unplugged"
    out.send(Message("note_on", note=62, velocity=9, channel=3))
    again = Written()
    out.found(again)

    assert out.lost is None
    assert {(m.channel, m.control) for _, m in again.sent if m.type == "control_change"} == {
        (0, 64), (0, 123), (3, 64), (3, 123)
    }  # fmt: skip
    assert {m.note for _, m in again.sent if m.type == "note_off"} == {62}
    assert not out.ringing


def test_a_player_who_is_gone_holds_nothing(folk: linnet.Model) -> None:
    with Jam(folk, Written(), seed=1) as jam:
        jam.receive(Message("control_change", control=64, value=127))
        jam.receive(Message("note_on", note=60, velocity=80))
        jam.receive(Message("note_on", note=64, velocity=80))
        jam.receive(Message("note_off", note=64))
        assert jam.listener.quiet_since() is None
        jam.player_is_gone()

        assert not jam.listener.held
        assert all(note.end is not None for note in jam.listener.notes)


# ---- what is heard -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pitches", "symbol"),
    [
        ((60, 64, 67), "C"), ((64, 67, 72), "C/E"), ((57, 60, 64), "Am"), ((55, 59, 62, 65), "G7"),
        ((53, 57, 60, 64), "Fmaj7"), ((50, 53, 57, 60), "Dm7"), ((59, 62, 65), "Bdim"), ((60, 67), None),
    ],
)  # fmt: skip
def test_chords_that_are_held_have_names(pitches: tuple[int, ...], symbol: str | None) -> None:
    found = chord_of(pitches)

    assert (None if found is None else str(found)) == symbol


def test_a_pattern_moves_to_another_chord() -> None:
    c, a_minor, g7 = Chord(0), Chord(9, "minor"), Chord(7, "dominant seventh", 11)

    assert [moved(pitch, 1, c, a_minor) % 12 for pitch in (36, 40, 43)] == [9, 0, 4]
    assert moved(36, 1, c, g7) % 12 == 11
    assert moved(38, 9, c, g7) == 38
    assert all(abs(moved(pitch, 1, c, a_minor) - pitch) <= 6 for pitch in range(34, 84))
    assert all(moved(pitch, 1, c, a_minor) >= min(pitch, 28) for pitch in range(34))


def test_a_pedal_holds_what_was_let_go() -> None:
    listener = Listener()
    listener.receive(Message("note_on", note=60, velocity=80), 1.0)
    listener.receive(Message("control_change", control=64, value=127), 1.1)
    listener.receive(Message("note_off", note=60), 1.2)
    assert listener.notes[0].end is None
    listener.receive(Message("control_change", control=64, value=0), 2.0)

    assert listener.notes[0].end == 2.0


def test_a_file_plays_in_somebodys_place() -> None:
    heard: list[Any] = []
    score = Score.from_notes([("C4", 0.5), ("E4", 0.5)], bpm=400)
    player = FilePlayer(score, lambda message, _: heard.append(message))
    player.start()

    assert player.done.wait(5)
    player.close()
    assert [m.note for m in heard if m.type == "note_on" and m.velocity] == [60, 64]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"mode": "solo"}, "mode must be answer, accompany or duet, got 'solo'"),
        ({"bpm": 5}, "bpm must be between 20 and 400, got 5"),
        ({"bars": 0}, "bars must be between 1 and 64, got 0"),
        ({"clock": "maybe"}, "clock must be none, send or follow, got 'maybe'"),
        ({"key": "H major"}, "key"),
        ({"time_signature": "4/5"}, "time_signature"),
        ({"instrument": "kazoo"}, "kazoo"),
        ({"mode": "accompany", "parts": ["tambourine"]}, "tambourine"),
    ],
)
def test_what_cannot_be_is_one_line(folk: linnet.Model, options: dict[str, Any], error: str) -> None:
    before = threading.active_count()
    with pytest.raises(ValueError, match=error):
        Jam(folk, Written(), **options)
    assert threading.active_count() <= before
