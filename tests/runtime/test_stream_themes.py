"""Stings over a stream, themes inside it, and a library of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet.music.chord import Chord
from linnet.music.key import KEYS
from linnet.stream.moving import moved, moved_to_chord
from tests.runtime.streams import PERFORMED
from tests.runtime.test_stream_position import hear

G_MAJOR: dict[str, Any] = {"seed": 3, "key": "G major", "bpm": 120, "time_signature": "4/4"}
C_MAJOR, A_MINOR, E_MINOR = (KEYS.index(name) for name in ("C major", "A minor", "E minor"))


def tune(*pitches: str | int, length: float = 1.0, time_signature: str = "4/4") -> linnet.Score:
    """Notes of so many quarters, one after the other."""
    return linnet.Score.from_notes(
        [(pitch, length) for pitch in pitches], bpm=90, time_signature=time_signature
    )


FANFARE = tune("C5", "E5", "G5", "C6", length=0.5)
HERO = tune("C5", "E5", "G5", "E5", "F5", "D5", "C5", "C5")


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def test_steps_of_one_key_become_those_of_another() -> None:
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    assert [moved(pitch, C_MAJOR, A_MINOR) for pitch in scale] == [57, 59, 60, 62, 64, 65, 67, 69]
    assert [moved(pitch, C_MAJOR, KEYS.index("D major")) for pitch in scale] == [p + 2 for p in scale]
    assert moved(61, C_MAJOR, KEYS.index("G major")) == 56
    assert all(-8 <= moved(p, a, b) - p <= 7 for p in range(24, 90) for a in range(24) for b in range(24))


def test_over_another_chord_it_moves_by_steps_and_its_beats_are_of_the_chord() -> None:
    rows = [(0, 240, 60, 80, 0, False), (240, 240, 62, 80, 0, False), (480, 480, 64, 80, 0, False)]
    over = [row[2] for row in moved_to_chord(rows, C_MAJOR, Chord.parse("F"))]
    assert over == [65, 67, 69]
    assert [row[2] for row in moved_to_chord(rows, C_MAJOR, Chord.parse("G"))] == [55, 57, 59]
    assert [row[2] for row in moved_to_chord(rows, C_MAJOR, None)] == [60, 62, 64]


@pytest.mark.parametrize(("at", "begin"), [("beat", 3.5), ("bar", 4.0), ("now", 3.1), ("section", 16.0)])
def test_a_sting_begins_where_it_is_to_and_the_music_goes_on(
    folk: linnet.Model, at: Any, begin: float
) -> None:
    stream = folk.stream(**G_MAJOR, chords="G")
    plain, _ = hear(stream.fork(), 18)
    before, _ = hear(stream, 3.1)
    stream.sting(FANFARE, at=at)
    notes, events = hear(stream, 14.9)
    sting = [note for note in notes if note[4] == "sting"]
    assert [note for note in before + notes if note[4] != "sting"] == plain
    assert [note[0] for note in sting] == pytest.approx([begin + n / 4 for n in range(4)])
    assert [note[1] for note in sting] == [67, 71, 74, 79]  # a fanfare of G now
    if at != "now":
        assert [place for kind, place, *_ in events if kind == "sting"] == [begin]


def test_a_sting_is_in_tune_with_the_chord_of_the_moment(folk: linnet.Model) -> None:
    stream = folk.stream(**G_MAJOR, chords="G | C | D | Em")
    for chord in ("G", "C", "D", "Em"):
        stream.advance(0.4, budget=None)
        stream.sting(FANFARE)
        notes, _ = hear(stream, 1.6)
        classes = {note[1] % 12 for note in notes if note[4] == "sting"}
        assert classes <= set(Chord.parse(chord).pitch_classes)


def test_a_sting_is_saved_and_may_be_muted(folk: linnet.Model) -> None:
    stream = folk.stream(**G_MAJOR)
    stream.advance(3.1, budget=None)
    stream.sting(FANFARE)
    stream.sting(FANFARE, at="bar", volume=0.5)
    for seconds in (0.1, 0.6):
        stream.advance(seconds, budget=None)
        other = folk.restore(stream.save())
        assert hear(other.fork(), 4) == hear(stream.fork(), 4)
    stream.mute("sting")
    assert not [note for note in hear(stream, 4)[0] if note[4] == "sting"]


@pytest.mark.parametrize("name", ["folk", "chorale", "band", "piano"])
def test_a_theme_stands_in_the_music_from_the_bar_line_on(name: str) -> None:
    model = linnet.load(name)
    stream = model.stream(**G_MAJOR)
    stream.advance(3, budget=None)
    stream.play(HERO, name="hero")
    twin = stream.fork()
    notes, events = hear(stream, 5)
    assert [(kind, at) for kind, at, *_ in events if kind == "theme"] == [("theme", 4)]
    theme = [(4 + n / 2, p) for n, p in enumerate([67, 71, 74, 71, 72, 69, 67, 67])]
    assert set(theme) <= {(at, pitch) for at, pitch, *_ in notes}
    assert hear(twin, 9) == (notes + (more := hear(stream, 4))[0], events + more[1])


def test_a_theme_is_alone_in_its_line_and_comes_back_varied(folk: linnet.Model) -> None:
    stream = folk.stream(**G_MAJOR)
    stream.advance(3, budget=None)
    stream.play(HERO)
    notes, _ = hear(stream, 9)
    theme = [(at - 4, pitch) for at, pitch, *_ in notes if 4 <= at < 8]
    after = [(at - 8, pitch) for at, pitch, *_ in notes if 8 <= at < 12]
    assert theme == [(n / 2, p) for n, p in enumerate([67, 71, 74, 71, 72, 69, 67, 67])]
    assert after[:2] == theme[:2]
    assert after != theme


def test_a_theme_that_plays_is_saved(folk: linnet.Model) -> None:
    for seconds in (0.2, 1.4, 3.1, 5.5):
        stream = folk.stream(**G_MAJOR)
        stream.advance(3, budget=None)
        stream.play(HERO)
        stream.advance(seconds, budget=None)
        assert hear(folk.restore(stream.save()), 8) == hear(stream, 8)


def test_what_is_no_theme_is_said_in_one_line(folk: linnet.Model) -> None:
    stream = folk.stream(**G_MAJOR)
    stream.prepare()
    with pytest.raises(ValueError, match="in 3/4, and the stream in 4/4"):
        stream.play(tune("C4", "E4", "G4", time_signature="3/4"))
    with pytest.raises(ValueError, match="at most 32 bars"):
        stream.play(tune(*["C4"] * 132))
    with pytest.raises(ValueError, match="notes"):
        stream.play(linnet.Score(480))
    with pytest.raises(ValueError, match="notes"):
        stream.sting(linnet.Score(480))
    with pytest.raises(TypeError, match=r"linnet\.Score"):
        stream.play("hero.mid")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no bars"):
        linnet.load(PERFORMED).stream(seed=1).play(HERO)


def test_a_library_has_all_themes_in_one_key(tmp_path: Path) -> None:
    FANFARE.save(tmp_path / "found.mid")
    HERO.transpose(4).save(tmp_path / "hero.mid")
    themes = linnet.Themes.open(tmp_path, "E minor")
    assert sorted(themes) == ["found", "hero"]
    assert {score.key for score in themes.values()} == {"E minor"}
    classes = {note.pitch % 12 for score in themes.values() for note in score.notes}
    assert classes <= {4, 6, 7, 9, 11, 0, 2}
    themes.add("villain", HERO, key="C major")
    assert [note.pitch for note in themes["villain"].notes][:3] == [76, 79, 83]
    with pytest.raises(KeyError, match="there are: found, hero, villain"):
        themes["nobody"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no MIDI files"):
        linnet.Themes.open(tmp_path / "empty", "E minor")
